"""A data source: where the rows of the data come from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from mmgan_core.contracts.component import Component
from mmgan_core.options import Options as BaseOptions


@dataclass(frozen=True)
class Column:
    """What a data source knows about one column.

    Attributes:
        name: the name of the column.
        modality: the most likely kind of its data (``"image"``, ``"audio"``, ``"text"``,
            ``"label"``), or "" if the source does not know.
        names: if its labels are stored as numbers, the name of each number.
    """

    name: str
    modality: str = ""
    names: tuple[str, ...] = ()


class Table(Protocol):
    """The rows of one split, in random access."""

    @property
    def columns(self) -> Mapping[str, Column]:
        """The columns by name."""
        ...

    @property
    def digest(self) -> str:
        """A hash of the content; equal digests mean equal rows."""
        ...

    def __len__(self) -> int: ...

    def values(self, column: str, rows: Sequence[int]) -> list[object]:
        """The raw values of one column in these rows, in this order.

        A value is encoded bytes, a path or a string, and None if it is missing; or a list or a
        mapping, if the data hold such. Labels are returned as names, never as numbers. A table may
        have ``notes``, sentences on what was read and what was not, and ``shares``, see ``Share``.
        """
        ...

    def where(self, row: int) -> str:
        """Where a row comes from, for messages: its file and number, or its path."""
        ...


class DataSource(Component, ABC):
    """Opens the tables of each split.

    If a recipe gives an argument after a colon (``parquet:PATH``), the source receives it as the
    option ``path``.

    Attributes:
        file_kinds: by the ending of a file, without the dot, the kind of data that it holds, as
            the installed modalities say. The toolkit sets it before it asks for tables.
        inner: the option that holds the sections of inner sources, for messages.
    """

    inner = "sources"
    file_kinds: Mapping[str, str] = MappingProxyType({})

    def __init__(self, options: BaseOptions) -> None:
        self.options = options

    def connect(self, open_inner: Callable[[Mapping[str, object]], DataSource]) -> None:
        """Open the sources that this source consists of; most sources need not do anything.

        It is called once, before ``tables``.

        Args:
            open_inner: opens the source of a mapping like the section ``data`` of a recipe.
        """

    @abstractmethod
    def tables(self, split: str) -> list[Table]:
        """The tables of a split, ``"train"`` or ``"test"``.

        Several tables share no rows, and mostly a column on which they are paired; see ``pair_on``.

        Raises:
            DataError: if the split does not exist or cannot be read.
        """

    @property
    def pair_on(self) -> str:
        """The column on which several tables are paired; "" for a single table.

        Several tables without such a column are paired by chance: each row of the first with rows
        of the others that have nothing to do with it.
        """
        return ""
