"""Reading the condition off a sample: what an auxiliary classifier does, for any condition.

The reading of each row is compared with the conditions of all rows of the batch; its own, and those
that are or mean the same, are the right ones. With labels this is an auxiliary classifier whose
classes' weights are the labels' embeddings (Odena et al. 2017, https://arxiv.org/abs/1610.09585;
as data-to-class cross-entropy, Kang et al. 2021, https://arxiv.org/abs/2111.01118).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize

TEMPERATURE = 0.1


def reading_loss(reading: Tensor, condition: Tensor, meaning: Tensor) -> Tensor:
    """Cross-entropy of readings (B, dim) against conditions (B, dim); several may be right.

    Args:
        meaning: rows with equal numbers mean the same, (B,).
    """
    alike = normalize(reading.float(), dim=1) @ normalize(condition.float(), dim=1).T
    right = meaning[:, None] == meaning[None]
    right |= (condition[:, None] == condition[None]).all(2)
    likely = torch.log_softmax(alike / TEMPERATURE, dim=1)
    return -(torch.where(right, likely, 0.0).sum(1) / right.sum(1)).mean()
