"""The embedded data: real handwritten and synthetic spoken digits, paired by their labels."""

from __future__ import annotations

from pathlib import Path

from mmgan_core.components.sources.parquet import ParquetTable
from mmgan_core.contracts import DataSource, Table
from mmgan_core.errors import DataError
from mmgan_core.options import Options

PACK = Path(__file__).parents[2] / "data" / "packs" / "digits"


class DigitsOptions(Options):
    """`core/digits` has no options."""


class Digits(DataSource):
    """A table with ``image`` and ``label``, and one with ``audio`` and ``label``.

    The README beside the data says where they come from.
    """

    Options = DigitsOptions

    def tables(self, split: str) -> list[Table]:
        """The table of handwriting, then that of speech; no voice is in both splits."""
        if split not in ("train", "test"):
            raise DataError(f"core/digits has no split {split!r}: it has train and test")
        return [
            ParquetTable([PACK / f"{name}-{split}.parquet"]) for name in ("handwriting", "speech")
        ]

    @property
    def pair_on(self) -> str:
        """The label."""
        return "label"
