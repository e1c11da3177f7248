"""Writes arrays that are larger than memory, some rows at a time, as files that numpy can map."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from mmgan_core.errors import DataError

_ALIGNMENT = 64
_Array = npt.NDArray[np.generic]


class RowFiles:
    """The files ``t.NAME.npy`` of a folder, which grow by rows.

    It is a context; ``finish`` makes the files complete.

    Attributes:
        rows: how many rows were written.
    """

    def __init__(self, folder: Path, most: int) -> None:
        """Write into a folder, at most ``most`` rows."""
        self._folder, self._most = folder, most
        self._files: dict[str, BinaryIO] = {}
        self._first: dict[str, _Array] = {}
        self.rows = 0

    def __enter__(self) -> RowFiles:
        return self

    def __exit__(self, *error: object) -> None:
        for file in self._files.values():
            with suppress(OSError):  # only after another error, which must not be hidden
                file.close()

    def fault(self, arrays: Mapping[str, _Array], rows: int) -> str:
        """Why arrays of ``rows`` rows cannot be written after those before, or ""."""
        return unlike(self._first, arrays, rows)

    def add(self, arrays: Mapping[str, _Array], rows: int) -> None:
        """Write more rows; ``fault`` says whether they fit."""
        for name, array in arrays.items():
            if name not in self._files:
                self._first[name] = array[:0]
                self._files[name] = file = (self._folder / f"t.{name}.npy").open("wb")
                file.write(self._header(name, self._most))
            self._files[name].write(np.ascontiguousarray(array).data)
        self.rows += rows

    def finish(self) -> None:
        """Complete the files."""
        for name, file in self._files.items():
            file.seek(0)
            file.write(self._header(name, self.rows))
            file.close()

    def _header(self, name: str, rows: int) -> bytes:
        """The header of version 1.0 of numpy's format; its size does not depend on ``rows``."""
        first = self._first[name]
        description = {
            "descr": np.lib.format.dtype_to_descr(first.dtype),
            "fortran_order": False,
            "shape": (rows, *first.shape[1:]),
        }
        start = np.lib.format.magic(1, 0)
        spare = len(str(self._most)) - len(str(rows))
        text = repr(description) + " " * spare
        missing = -(len(start) + 2 + len(text) + 1) % _ALIGNMENT
        text += " " * missing + "\n"
        return start + len(text).to_bytes(2, "little") + text.encode("latin1")


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Say of what the disk refuses that it is the cache.

    Raises:
        DataError: if nothing can be written.
    """
    try:
        yield
    except OSError as error:
        raise DataError(
            f"the cache {folder.parent} cannot be written: {error.strerror or error}",
            hint="free some space, or set MMGAN_CACHE to another folder",
        ) from error


def unlike(first: Mapping[str, _Array], arrays: Mapping[str, _Array], rows: int) -> str:
    """Why arrays of ``rows`` rows do not fit those before, if there are any, or ""."""
    if first and arrays.keys() != first.keys():
        return f"it has {', '.join(sorted(arrays))} instead of {', '.join(sorted(first))}"
    for name, array in arrays.items():
        before = first.get(name, array)
        if array.ndim == 0 or len(array) != rows:
            return f"{name!r} has the shape {array.shape} for {rows} values"
        if (array.dtype, array.shape[1:]) != (before.dtype, before.shape[1:]):
            return f"{name!r} is {_described(array)}, but was {_described(before)} before"
    return ""


def _described(array: _Array) -> str:
    return f"{array.dtype} {array.shape[1:]}"
