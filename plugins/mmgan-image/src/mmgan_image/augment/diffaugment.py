"""DiffAugment: random colour, translation and cutout, of real and fake samples alike.

Each row is changed in its own way. All changes are linear in the sample, so derivatives of any
order exist. The augmentation parameters are numbers from -1 to 1, 0 for no change; a cutout has a 1
and the place of its middle. Zhao et al. 2020, "Differentiable augmentation for data-efficient GAN
training", https://arxiv.org/abs/2006.10738.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from mmgan_core import BadValue, Options
from mmgan_core.contracts import Augmentation, Change, SampleSpace, kept_places
from mmgan_image.augment.affine import on_grid
from mmgan_image.augment.resampling import resampling

_Change = Callable[[Tensor], Tensor]
_Sampled = tuple[_Change, Tensor, _Change]
"""A change, its augmentation parameters, and how it moves maps."""
_Places = tuple[Tensor, Tensor]
_PARAMETERS = {"colour": 3, "translation": 2, "cutout": 3}


class DiffAugmentOptions(Options):
    """Options of `image/diffaugment`."""

    policy: tuple[Literal["colour", "translation", "cutout"], ...] = Field(
        ("colour", "translation", "cutout"), description="the changes, in this order"
    )
    shift: float = Field(0.125, ge=0, le=1, description="largest translation, as a share of a side")
    hole: float = Field(0.5, ge=0, le=1, description="side of the cutout, as a share of a side")


class DiffAugment(Augmentation):
    """Pictures (B, C, H, W) to pictures of the same shape."""

    Options = DiffAugmentOptions
    options: DiffAugmentOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({}, {"policy": ("translation",)})

    def __init__(self, options: DiffAugmentOptions, space: SampleSpace) -> None:
        super().__init__(options, space)
        if len(space.shape) != 3:
            raise BadValue(f"samples must be (C, H, W), not {space.shape}")
        self.num_augmentation_parameters = sum(_PARAMETERS[name] for name in options.policy)

    def sample(self, like: Tensor) -> Change:
        """Sample one change for each row."""
        samplers = {
            "colour": self._colour,
            "translation": self._translation,
            "cutout": self._cutout,
        }
        sampled = [samplers[name](like) for name in self.options.policy]

        def change(sample: Tensor) -> Tensor:
            for one, _, _ in sampled:
                sample = one(sample)
            return sample

        def move(maps: Tensor) -> Tensor:
            for *_, one in sampled:
                maps = one(maps)
            return maps

        parameters = torch.cat([numbers for _, numbers, _ in sampled], dim=1) if sampled else None
        moving = any(one is not kept_places for *_, one in sampled)
        return Change(change, parameters, move=move if moving else kept_places)

    def _colour(self, like: Tensor) -> _Sampled:
        chance = torch.rand(3, len(like), 1, 1, 1, device=like.device)
        brightness, saturation, contrast = chance

        def change(sample: Tensor) -> Tensor:
            sample = sample + (brightness - 0.5)
            grey = sample.mean(1, keepdim=True)
            sample = grey + (sample - grey) * (saturation * 2)
            mean = sample.mean((1, 2, 3), keepdim=True)
            contrasted: Tensor = mean + (sample - mean) * (contrast + 0.5)
            return contrasted

        return change, 2 * chance.flatten(1).T - 1, kept_places

    def _translation(self, like: Tensor) -> _Sampled:
        height, width = like.shape[2:]
        share, size = self.options.shift, (height, width)
        rows, by_rows, down = _shifted(len(like), height, share, like.device)
        columns, by_columns, across = _shifted(len(like), width, share, like.device)
        batch = torch.arange(len(like), device=like.device)[:, None, None]

        def change(sample: Tensor) -> Tensor:
            # The index past the end reads from the border of zeros.
            padded = torch.nn.functional.pad(sample, (0, 1, 0, 1)).movedim(1, 3)
            moved = padded[batch, rows[:, :, None], columns[:, None, :]]
            return moved.movedim(3, 1)

        def move(maps: Tensor) -> Tensor:
            grid = (maps.shape[2], maps.shape[3])
            same = torch.eye(2, device=like.device).expand(len(like), 2, 2)
            by = torch.stack([by_columns, by_rows], dim=1)
            source = on_grid(torch.cat([same, by], dim=2), size, grid)
            return resampling(source, grid, border="value")(maps)

        return change, torch.cat([down, across], dim=1), move

    def _cutout(self, like: Tensor) -> _Sampled:
        height, width = like.shape[2:]
        inside, down = _cutout_span(len(like), height, self.options.hole, like.device)
        across, right = _cutout_span(len(like), width, self.options.hole, like.device)
        keep = (~(inside[:, :, None] & across[:, None, :]))[:, None].to(like.dtype)
        parameters = torch.cat([torch.ones_like(down), down, right], dim=1)
        return lambda sample: sample * keep, parameters, kept_places


def _shifted(
    batch: int, size: int, share: float, device: torch.device
) -> tuple[Tensor, Tensor, Tensor]:
    """Where each place is read from, (B, size), ``size`` for outside; and the shift, (B, 1).

    The shift comes in pixels, and as a share of the largest.
    """
    most = int(size * share + 0.5)
    shift = torch.randint(-most, most + 1, (batch, 1), device=device)
    places = torch.arange(size, device=device) + shift
    outside = (places < 0) | (places >= size)
    return torch.where(outside, size, places), shift, shift / max(most, 1)


def _cutout_span(batch: int, size: int, share: float, device: torch.device) -> _Places:
    """Whether each place lies in the cutout, (B, size), and where its middle lies, (B, 1)."""
    side = int(size * share + 0.5)
    middle = torch.randint(0, size + (1 - side % 2), (batch, 1), device=device)
    start = middle - side // 2
    places = torch.arange(size, device=device)
    return (places >= start) & (places < start + side), 2 * middle / size - 1
