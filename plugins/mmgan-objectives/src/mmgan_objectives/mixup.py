"""Mixup: each sample is mixed with another row's; real ones with real, made ones with made.

    x_i -> s_i x_i + (1 - s_i) x_j,        s = max(t, 1 - t), t ~ Beta(a, a)

and pooled conditions likewise. A sample keeps at least half of its own. Less would show nothing
new: s of i with 1 - s of j is also 1 - s of j with s of i. But gradients flow to each row's own
part only, and what is known of a row besides its pooled condition (tokens, maps, what is missing)
stays its own.

Zhang et al. 2018, "mixup: beyond empirical risk minimization", https://arxiv.org/abs/1710.09412,
which in GANs mixes real with made samples, and the targets too. Here targets stay what they are, so
that any loss will do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor
from torch.distributions import Beta

from mmgan_core.contracts import Augmentation, Change
from mmgan_core.options import Options


class MixupOptions(Options):
    """Options of `objectives/mixup`."""

    a: float = Field(0.2, gt=0, description="of Beta(a, a): the smaller, the less most are mixed")


class Mixup(Augmentation):
    """(B, ...) to the same; its parameter is twice the share of the other row."""

    Options = MixupOptions
    options: MixupOptions
    num_augmentation_parameters = 1

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({}, {"a": 1.0})

    def sample(self, like: Tensor) -> Change:
        """Another row for each, and shares."""
        count = len(like)
        rows = torch.arange(count, device=like.device)
        # All by the same number of rows, so that none is mixed with itself.
        rows = (rows + torch.randint(1, max(count, 2), (), device=like.device)) % count
        a = torch.full((count,), self.options.a, device=like.device)
        chance = Beta(a, a, validate_args=False).sample()
        share = torch.maximum(chance, 1 - chance)
        kept = share.view(-1, *[1] * (like.dim() - 1))

        def change(sample: Tensor) -> Tensor:
            own = kept.to(sample)
            return own * sample + (1 - own) * sample[rows].detach()

        return Change(change, 2 * (1 - share)[:, None], rows, share)
