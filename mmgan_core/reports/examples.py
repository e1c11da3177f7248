"""Samples that a page shows one by one: to hear, to read and to compare with real ones."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from mmgan_core.assembly.opening import open_source
from mmgan_core.data.feed import Feed, open_feed
from mmgan_core.errors import BadValue, DataError, MmganError
from mmgan_core.foundation.plain import Plain
from mmgan_core.inference.model import Model
from mmgan_core.inference.unread import of_rows
from mmgan_core.reports.embedded import Shown, all_shown, shown
from mmgan_core.reports.few_rows import FewRowsOfSource
from mmgan_core.training.preview import various
from mmgan_core.zoo.loading import load_run

COLUMNS = 6
# After so many seconds no further samples are made for a page.
SECONDS = 30.0


@dataclass(frozen=True)
class Example:
    """What was made of the same given values.

    Attributes:
        given: the given values, by entry.
        real: the real samples of the row that they are from, by made entry.
        made: the samples, by made entry.
    """

    given: Mapping[str, Shown]
    real: Mapping[str, Shown]
    made: Mapping[str, Sequence[Shown]]


@dataclass(frozen=True)
class Examples:
    """Examples, and what a reader must know about them.

    Attributes:
        notes: why something is missing.
    """

    each: Sequence[Example]
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class _Row:
    given: Plain
    real: Mapping[str, object]


def examples(run: Path, changes: Mapping[str, object], count: int) -> Examples:
    """Make samples with the newest checkpoint of a run, on the CPU, for values of its test split.

    Where the data are gone, the names of labels are given in their place.

    Args:
        changes: new values of the run's recipe by dotted key.
        count: how many samples are made for each row; 0 makes none.
    """
    if not count:
        return Examples([])
    try:
        model = load_run(run, device=torch.device("cpu"), changes=changes)
    except MmganError as error:
        return Examples([], [f"No samples were made for this page: {error.message}."])
    if model.repairable:
        return Examples([])  # the sheets show what was known beside what was made of it
    model.own_size = False  # as sheets show them
    notes = []
    try:
        rows = list(_rows(model))
    except (MmganError, OSError) as error:
        notes.append(f"The data could not be read, so no real samples are shown: {error}.")
        rows = list(_named(model))
    made = []
    end = time.monotonic() + SECONDS
    for row in rows:
        made.append(_example(model, row, count))
        if time.monotonic() > end and len(made) < len(rows):
            notes.append("Only some samples were made for this page, because making them is slow.")
            break
    return Examples(made, notes)


def _rows(model: Model) -> Iterator[_Row]:
    """The given values and the real samples of a few rows that are unlike."""
    feed = _feed(model)
    rows = [table[:COLUMNS] for table in various(feed, model.given)]
    given = {name: feed.raw(name, rows) for name in model.given}
    real = {name: feed.raw(name, rows) for name in model.made}
    for number in range(len(rows[0])):
        yield _Row(
            {name: values[number] for name, values in given.items()},
            {name: values[number] for name, values in real.items()},
        )


def _feed(model: Model) -> Feed:
    source = FewRowsOfSource(open_source(model.blueprint.recipe.data.model_dump()))
    try:
        return open_feed(model.blueprint, model.gan, source, "test", complete=True)
    except DataError:
        return open_feed(model.blueprint, model.gan, source, "train", complete=True)


def _named(model: Model) -> Iterator[_Row]:
    """The names that given entries know, the first of each, the second, and so on."""
    known: dict[str, list[str]] = {}
    for name, part in model.blueprint.given.items():
        names = part.modality.options.model_dump().get("names")
        if isinstance(names, (list, tuple)) and names:
            known[name] = [str(one) for one in names]
    most = max(map(len, known.values()), default=1)
    for number in range(min(COLUMNS, most)):
        yield _Row({name: names[number % len(names)] for name, names in known.items()}, {})


def _example(model: Model, row: _Row, count: int) -> Example:
    modalities = model.blueprint.modalities
    given = {
        name: shown(modalities[name], modalities[name].decode(value))
        for name, value in row.given.items()
    }
    with of_rows():
        made = model.generate(count=count, seed=0, **row.given)
    return Example(
        given,
        {name: one for name, value in row.real.items() for one in _as_seen(model, name, value)},
        {name: all_shown(modalities[name], made[name]) for name in model.made},
    )


def _as_seen(model: Model, name: str, value: object) -> list[Shown]:
    """A real value as the model sees it: as large, as long and as loud as what it makes."""
    modality = model.blueprint.modalities[name]
    try:
        sample = modality.to_sample(modality.prepare([value]))
    except BadValue:
        return []
    return all_shown(modality, modality.present(sample))
