"""Data augmentation: real samples are changed, and the maps of what is given move with them.

Maps of a condition lie along the places of the samples. If a real sample is mirrored, then the
picture that it is to be made from must be mirrored too, by the same chance in the same row. Last
of all, windows are cut: of the sample and of the maps, at the same place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from torch import Tensor, nn

from mmgan_core.assembly.window import Window, drawn_changes
from mmgan_core.contracts import Change
from mmgan_core.data.feed import Batch
from mmgan_core.recipe.schedule import Now
from mmgan_core.training.augmenting import Augmenting


def data_augmented(
    batch: Batch,
    augmentings: nn.ModuleDict,
    now: Now,
    windows: Mapping[str, Window] = MappingProxyType({}),
) -> Batch:
    """Change the real samples of a batch, each row by one chance for the sample and its maps.

    Args:
        augmentings: the data augmentations of each made entry that has some.
        now: how many samples training has seen; schedules of probabilities depend on it.
        windows: the windows of made entries that have one.
    """
    real = dict(batch.real)
    moves: dict[str, Callable[[Tensor], Tensor]] = {}
    for name, augmenting in augmentings.items():
        assert isinstance(augmenting, Augmenting)
        changes = augmenting.sample(real[name], now)
        real[name], moves[name] = changes.sample(real[name]), changes.moved
    for name, cut in drawn_changes(windows, real).items():
        real[name] = cut(real[name])
        moves[name] = _one_after_other(moves.get(name), cut)
    return replace(batch, real=real, moves=moves)


def _one_after_other(
    move: Callable[[Tensor], Tensor] | None, cut: Change
) -> Callable[[Tensor], Tensor]:
    """What moves maps, and then cuts them."""
    cut_maps = cut.move
    assert cut_maps is not None
    if move is None:
        return cut_maps
    return lambda maps: cut_maps(move(maps))
