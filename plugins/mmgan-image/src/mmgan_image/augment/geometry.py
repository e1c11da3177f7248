"""ADA's geometry: pictures moved, scaled, stretched, turned and mirrored, other ways in each row.

All changes of a row together are one affine map, so that each picture is resampled only once,
bilinearly. The result is linear in the picture, so derivatives of any order exist. Karras et al.
2020, "Training generative adversarial networks with limited data",
https://arxiv.org/abs/2006.06676, there with a finer filter.

Some changes, such as flips and turns, make pictures that the data do not have. A generator learns
to make them too if every sample is changed: set a probability well under 1, or
`condition_discriminator: true`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from mmgan_core import BadValue, Options
from mmgan_core.contracts import Augmentation, Change, SampleSpace
from mmgan_image.augment.affine import after, on_grid, sampled_turns
from mmgan_image.augment.resampling import Border, resampling

_Sampled = tuple[Tensor, Tensor]
"""Maps from places of the changed picture to places of the picture, (B, 2, 3); parameters."""
_PARAMETERS = {
    "translation": 2,
    "fraction": 2,
    "scale": 1,
    "stretch": 1,
    "rotation": 2,
    "flip": 1,
    "turns": 2,
}


class GeometryOptions(Options):
    """Options of `image/geometry`."""

    policy: tuple[
        Literal["translation", "fraction", "scale", "stretch", "rotation", "flip", "turns"], ...
    ] = Field(
        ("translation", "scale", "stretch", "rotation"),
        min_length=1,
        description="the changes, in this order: translation moves by whole pixels, fraction by "
        "parts of pixels too, flip swaps left and right, turns are quarter turns (half turns if "
        "pictures are not square)",
    )
    shift: float = Field(
        0.125,
        gt=0,
        le=1,
        description="largest translation and deviation of fraction, as a share of a side",
    )
    scale: float = Field(0.2, gt=0, le=2, description="deviation of log2 of the scale")
    stretch: float = Field(0.2, gt=0, le=2, description="deviation of half of log2(width / height)")
    angle: float = Field(10.0, gt=0, le=180, description="largest rotation, in degrees")
    border: Border = Field("reflect", description="what fills places from outside")
    value: float | None = Field(
        None, description="the value for border: value; default: the samples' smallest"
    )


class Geometry(Augmentation):
    """Pictures (B, C, H, W) to pictures of the same shape."""

    Options = GeometryOptions
    options: GeometryOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return (
            {},
            {"policy": ("flip", "turns"), "border": "edge"},
            {"policy": ("rotation", "fraction"), "angle": 180, "border": "value"},
        )

    def __init__(self, options: GeometryOptions, space: SampleSpace) -> None:
        super().__init__(options, space)
        if len(space.shape) != 3:
            raise BadValue(f"samples must be (C, H, W), not {space.shape}")
        self.num_augmentation_parameters = sum(_PARAMETERS[name] for name in options.policy)

    def sample(self, like: Tensor) -> Change:
        """Sample one affine map for each row."""
        options = self.options
        samplers = {
            "translation": self._translation,
            "fraction": self._fraction,
            "scale": self._scale,
            "stretch": self._stretch,
            "rotation": self._rotation,
            "flip": _flip,
            "turns": _turns,
        }
        maps, parameters = zip(*(samplers[name](like) for name in options.policy), strict=True)
        # Maps lead from the result back to the picture: the last change comes first.
        source = reduce(after, reversed(maps))
        value = self.space.low if options.value is None else options.value
        size = (like.shape[2], like.shape[3])
        change = resampling(source, size, border=options.border, value=value)

        def move(given: Tensor) -> Tensor:
            grid = (given.shape[2], given.shape[3])
            # Where a picture ends, nothing is given: 0, also in the channels that say so.
            return resampling(on_grid(source, size, grid), grid, border=options.border)(given)

        return Change(change, torch.cat(parameters, dim=1), move=move)

    def _translation(self, like: Tensor) -> _Sampled:
        moved, parameters = [], []
        for size in (like.shape[3], like.shape[2]):
            most = int(size * self.options.shift + 0.5)
            far = torch.randint(-most, most + 1, (len(like),), device=like.device).float()
            moved.append(far)
            parameters.append(far / max(most, 1))
        return _map(1.0, 0.0, 0.0, 1.0, -moved[0], -moved[1]), torch.stack(parameters, dim=1)

    def _fraction(self, like: Tensor) -> _Sampled:
        chance = torch.randn(len(like), 2, device=like.device)
        x, y = (-self.options.shift * chance).unbind(1)
        return _map(1.0, 0.0, 0.0, 1.0, x * like.shape[3], y * like.shape[2]), chance

    def _scale(self, like: Tensor) -> _Sampled:
        chance = torch.randn(len(like), device=like.device)
        smaller = 2 ** (-self.options.scale * chance)
        return _map(smaller, 0.0, 0.0, smaller), chance[:, None]

    def _stretch(self, like: Tensor) -> _Sampled:
        chance = torch.randn(len(like), device=like.device)
        wider = 2 ** (self.options.stretch * chance)
        return _map(1 / wider, 0.0, 0.0, wider), chance[:, None]

    def _rotation(self, like: Tensor) -> _Sampled:
        angle, parameters = sampled_turns(like, self.options.angle)
        return _turn(angle.cos(), angle.sin()), parameters


def _flip(like: Tensor) -> _Sampled:
    flipped = torch.randint(0, 2, (len(like),), device=like.device).float()
    return _map(1 - 2 * flipped, 0.0, 0.0, 1.0), flipped[:, None]


def _turns(like: Tensor) -> _Sampled:
    step = 1 if like.shape[2] == like.shape[3] else 2
    quarters = step * torch.randint(0, 4 // step, (len(like),), device=like.device)
    # By cases, because sines of floats are not exact.
    cosine = (quarters == 0).float() - (quarters == 2).float()
    sine = (quarters == 1).float() - (quarters == 3).float()
    return _turn(cosine, sine), torch.stack([sine, 1 - cosine], dim=1)


def _turn(cosine: Tensor, sine: Tensor) -> Tensor:
    """The map of a counterclockwise turn; y goes down."""
    return _map(cosine, -sine, sine, cosine)


def _map(
    xx: Tensor | float,
    xy: float | Tensor,
    yx: float | Tensor,
    yy: Tensor | float,
    x: Tensor | float = 0.0,
    y: Tensor | float = 0.0,
) -> Tensor:
    """(x, y) to (xx x + xy y + x, yx x + yy y + y); at least one is a tensor (B,)."""
    numbers = (xx, xy, x, yx, yy, y)
    like = next(number for number in numbers if isinstance(number, Tensor))
    rows = [n if isinstance(n, Tensor) else torch.full_like(like, n) for n in numbers]
    return torch.stack(rows, dim=1).view(-1, 2, 3)
