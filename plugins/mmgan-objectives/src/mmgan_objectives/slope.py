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
    leaf = sample.detach().requires_grad_(True)
    critique = critic(leaf)
    of_rows = critique.row_means(critique.logits)
    (gradient,) = torch.autograd.grad(of_rows.sum(), leaf, create_graph=True)
    return gradient.square().flatten(1).sum(1)
