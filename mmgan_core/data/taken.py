"""The prepared arrays of a batch, before they are tensors on a device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mmgan_core.data.pairing import Rows
from mmgan_core.data.prepared import Arrays


@dataclass(frozen=True)
class Taken:
    """The prepared arrays of a batch.

    Attributes:
        rows: the rows of each table, (B,) each.
        given: the arrays of each given entry, each (B, ...).
        made: those of each made entry.
        present: for each given entry that may be missing, the rows that have a value, (B,).
    """

    rows: Sequence[Rows]
    given: dict[str, Arrays]
    made: dict[str, Arrays]
    present: Arrays
