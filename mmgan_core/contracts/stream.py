"""How the rows of a table come in training: in which shares, and read ahead of use or before it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mmgan_core.contracts.data_source import Table

# So many blocks are shuffled together at least: neighbours in the data are often alike.
_FEWEST = 4


@dataclass(frozen=True)
class Stream:
    """How rows are read that are prepared when training needs them, and kept nowhere.

    Attributes:
        window: about so many rows are shuffled together.
        blocks: the first row of each block that is read as a whole, and the number of rows,
            (K + 1,); None if each row is read alone, so that all rows are shuffled together.
    """

    window: int
    blocks: npt.NDArray[np.int64] | None = None

    @property
    def windows(self) -> int:
        """In how many windows of blocks an epoch is shuffled."""
        if self.blocks is None:
            return 1
        count, rows = len(self.blocks) - 1, int(self.blocks[-1])
        together = max(_FEWEST, -(-self.window * count // max(1, rows)))
        return max(1, count // together)


@dataclass(frozen=True)
class Share:
    """Rows of a table that stand beside each other and take part in training with one weight.

    Attributes:
        rows: how many rows.
        weight: how many samples of a round are from them.
        stream: how they are read; None if all are prepared before training.
    """

    rows: int
    weight: int = 1
    stream: Stream | None = None


def shares_of(table: Table) -> tuple[Share, ...]:
    """The shares of a table in training; one, of all its rows, if it does not say."""
    return tuple(getattr(table, "shares", ())) or (Share(len(table)),)


def is_streamed(table: Table) -> bool:
    """Whether a table is read while training."""
    return shares_of(table)[0].stream is not None
