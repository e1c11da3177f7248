"""A data set of the Hugging Face Hub, through the `datasets` library (extra `hf`)."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from mmgan_core.components.sources.cells import are_whole, list_column, raw_cell
from mmgan_core.components.sources.chosen_rows import (
    FEW,
    MANY,
    WORDS,
    ChosenRows,
    held_out,
    kind_of_feature,
    refuse_other_splits,
    word_column,
)
from mmgan_core.components.sources.hub_shards import hub_shards
from mmgan_core.components.sources.parquet import (
    Parquet,
    ParquetOptions,
    split_patterns,
    streamed_parquet,
)
from mmgan_core.components.sources.streaming import StreamedOptions
from mmgan_core.contracts import Column, DataSource, Table
from mmgan_core.errors import DataError, MmganError

if TYPE_CHECKING:
    from datasets import Dataset

WHOLE = ("int", "uint", "bool")
LISTS = ("Sequence", "List", "LargeList")


class HuggingFaceOptions(StreamedOptions):
    """Options of `core/hf`."""

    path: str = Field(min_length=1, description="ORG/NAME, ORG/NAME@REVISION, or a local folder")
    config: str | None = Field(None, description="a configuration of the data set")


class HuggingFace(DataSource):
    """One table a split. Data sets that need code of their own are refused."""

    Options = HuggingFaceOptions
    options: HuggingFaceOptions

    def tables(self, split: str) -> list[Table]:
        """The split; without a test split, validation, or a part of the training rows."""
        refuse_other_splits(split)
        if self.options.streamed:
            return [self._streamed(split)]
        splits = self._load()
        test = next((name for name in ("test", "validation") if name in splits), None)
        name = test if test and split == "test" else "train"
        if name not in splits:
            raise DataError(
                f"{self.options.path} has no split {name!r}", hint=f"it has {', '.join(splits)}"
            )
        table = ArrowTable(splits[name], f"{self.options.path} {name}")
        names = map(str, range(len(table)))
        rows = None if test else held_out(names, self.options.test_fraction, split)
        return [ChosenRows(table, self.options, rows, split)]

    def _streamed(self, split: str) -> Table:
        """The split, of whose files only the parts that are read are fetched."""
        local = Path(os.path.expanduser(self.options.path))
        if local.is_dir():
            options = self.options.model_dump(exclude={"config"})
            return Parquet(ParquetOptions.model_validate(options)).tables(split)[0]
        name, _, revision = self.options.path.partition("@")
        by_split = hub_shards(name, revision, self.options.config, split_patterns())
        if "train" not in by_split:
            raise DataError(
                f"hf:{self.options.path} has no Parquet files of a training split",
                hint="they are called train-0000.parquet, or lie in a folder train",
            )
        return streamed_parquet(self.options, split, by_split["train"], by_split.get("test", []))

    def _load(self) -> Mapping[str, Dataset]:
        try:
            import datasets
        except ImportError:
            raise MmganError(
                "hf: data need the datasets library", hint="pip install 'mmgan-zoo[hf]'"
            ) from None
        path, _, revision = self.options.path.partition("@")
        local = Path(os.path.expanduser(self.options.path))
        if local.is_dir():
            path, revision = str(local), ""
        try:
            loaded: Mapping[str, Dataset] = datasets.load_dataset(
                path, self.options.config, revision=revision or None
            )
        except Exception as error:
            raise DataError(
                f"hf:{self.options.path} cannot be loaded: {type(error).__name__}: {error}",
                hint="check the name, the revision and the network; a private one needs "
                "`hf auth login`",
            ) from None
        return loaded


class ArrowTable:
    """A split, its images and sounds left encoded."""

    def __init__(self, split: Dataset, name: str) -> None:
        features = dict(split.features)
        for column, feature in features.items():
            if getattr(feature, "decode", False) is True:
                split = split.cast_column(column, dataclasses.replace(feature, decode=False))
        self._name, self._length = name, len(split)
        # A row is read as a whole: without this, labels would cost as much as their pictures.
        self._alone = {column: split.select_columns([column]) for column in features}
        self.digest = f"{split._fingerprint}"
        # Columns of whole numbers that missing ones have turned into floats.
        self._whole: set[str] = set()
        self.columns: Mapping[str, Column] = {
            column: self._column(column, feature) for column, feature in features.items()
        }

    def __len__(self) -> int:
        return self._length

    def values(self, column: str, rows: Sequence[int]) -> list[object]:
        """Bytes or paths of encoded values, names of labels, strings of the rest."""
        cells = self._alone[column][list(rows)][column]
        names = self.columns[column].names
        return [self._value(cell, names, whole=column in self._whole) for cell in cells]

    def where(self, row: int) -> str:
        """Data set, split and row number."""
        return f"{self._name} row {row}"

    def _value(self, cell: object, names: tuple[str, ...], *, whole: bool) -> object:
        if isinstance(cell, dict) and ("bytes" in cell or "path" in cell):
            path = cell.get("path")
            return cell["bytes"] if cell.get("bytes") is not None else path and Path(path)
        if isinstance(cell, int) and names:
            return names[cell] if 0 <= cell < len(names) else None
        return raw_cell(cell, whole=whole)

    def _floats(self, name: str) -> Column:
        found = self._alone[name].unique(name)
        if len(found) > MANY + 1 or not are_whole(found):
            return Column(name)
        self._whole.add(name)
        names = sorted({int(value) for value in found if value is not None and value == value})
        return Column(name, "label", tuple(map(str, names)))

    def _column(self, name: str, feature: object) -> Column:
        known = kind_of_feature(type(feature).__name__)
        if known:
            return Column(name, known, tuple(getattr(feature, "names", None) or ()))
        kind = str(getattr(feature, "dtype", ""))
        modality = WORDS if "string" in kind else "label" if kind.startswith(WHOLE) else ""
        if kind.startswith("float"):
            return self._floats(name)
        if not modality:
            listed = type(feature).__name__ in LISTS or isinstance(feature, list)
            values = self._alone[name][:][name] if listed else ()
            return list_column(name, values, MANY) or Column(name)
        found = sorted({v for v in self._alone[name].unique(name) if v is not None})
        few = len(found) <= (FEW if modality == WORDS else MANY)
        names = tuple(map(str, found)) if few else ()
        return word_column(name, names) if modality == WORDS else Column(name, modality, names)
