"""The loss of an auxiliary classifier: the discriminator predicts the condition from a sample.

The prediction for each row is compared with the conditions of all rows of the batch. The correct
ones are its own condition and those that are equal to it or mean the same. With labels this is an
auxiliary classifier in which the weights of a class are the embedding of its label (Odena et al.
2017, https://arxiv.org/abs/1610.09585; with unit vectors and a temperature, Kang et al. 2021,
https://arxiv.org/abs/2111.01118).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize

from mmgan_core.foundation.whole_batch import rows_of_all

TEMPERATURE = 0.1


def reading_loss(reading: Tensor, condition: Tensor, meaning: Tensor) -> Tensor:
    """Cross-entropy of predicted conditions against the conditions of the batch, a scalar.

    Args:
        reading: the condition that the discriminator predicts for each row, (B, dim).
        condition: the condition of each row, (B, dim).
        meaning: rows with equal numbers mean the same, (B,).
    """
    every = rows_of_all(condition)
    similarity = normalize(reading.float(), dim=1) @ normalize(every.float(), dim=1).T
    correct = meaning[:, None] == rows_of_all(meaning)[None]
    correct |= (condition[:, None] == every[None]).all(2)
    log_probability = torch.log_softmax(similarity / TEMPERATURE, dim=1)
    return -(torch.where(correct, log_probability, 0.0).sum(1) / correct.sum(1)).mean()
