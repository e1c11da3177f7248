"""Mixup: each sample is mixed with the sample of another row.

    x_i -> s_i x_i + (1 - s_i) x_j,        s = max(t, 1 - t), t ~ Beta(a, a)

Real samples are mixed with real ones and fake samples with fake ones; pooled conditions are mixed
by the same shares. A sample keeps at least half of itself: less would repeat the mix of row j with
row i. Gradients flow only to a row's own part, and tokens, maps and mask stay the row's own.

Zhang et al. 2018, "mixup: beyond empirical risk minimization", https://arxiv.org/abs/1710.09412.
There GANs mix real with fake samples, and their targets too; here targets stay as they are, so that
any loss works.
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

    a: float = Field(
        0.2,
        gt=0,
        description="parameter of Beta(a, a): with a smaller a most samples are mixed less",
    )


class Mixup(Augmentation):
    """Samples (B, ...) to mixed samples; the parameter is twice the share of the other row."""

    Options = MixupOptions
    options: MixupOptions
    num_augmentation_parameters = 1

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({}, {"a": 1.0})

    def sample(self, like: Tensor) -> Change:
        """Sample another row and a share for each row."""
        count = len(like)
        rows = torch.arange(count, device=like.device)
        # All rows are shifted by the same number, so that none is mixed with itself.
        rows = (rows + torch.randint(1, max(count, 2), (), device=like.device)) % count
        a = torch.full((count,), self.options.a, device=like.device)
        chance = Beta(a, a, validate_args=False).sample()
        share = torch.maximum(chance, 1 - chance)
        kept = share.view(-1, *[1] * (like.dim() - 1))

        def change(sample: Tensor) -> Tensor:
            own = kept.to(sample)
            return own * sample + (1 - own) * sample[rows].detach()

        return Change(change, 2 * (1 - share)[:, None], rows, share)
