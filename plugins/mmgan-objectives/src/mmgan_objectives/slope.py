"""The slope of a critic at a batch of samples."""

from __future__ import annotations

import torch
from torch import Tensor

from mmgan_core.contracts import Critic


def squared_slope(critic: Critic, sample: Tensor) -> Tensor:
    """|grad D|^2 of each row, (B,), which can be differentiated again.

    If the critic returns several logits a row, D is the mean of those that count, as in the losses,
    so that gamma does not depend on their number. The critic must not mix rows.
    """
    if torch.compiler.is_compiling():

        def of_all(samples: Tensor) -> Tensor:
            return _of_rows(critic, samples).sum()

        # The compiler follows this form alone; outside of it the other one takes less time.
        of_sample: Tensor = torch.func.grad(of_all)(sample.detach())
        # Nor does it know in advance how a gradient lies in memory, so that it cannot flatten it.
        return of_sample.square().sum(tuple(range(1, of_sample.dim())))
    leaf = sample.detach().requires_grad_(True)
    of_rows = _of_rows(critic, leaf)
    (gradient,) = torch.autograd.grad(of_rows.sum(), leaf, create_graph=True)
    return gradient.square().flatten(1).sum(1)


def _of_rows(critic: Critic, sample: Tensor) -> Tensor:
    critique = critic(sample)
    return critique.row_means(critique.logits)
