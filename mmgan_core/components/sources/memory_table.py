"""A table of values in memory, identified by a hash of their content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from numbers import Integral, Real
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from mmgan_core.components.sources.cells import are_whole, list_column
from mmgan_core.components.sources.chosen_rows import FEW, MANY, word_column
from mmgan_core.contracts import Column, Table
from mmgan_core.errors import DataError
from mmgan_core.foundation.files import file_hash

_PLAIN = (str, bytes, Real, type(None))
# How many rows of another table are hashed at once.
_BLOCK = 512


class Values(Protocol):
    """The values of a column, by the number of a row."""

    def __len__(self) -> int: ...

    def __getitem__(self, row: int, /) -> object: ...


class MemoryTable:
    """Columns of values, each of which allows access by the number of a row.

    Attributes:
        in_workers: whether other processes may read it; its values would be copied to each.
    """

    in_workers = False

    def __init__(
        self, columns: Mapping[str, Values], names: Mapping[str, tuple[str, ...]] | None = None
    ) -> None:
        """Take columns, and the names of labels where they are known.

        Raises:
            DataError: if there is no row, columns have unlike lengths, or a value is of a type that
                cannot be hashed.
        """
        lengths = {name: len(values) for name, values in columns.items()}
        if len(set(lengths.values())) > 1:
            said = ", ".join(f"{name}: {length:,}" for name, length in lengths.items())
            raise DataError(f"the columns have unlike numbers of rows ({said})")
        self._length = next(iter(lengths.values()), 0)
        if not self._length:
            raise DataError("the data have no rows")
        self._values = columns
        # Columns of whole numbers that missing ones have turned into floats.
        self._whole: set[str] = set()
        self.columns: Mapping[str, Column] = {
            name: self._column(name, (names or {}).get(name, ())) for name in columns
        }
        self.digest = digest_of(self)

    def __len__(self) -> int:
        return self._length

    def values(self, column: str, rows: Sequence[int]) -> list[object]:
        """The values as they are; numbers of labels as text, and None for one that is missing."""
        values = self._values[column]
        whole = column in self._whole
        return [_raw(values[row], whole=whole) for row in rows]

    def where(self, row: int) -> str:
        """The number of the row."""
        return f"data in memory, row {row}"

    def _column(self, name: str, names: tuple[str, ...]) -> Column:
        if names:
            return Column(name, "label", names)
        values = self._values[name]
        every = [_unboxed(values[row]) for row in range(self._length)]
        listed = list_column(name, every, MANY)
        if listed:
            return listed
        if are_whole(every):
            self._whole.add(name)
            every = [None if value is None else int(value) for value in every]
        types = {type(value) for value in every} - {type(None)}
        whole = bool(types) and all(issubclass(one, Integral) for one in types)
        if not whole and types != {str}:
            return Column(name)
        found = set(every) - {None}
        few = len(found) <= (MANY if whole else FEW)
        sorted_names = tuple(map(str, sorted(found))) if few else ()
        return Column(name, "label", sorted_names) if whole else word_column(name, sorted_names)


def digest_of(table: Table) -> str:
    """A hash of the names of columns and of all values of a table.

    Raises:
        DataError: if a value is of a type that cannot be hashed.
    """
    state = hashlib.sha256()
    for name in table.columns:
        _feed(state, name)
        for start in range(0, len(table), _BLOCK):
            for value in table.values(name, range(len(table))[start : start + _BLOCK]):
                try:
                    _feed(state, value)
                except TypeError:
                    raise DataError(
                        f"column {name!r} holds values of type {type(value).__name__}",
                        hint="give strings, numbers, arrays, tensors, pictures, paths or bytes",
                    ) from None
    return state.hexdigest()


def _raw(value: object, *, whole: bool) -> object:
    """A value as a data source returns it."""
    plain = _unboxed(value)
    if whole and plain is not None:
        plain = int(plain)
    return str(plain) if isinstance(plain, Integral) else plain


def _unboxed(value: Any) -> Any:
    """A number of a library as Python's own, and None for what is not there."""
    single = isinstance(value, np.generic) or (
        isinstance(value, np.ndarray | torch.Tensor) and not value.shape
    )
    plain = value.item() if single else value
    missing = isinstance(plain, float) and plain != plain
    return None if missing or type(plain).__name__ in ("NAType", "NaTType") else plain


def _feed(state: Any, value: Any) -> None:
    """Add a value to a hash; what has unlike content never feeds the same bytes."""
    state.update(f"{type(value).__name__} ".encode())
    if isinstance(value, torch.Tensor):
        whole = value.detach().cpu()
        value = (whole.float() if whole.dtype == torch.bfloat16 else whole).numpy()
    if isinstance(value, Path):
        # A file that cannot be read is reported as a bad row when it is decoded.
        state.update((file_hash(value) if value.is_file() else f"no {value}").encode())
    elif isinstance(value, np.ndarray):
        if value.dtype.hasobject:
            raise TypeError
        state.update(f"{value.dtype} {value.shape} ".encode())
        state.update(np.ascontiguousarray(value).tobytes())
    elif isinstance(value, _PLAIN):
        text = repr(value).encode("utf-8", "surrogatepass")
        state.update(f"{len(text)} ".encode() + text)
    elif isinstance(value, Mapping):
        _feed(state, [part for key in sorted(value) for part in (key, value[key])])
    elif isinstance(value, list | tuple):
        state.update(f"{len(value)} ".encode())
        for one in value:
            _feed(state, one)
    elif hasattr(value, "tobytes") and hasattr(value, "mode"):  # a picture of PIL
        _feed(state, [value.mode, *value.size, value.tobytes(), *(value.getpalette() or ())])
    elif hasattr(value, "__dataclass_fields__"):  # such as a waveform
        _feed(state, dict(vars(value)))
    else:
        raise TypeError
