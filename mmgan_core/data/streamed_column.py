"""A column whose values are prepared when they are read, and kept nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from threading import Lock

import numpy as np
import torch

from mmgan_core.contracts import Table
from mmgan_core.data.pairing import Rows
from mmgan_core.data.prepared import MISSING, Arrays, Prepare
from mmgan_core.data.row_files import unlike
from mmgan_core.errors import BadValue, DataError

# Values that are all missing or bad say nothing of a column; so many rows are tried at once.
_TRIED = 64


class StreamedColumn:
    """Reads and prepares rows of a column; several threads may ask it."""

    def __init__(
        self,
        table: Table,
        column: str,
        prepare: Prepare,
        known: Sequence[int],
        *,
        alone: bool = False,
    ) -> None:
        """
        Args:
            prepare: see ``prepare_column``.
            alone: whether only one thread at a time may prepare.
            known: rows of which one at least must be readable: its arrays say of what shape and
                type all are.

        Raises:
            DataError: if none is.
        """
        self.table, self.column, self._prepare = table, column, prepare
        self._turn = Lock() if alone else nullcontext()
        self._first: Arrays = {}
        reasons: dict[int, str] = {}
        for start in range(0, len(known), _TRIED):
            rows = np.array(known[start : start + _TRIED], dtype=np.int64)
            arrays, reasons = self.read(rows)
            if len(reasons) < len(rows):
                self._first = {name: array[:1] for name, array in arrays.items()}
                return
        row = int(known[min(reasons, default=0)])
        raise DataError(
            f"none of {len(known):,} rows of column {column!r} can be read",
            hint=f"{table.where(row)}: {next(iter(reasons.values()), 'it is empty')}",
        )

    def read(self, rows: Rows) -> tuple[Arrays, dict[int, str]]:
        """The prepared arrays of some rows, each (B, ...), and why others have none, by place.

        In the places of the others stand zeros.

        Raises:
            DataError: if arrays are of another shape or type than those of other rows.
        """
        values = self.table.values(self.column, rows.tolist())
        reasons = {place: MISSING for place, value in enumerate(values) if value is None}
        good = [place for place in range(len(values)) if place not in reasons]
        found: list[Arrays] = []
        try:
            found = [self._arrays([values[place] for place in good], rows)] if good else []
        except BadValue:
            for place in good:
                try:
                    found.append(self._arrays([values[place]], rows[place : place + 1]))
                except BadValue as error:
                    # It may name a file whose name is no UTF-8.
                    reasons[place] = str(error).encode(errors="replace").decode()
            good = [place for place in good if place not in reasons]
        like = found[0] if found else self._first
        whole = {
            name: np.zeros((len(rows), *array.shape[1:]), array.dtype)
            for name, array in like.items()
        }
        for name, array in whole.items():
            if good:
                array[good] = np.concatenate([arrays[name] for arrays in found])
        return whole, reasons

    def _arrays(self, values: Sequence[object], rows: Rows) -> Arrays:
        with self._turn, torch.no_grad():
            arrays = {name: tensor.numpy() for name, tensor in self._prepare(values).items()}
        fault = unlike(self._first, arrays, len(values))
        if fault:
            raise DataError(
                f"column {self.column!r}, {self.table.where(int(rows[0]))} to "
                f"{self.table.where(int(rows[-1]))}: {fault}",
                hint="its `prepare` must return one row for each value, and all rows with one "
                "shape and type",
            )
        return arrays
