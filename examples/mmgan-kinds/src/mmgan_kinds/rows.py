"""A table of rows that lie in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from mmgan_core.contracts import Column


class Rows:
    """The rows of one split.

    Attributes:
        columns: the columns by name.
        digest: a hash of the content.
    """

    def __init__(self, columns: Sequence[Column], rows: Sequence[tuple[object, ...]]) -> None:
        """``rows``: the values of each row, in the order of the columns."""
        self.columns: Mapping[str, Column] = {column.name: column for column in columns}
        self.digest = hashlib.sha256(repr(rows).encode()).hexdigest()
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def values(self, column: str, rows: Sequence[int]) -> list[object]:
        """The values of one column in these rows."""
        place = list(self.columns).index(column)
        return [self._rows[row][place] for row in rows]

    def where(self, row: int) -> str:
        """The name of a row in messages."""
        return f"row {row} of {', '.join(self.columns)}"
