"""ADA's colour: random changes of brightness, contrast, hue and saturation, other ones in each row.

All changes of a row together are one affine map of its colours, a 4 x 4 matrix in the paper. With x
from -1 to 1 over the samples' range, k colours and L the k x k matrix of 1 / k:

    brightness  x + b               contrast   2^c x
    saturation  L x + 2^s (x - L x) hue        x turned about (1, 1, 1)
    luma-flip   x - 2 L x, or x

Grey has neither hue nor saturation; alpha stays as it is. Karras et al. 2020, "Training generative
adversarial networks with limited data", https://arxiv.org/abs/2006.06676. There hues turn by any
angle, and the luma may flip. If you allow that, keep the probability well under 1: a generator
learns changes that every sample shows.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from mmgan_core import BadValue, Options
from mmgan_core.contracts import Augmentation, Change, SampleSpace, kept_places
from mmgan_image.augment.affine import after, sampled_turns

_Sampled = tuple[Tensor, Tensor]
"""Affine maps of the colours, (B, K, K + 1), and their augmentation parameters."""


class ColourOptions(Options):
    """Options of `image/colour`."""

    policy: tuple[Literal["brightness", "contrast", "hue", "saturation", "luma-flip"], ...] = Field(
        ("brightness", "contrast", "hue", "saturation"),
        min_length=1,
        description="the changes, in this order",
    )
    brightness: float = Field(0.2, gt=0, description="deviation of b, in halves of the range")
    contrast: float = Field(0.5, gt=0, le=3, description="deviation of c")
    saturation: float = Field(1.0, gt=0, le=3, description="deviation of s")
    hue: float = Field(30.0, gt=0, le=180, description="largest turn of hues, in degrees")


class Colour(Augmentation):
    """Pictures (B, C, H, W) to pictures; C is 1 for grey, 3 for RGB, and one more with alpha."""

    Options = ColourOptions
    options: ColourOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({}, {"policy": ("luma-flip", "hue", "contrast"), "hue": 180})

    def __init__(self, options: ColourOptions, space: SampleSpace) -> None:
        super().__init__(options, space)
        if len(space.shape) != 3 or space.shape[0] > 4:
            raise BadValue(f"samples must be (C, H, W) with 1 to 4 channels, not {space.shape}")
        self.colours = 3 if space.shape[0] > 2 else 1
        self.policy = [
            name for name in options.policy if self.colours > 1 or name not in ("hue", "saturation")
        ]
        if not self.policy:
            raise BadValue(f"grey has no {' or '.join(options.policy)}: add brightness or contrast")
        self.num_augmentation_parameters = len(self.policy) + ("hue" in self.policy)

    def sample(self, like: Tensor) -> Change:
        """Sample one map of colours for each row."""
        samplers = {
            "brightness": self._brightness,
            "contrast": self._contrast,
            "hue": self._hue,
            "saturation": self._saturation,
            "luma-flip": self._luma_flip,
        }
        maps, parameters = zip(*(samplers[name](like) for name in self.policy), strict=True)
        both = reduce(after, maps)
        linear, added = both[:, :, :-1], both[:, :, -1]
        middle = (self.space.low + self.space.high) / 2
        half = (self.space.high - self.space.low) / 2
        added = half * added + middle * (1 - linear.sum(2))

        def change(sample: Tensor) -> Tensor:
            colours, alpha = sample[:, : self.colours], sample[:, self.colours :]
            mixed = (linear[..., None, None].to(sample) * colours[:, None]).sum(2)
            return torch.cat([mixed + added[..., None, None].to(sample), alpha], dim=1)

        return Change(change, torch.cat(parameters, dim=1), move=kept_places)

    def _brightness(self, like: Tensor) -> _Sampled:
        chance = _normal(like)
        added = (self.options.brightness * chance)[:, :, None].expand(-1, self.colours, 1)
        return _map(self._same(like), added), chance

    def _contrast(self, like: Tensor) -> _Sampled:
        chance = _normal(like)
        factor = 2 ** (self.options.contrast * chance)
        return _map(factor[:, :, None] * self._same(like)), chance

    def _saturation(self, like: Tensor) -> _Sampled:
        chance = _normal(like)
        factor = 2 ** (self.options.saturation * chance)[:, :, None]
        return _map(self._luma(like) + factor * (self._same(like) - self._luma(like))), chance

    def _hue(self, like: Tensor) -> _Sampled:
        angle, parameters = sampled_turns(like, self.options.hue)
        cosine, sine = angle.cos()[:, None, None], angle.sin()[:, None, None]
        # Rodrigues' formula about (1, 1, 1) / sqrt(3): x to cos x + sin (axis x x) + (1 - cos) L x.
        same = self._same(like)
        across = (same.roll(1, 1) - same.roll(-1, 1)) / math.sqrt(3)
        return _map(cosine * same + sine * across + (1 - cosine) * self._luma(like)), parameters

    def _luma_flip(self, like: Tensor) -> _Sampled:
        flipped = torch.randint(0, 2, (len(like), 1), device=like.device).float()
        return _map(self._same(like) - 2 * flipped[:, :, None] * self._luma(like)), flipped

    def _same(self, like: Tensor) -> Tensor:
        return torch.eye(self.colours, device=like.device).expand(len(like), -1, -1)

    def _luma(self, like: Tensor) -> Tensor:
        return torch.full_like(self._same(like), 1 / self.colours)


def _normal(like: Tensor) -> Tensor:
    return torch.randn(len(like), 1, device=like.device)


def _map(linear: Tensor, added: Tensor | None = None) -> Tensor:
    """A linear part (B, K, K) and an offset (B, K, 1) as one affine map."""
    added = torch.zeros_like(linear[..., :1]) if added is None else added
    return torch.cat([linear, added], dim=2)
