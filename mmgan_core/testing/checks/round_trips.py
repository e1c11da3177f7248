"""Round trips: a sample that is presented and read again is the same, the right way round."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from mmgan_core.contracts import Modality
from mmgan_core.errors import BadValue
from mmgan_core.foundation.randomness import seed_step
from mmgan_core.testing.cases import PlainCase, values
from mmgan_core.testing.check import Broken, NotApplicable, check

COUNT = 4
# Of its distance to other samples: what is presented may lose something, as sound without phases.
NEAR = 0.5
# Of the range: real samples lie in both halves of it, if not near both ends.
REACH = 0.45


@check(
    "a sample that is presented and read again is the same",
    "modality",
    advice="let present() undo to_sample(): the same scale, the same order of the axes, nothing "
    "mirrored or turned; and let save() write what present() returned",
)
def there_and_back(case: PlainCase[Modality]) -> None:
    modality, decoded = _with_values(case)
    sample = _sample(modality, decoded)
    again = _sample(modality, modality.present(sample))
    _refuse_other(modality, sample, again, "after present()")
    with tempfile.TemporaryDirectory() as folder:
        files = [modality.save(v, Path(folder, f"value {n}")) for n, v in enumerate(decoded)]
        read = [_readable(file) for file in files]
        _refuse_other(modality, sample, _sample(modality, read), "in a file of save()")


@check(
    "samples use the declared range",
    "modality",
    advice="declare the range of to_sample() in space: low for the smallest value, high for the "
    "largest; generators are scaled to it, and what lies outside is cut off",
)
def uses_its_range(case: PlainCase[Modality]) -> None:
    modality, decoded = _with_values(case)
    space, found = modality.space, [_sample(modality, decoded)]
    size = space.high - space.low
    for end in (space.low, space.high):
        try:
            flat = modality.present(torch.full((1, *space.shape), float(end)))
            found.append(_sample(modality, flat))
        except BadValue:
            continue
    seen = torch.cat(found)
    low, high = float(seen.min()), float(seen.max())
    if low < space.low - 1e-3 * size or high > space.high + 1e-3 * size:
        raise Broken(f"samples go from {low:.3g} to {high:.3g}, not {space.low} to {space.high}")
    if low > space.low + REACH * size or high < space.high - REACH * size:
        raise Broken(
            f"samples only go from {low:.3g} to {high:.3g}; declared are {space.low} to "
            f"{space.high}"
        )


@check(
    "the same value always becomes the same sample",
    "modality",
    advice="no randomness in decode(), prepare() and to_sample(): what is prepared is cached; "
    "random changes of samples are augmentations",
)
def without_chance(case: PlainCase[Modality]) -> None:
    modality, decoded = _with_values(case)
    found = []
    for seed in (0, 1):
        seed_step(seed)
        found.append(_sample(modality, decoded))
    if not torch.equal(*found):
        raise Broken("the random state changes how a value is read")
    if modality.space != case.build().space:
        raise Broken("the same options give another space the second time")


def _with_values(case: PlainCase[Modality]) -> tuple[Modality, list[object]]:
    modality: Modality = case.build()
    decoded = values(modality, COUNT)
    if len(decoded) < COUNT:
        raise NotApplicable("it refuses nearly everything that present() returns")
    return modality, decoded


def _sample(modality: Modality, read: list[object]) -> Tensor:
    return modality.to_sample(modality.prepare(read)).float()


def _readable(file: Path) -> object:
    return file.read_text(encoding="utf-8").removesuffix("\n") if file.suffix == ".txt" else file


def _refuse_other(modality: Modality, sample: Tensor, again: Tensor, where: str) -> None:
    apart = _distance(sample, again)
    others = _distance(sample, sample.roll(1, 0))
    if not others:
        raise NotApplicable("all its samples are alike")
    for name, change in _changes(modality, sample):
        if _distance(sample, change(sample)) and _distance(sample, change(again)) < apart:
            raise Broken(f"{where} the sample is {name}")
    if apart > NEAR * others:
        raise Broken(
            f"{where} the sample is {apart:.3g} away on average; another one is {others:.3g} away"
        )


def _changes(
    modality: Modality, sample: Tensor
) -> Iterator[tuple[str, Callable[[Tensor], Tensor]]]:
    ends = modality.space.low + modality.space.high
    yield "negative", lambda one: ends - one
    for axis in range(1, sample.dim()):
        if sample.shape[axis] > 1:
            yield f"mirrored along axis {axis}", partial(_flipped, axis)
    if sample.dim() > 2 and sample.shape[-1] == sample.shape[-2]:
        yield "transposed", lambda one: one.transpose(-1, -2)


def _flipped(axis: int, sample: Tensor) -> Tensor:
    return sample.flip(axis)


def _distance(one: Tensor, other: Tensor) -> float:
    return float((one - other).abs().mean()) if one.shape == other.shape else float("inf")
