"""Tables that are read while training: the option ``streamed``, and rows held out for testing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, overload

import numpy as np
import numpy.typing as npt
from pydantic import BeforeValidator, Field

from mmgan_core.components.sources.chosen_rows import ChosenRows, ChosenRowsOptions
from mmgan_core.contracts import Table
from mmgan_core.contracts.stream import Share, Stream
from mmgan_core.errors import DataError
from mmgan_core.foundation.spread import spread_runs
from mmgan_core.options import Options

# Rows for testing are held out in so many runs, so that as few blocks have to be read for them.
_RUNS = 64
_Numbers = npt.NDArray[np.int64]


class Streaming(Options):
    """How a table is streamed; ``true`` stands for the defaults."""

    window: int = Field(
        8_192, ge=1, description="about so many rows are shuffled together, if they lie in blocks"
    )
    test_rows: int = Field(10_000, ge=1, description="at most so many rows are used for testing")


def _expanded(value: object) -> object:
    return {True: {}, False: None}.get(value, value) if isinstance(value, bool) else value


class StreamedOptions(ChosenRowsOptions):
    """The options of data sources that can be read while training."""

    streamed: Annotated[Streaming | None, BeforeValidator(_expanded)] = Field(
        None,
        description="true: rows are decoded while training, and nothing is prepared in advance; or "
        "window: and test_rows:",
    )


class StreamedRows(ChosenRows):
    """The rows of a table for training, which are read while training goes on.

    Attributes:
        shares: the one share, of all rows, and how it is streamed.
    """

    def __init__(
        self, table: Table, options: StreamedOptions, streaming: Streaming, held_out: _Numbers
    ) -> None:
        """
        Args:
            table: the table; where rows are read in blocks it has ``blocks``, see ``Stream``.
            held_out: the rows for testing, in order.
        """
        rows = AllBut(len(table), held_out)
        super().__init__(table, options, rows)
        blocks = getattr(table, "blocks", None)
        if blocks is not None:
            blocks = np.minimum(blocks - np.searchsorted(held_out, blocks), len(self))
        self.shares = (Share(len(self), stream=Stream(streaming.window, blocks)),)


def streamed_table(
    options: StreamedOptions,
    streaming: Streaming,
    split: str,
    training: Callable[[], Table],
    testing: Callable[[], Table] | None,
) -> Table:
    """The table of a split of data that are streamed.

    That of the test split has few enough rows to be prepared in advance.

    Args:
        training: opens the rows for training.
        testing: opens those for testing; None if they have to be held out.

    Raises:
        DataError: if an option needs all rows to be read first, or a split would be empty.
    """
    if options.only:
        raise DataError(
            "data.only needs to read every row, which streamed data are too large for",
            hint="leave out streamed, or write the rows that you want to files of their own",
        )
    if testing is not None and split == "test":
        table = testing()
        tested = spread_runs(len(table), streaming.test_rows, _RUNS)
        return ChosenRows(table, options, tested.tolist())
    table = training()
    held_out = np.zeros(0, dtype=np.int64)
    if testing is None:
        if split == "test" and not options.test_fraction:
            raise DataError("there is no test split, and test_fraction is 0")
        held_out = _held_out(len(table), options.test_fraction, streaming.test_rows)
    if split == "test":
        return ChosenRows(table, options, held_out.tolist())
    return StreamedRows(table, options, streaming, held_out)


def _held_out(rows: int, fraction: float, most: int) -> _Numbers:
    wanted = min(most, int(rows * fraction), rows - 1)
    return spread_runs(rows, max(wanted, 1 if fraction and rows > 1 else 0), _RUNS)


class AllBut(Sequence[int]):
    """The numbers below a count without some of them, which alone are in memory."""

    def __init__(self, count: int, without: _Numbers) -> None:
        """
        Args:
            without: the numbers that are left out, in order.
        """
        self._without = without
        self._before = without - np.arange(len(without))
        self._length = count - len(without)

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, at: int) -> int: ...

    @overload
    def __getitem__(self, at: slice) -> AllBut: ...

    def __getitem__(self, at: int | slice) -> int | AllBut:
        if isinstance(at, slice):
            first = AllBut(self._length + len(self._without), self._without)
            first._length = len(range(*at.indices(self._length)))
            return first
        if not -self._length <= at < self._length:
            raise IndexError(at)
        at %= self._length
        return at + int(np.searchsorted(self._before, at, side="right"))

    @property
    def identity(self) -> bytes:
        """What makes them these numbers."""
        return self._length.to_bytes(8, "little") + self._without.tobytes()
