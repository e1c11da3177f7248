"""Where rows come from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

from mmgan_core.contracts.component import Component
from mmgan_core.options import Options as BaseOptions


@dataclass(frozen=True)
class Column:
    """What a source knows of one column.

    Attributes:
        name: its name.
        modality: the kind of data it most likely is (``"image"``, ``"audio"``, ``"text"``,
            ``"label"``), or "" if it cannot tell.
        names: for labels that are stored as numbers, the name of each number.
    """

    name: str
    modality: str = ""
    names: tuple[str, ...] = ()


class Table(Protocol):
    """Rows of one split, at random access."""

    @property
    def columns(self) -> Mapping[str, Column]:
        """The columns by name."""
        ...

    @property
    def digest(self) -> str:
        """Hash of the content; equal digests mean equal rows."""
        ...

    def __len__(self) -> int: ...

    def values(self, column: str, rows: Sequence[int]) -> list[object]:
        """Raw values of one column: encoded bytes, a path, a string. None where missing.

        Labels come as their names, never as numbers.
        """
        ...

    def where(self, row: int) -> str:
        """Names a row for a message: file and row number, or path."""
        ...


class DataSource(Component, ABC):
    """Opens tables by split.

    A source that takes an argument after a colon (``parquet:PATH``) gets it as the option
    ``path``.

    Attributes:
        file_kinds: by the ending of a file, without the dot, the kind of data that it holds, as
            the installed modalities say. The toolkit sets it before it asks for tables.
    """

    file_kinds: Mapping[str, str] = MappingProxyType({})

    def __init__(self, options: BaseOptions) -> None:
        self.options = options

    def connect(self, open_inner: Callable[[Mapping[str, Any]], DataSource]) -> None:
        """Open the sources that this one is made of; most are made of none.

        Called once, before ``tables``.

        Args:
            open_inner: makes a source of a section like ``data`` of a recipe.
        """

    @abstractmethod
    def tables(self, split: str) -> list[Table]:
        """The tables of a split, ``"train"`` or ``"test"``.

        More than one table means that they share the label they are paired on, but no rows.

        Raises:
            DataError: if there is no such split or it cannot be read.
        """

    @property
    def pair_on(self) -> str:
        """The column on which several tables are paired, or "" for a single table."""
        return ""
