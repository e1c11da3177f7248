"""CutMix: a box of each picture is another row's; real ones mix with real, made ones with made.

A picture keeps at least half of its own: the larger of s and 1 - s, s ~ Beta(a, a). Less would show
nothing new: a picture that is mostly another row's is that row with a box of this one. But
gradients flow to each row's own part only, and what is known of a row besides its pooled condition
(tokens, maps, what is missing) stays its own.

Yun et al. 2019, "CutMix: regularization strategy to train strong classifiers with localizable
features", https://arxiv.org/abs/1905.04899, where boxes may reach outside and cover nearly all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor
from torch.distributions import Beta

from mmgan_core import BadValue, Options
from mmgan_core.contracts import Augmentation, Change, SampleSpace


class CutMixOptions(Options):
    """Options of `image/cutmix`."""

    a: float = Field(1.0, gt=0, description="of Beta(a, a): the smaller, the smaller most boxes")


class CutMix(Augmentation):
    """(B, C, H, W) to the same; its parameter is twice the share of the other row."""

    Options = CutMixOptions
    options: CutMixOptions
    num_augmentation_parameters = 1

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({}, {"a": 0.2})

    def __init__(self, options: CutMixOptions, space: SampleSpace) -> None:
        super().__init__(options, space)
        if len(space.shape) != 3 or space.shape[1:] == (1, 1):
            raise BadValue(
                f"samples must be (C, H, W), and more than one place, not "
                f"{space.shape}: try objectives/mixup"
            )

    def sample(self, like: Tensor) -> Change:
        """Another row for each, and a box."""
        count, (height, width) = len(like), like.shape[2:]
        rows = torch.arange(count, device=like.device)
        rows = (rows + torch.randint(1, max(count, 2), (), device=like.device)) % count
        a = torch.full((count,), self.options.a, device=like.device)
        share = Beta(a, a, validate_args=False).sample()
        # The box is shaped like the picture; rounding down keeps it under half.
        side = (1 - torch.maximum(share, 1 - share)) ** (0.5 if min(height, width) > 1 else 1.0)
        inside = _span(height, side)[:, :, None] & _span(width, side)[:, None, :]
        share = 1 - inside.float().mean((1, 2))
        box = inside[:, None]

        def change(sample: Tensor) -> Tensor:
            return torch.where(box, sample[rows].detach(), sample)

        return Change(change, 2 * (1 - share)[:, None], rows, share)


def _span(size: int, side: Tensor) -> Tensor:
    """Which places along a side of the picture lie in the box, (B, size)."""
    long = (size * side).floor() if size > 1 else torch.ones_like(side)
    start = (torch.rand_like(side) * (size - long + 1)).floor()
    places = torch.arange(size, device=side.device)
    return (places >= start[:, None]) & (places < (start + long)[:, None])
