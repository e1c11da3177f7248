"""Data augmentation: real samples are changed, and the maps of what is given move with them.

Maps of a condition lie along the places of the samples. If a real sample is mirrored, then the
picture that it is to be made from must be mirrored too, by the same chance in the same row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from torch import Tensor, nn

from mmgan_core.data.feed import Batch
from mmgan_core.training.augmenting import Augmenting


def data_augmented(batch: Batch, augmentings: nn.ModuleDict, samples: int) -> Batch:
    """Change the real samples of a batch, each row by one chance for the sample and its maps.

    Args:
        augmentings: the data augmentations of each made entry that has some.
        samples: how many samples training has seen; schedules of probabilities depend on it.
    """
    real = dict(batch.real)
    moves: dict[str, Callable[[Tensor], Tensor]] = {}
    for name, augmenting in augmentings.items():
        assert isinstance(augmenting, Augmenting)
        changes = augmenting.sample(real[name], samples)
        real[name], moves[name] = changes.sample(real[name]), changes.moved
    return replace(batch, real=real, moves=moves)
