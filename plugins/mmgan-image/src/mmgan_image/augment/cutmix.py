"""CutMix: a box of each picture is replaced by the same box of another row's picture.

Real pictures are mixed with real ones and fake ones with fake ones. A picture keeps the share
max(s, 1 - s) of itself, s ~ Beta(a, a), so at least half: a picture that is mostly another row's is
that row's picture with a box of this one, and shows nothing new. Pooled conditions are mixed by the
same shares. Gradients flow only to a row's own part, and tokens, maps and mask stay the row's own.

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

    a: float = Field(
        1.0, gt=0, description="parameter of Beta(a, a): a smaller a gives smaller boxes"
    )


class CutMix(Augmentation):
    """Pictures (B, C, H, W) to pictures; the parameter is twice the share of the other row."""

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
                f"samples must be (C, H, W) with more than one pixel, not {space.shape}; "
                "try objectives/mixup"
            )

    def sample(self, like: Tensor) -> Change:
        """Sample another row and a box for each row."""
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
    """Whether each place along one side of the picture lies in the box, (B, size)."""
    long = (size * side).floor() if size > 1 else torch.ones_like(side)
    start = (torch.rand_like(side) * (size - long + 1)).floor()
    places = torch.arange(size, device=side.device)
    return (places >= start[:, None]) & (places < (start + long)[:, None])
