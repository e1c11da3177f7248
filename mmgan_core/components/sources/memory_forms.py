"""The forms of data in memory: each becomes columns, by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from mmgan_core.components.sources.chosen_rows import SPLITS
from mmgan_core.components.sources.memory_table import MemoryTable, Values, digest_of
from mmgan_core.contracts import Table
from mmgan_core.errors import UsageError

_TEST = ("test", "validation")
# A mapping with these keys alone is one encoded value, and no row of several columns.
_OF_ONE_VALUE = {"bytes", "path", "array", "sampling_rate"}
_FORMS = (
    "give a list of values, a dict of columns, a pandas DataFrame, a datasets.Dataset, tensors, or "
    "a torch Dataset with a length"
)


def splits_of(data: object, *, names: Sequence[str] = (), alone: str = "") -> dict[str, Table]:
    """The table of each split of data in memory; only ``train`` if they are not split.

    Args:
        data: a form of data, or a mapping of ``train`` and ``test`` to two of them.
        names: the names of the columns of rows that are tuples.
        alone: the name of the column of rows that are single values; "" if it is not known.

    Raises:
        UsageError: if the data are of no known form, or columns have no names.
        DataError: if there is no row, or a value cannot be used.
    """
    if isinstance(data, Mapping) and "train" in data and set(data) <= {*SPLITS, *_TEST}:
        test = next((data[name] for name in _TEST if name in data), None)
        found = {"train": data["train"], **({} if test is None else {"test": test})}
        return {split: _table(rows, names, alone) for split, rows in found.items()}
    return {"train": _table(data, names, alone)}


def _table(data: object, names: Sequence[str], alone: str) -> Table:
    library = _library(data)
    if library == "datasets":
        return _arrow(data)
    if library == "pandas":
        return _frame(data, alone)
    if isinstance(data, Mapping):
        return MemoryTable({str(name): _column(str(name), data[name]) for name in data})
    if isinstance(data, np.ndarray | torch.Tensor):
        return MemoryTable(_named(data, alone))
    if isinstance(data, torch.utils.data.Dataset):
        return MemoryTable(_columns(_items(data), names, alone))
    if isinstance(data, list | tuple):
        return MemoryTable(_columns(data, names, alone))
    raise UsageError(f"data of type {type(data).__name__} cannot be read", hint=_FORMS)


def _library(data: object) -> str:
    """The library that data in memory are of, without importing it."""
    known = ("datasets", "pandas")
    tops = (cls.__module__.partition(".")[0] for cls in type(data).__mro__)
    return next((top for top in tops if top in known), "")


def _arrow(data: object) -> Table:
    from mmgan_core.components.sources.hf import ArrowTable

    if not hasattr(data, "__len__") or not hasattr(data, "select_columns"):
        raise UsageError(
            f"a {type(data).__name__} has no rows by number",
            hint="give a datasets.Dataset: load it without streaming, or take some rows as a list",
        )
    table = ArrowTable(data, "data in memory")
    table.digest = digest_of(table)
    return table


def _frame(data: Any, alone: str) -> MemoryTable:
    if not hasattr(data, "columns"):  # a Series
        return MemoryTable(_named(data.array, alone))
    columns = {str(name): data[name].array for name in data.columns}
    categories = {
        name: tuple(str(one) for one in values.categories)
        for name, values in columns.items()
        if hasattr(values, "categories")
    }
    return MemoryTable(columns, categories)


def _items(data: torch.utils.data.Dataset[object]) -> list[object]:
    """The items of a torch Dataset, each read once."""
    if isinstance(data, torch.utils.data.IterableDataset) or not hasattr(data, "__len__"):
        raise UsageError(
            f"{type(data).__name__} does not say how many items it has, so it has no rows by "
            "number",
            hint="give it a method __len__, or give a list of its first items",
        )
    return [data[number] for number in range(len(data))]


def _columns(rows: Sequence[Any], names: Sequence[str], alone: str) -> Mapping[str, Values]:
    """Columns of rows that are mappings, tuples with names, or single values."""
    if not len(rows):
        return {}
    if all(isinstance(row, Mapping) and not set(row) <= _OF_ONE_VALUE for row in rows):
        keys = dict.fromkeys(str(key) for row in rows for key in row)
        return {key: [row.get(key) for row in rows] for key in keys}
    if names:
        return _unzipped(rows, names)
    if isinstance(rows[0], tuple) and not (alone and _is_sound(rows[0])):
        raise UsageError(
            f"the rows are tuples of {len(rows[0])} values, which have no names",
            hint='name them in their order: names=("a", "b")',
        )
    return _named(rows, alone)


def _unzipped(rows: Sequence[Any], names: Sequence[str]) -> Mapping[str, Values]:
    for number, row in enumerate(rows):
        if not isinstance(row, tuple | list) or len(row) != len(names):
            size = len(row) if isinstance(row, tuple | list) else 1
            raise UsageError(
                f"row {number} has {size} values, but names has {len(names)}: {', '.join(names)}"
            )
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}


def _is_sound(row: tuple[object, ...]) -> bool:
    """Whether a tuple is one value: an array and its rate."""
    return len(row) == 2 and hasattr(row[0], "__len__") and isinstance(row[1], int)


def _named(rows: Values, alone: str) -> Mapping[str, Values]:
    if not alone:
        raise UsageError(
            "the data are one column, and the recipe uses several", hint="give a dict of columns"
        )
    return {alone: rows}


def _column(name: str, values: Any) -> Values:
    if isinstance(values, str | bytes) or not hasattr(values, "__getitem__"):
        if isinstance(values, Iterable) and not isinstance(values, str | bytes):
            return list(values)
        raise UsageError(
            f"the column {name!r} is {values!r:.40}, and no list of values", hint=_FORMS
        )
    # A Series counts rows by its index, which need not begin with 0.
    found: Values = values.array if _library(values) == "pandas" else values
    return found
