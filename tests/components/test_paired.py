"""The embedded digits, and sources joined on a label."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mmgan_core.components.sources.digits import Digits, DigitsOptions
from mmgan_core.components.sources.paired import Paired, PairedOptions
from mmgan_core.components.sources.parquet import Parquet, ParquetOptions
from mmgan_core.contracts import DataSource
from mmgan_core.errors import DataError

TEN = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def test_the_embedded_digits() -> None:
    source = Digits(DigitsOptions())
    assert source.pair_on == "label"
    digests = set()
    for split in ("train", "test"):
        handwriting, speech = source.tables(split)
        assert handwriting.columns["image"].modality == "image"
        assert speech.columns["audio"].modality == "audio"
        for table in (handwriting, speech):
            assert table.columns["label"].names == TEN
            assert set(table.values("label", range(len(table)))) == set(TEN)
            digests.add(table.digest)
    assert len(digests) == 4
    with pytest.raises(DataError, match="no split 'dev'"):
        source.tables("dev")


def written(file: Path, **columns: list[str]) -> dict[str, str]:
    pq.write_table(pa.table(columns), file)
    return {"path": str(file)}


def paired(*sections: dict[str, Any], pair_on: str = "wort") -> Paired:
    options = PairedOptions.model_validate({"sources": sections, "pair_on": pair_on})
    source = Paired(options)

    def make(section: Any) -> DataSource:
        return Parquet(ParquetOptions.model_validate({"test_fraction": 0, **section}))

    source.connect(make)
    return source


def test_sources_are_joined(tmp_path: Path) -> None:
    one = written(tmp_path / "a.parquet", wort=["x", "y"])
    other = written(tmp_path / "b.parquet", w=["y", "x", "x"])
    source = paired(one, {**other, "columns": {"wort": "w"}})
    assert source.pair_on == "wort"
    assert [len(table) for table in source.tables("train")] == [2, 3]


def test_a_source_without_the_column_is_named(tmp_path: Path) -> None:
    one = written(tmp_path / "a.parquet", wort=["x"])
    other = written(tmp_path / "b.parquet", w=["x"])
    with pytest.raises(DataError, match="no column 'wort' beside w"):
        paired(one, other).tables("train")


def test_differing_names_are_reported_and_can_be_replaced(tmp_path: Path) -> None:
    one = written(tmp_path / "a.parquet", wort=["null", "eins"])
    other = written(tmp_path / "b.parquet", wort=["0", "1"])
    with pytest.raises(DataError, match=r"eins, null .*and 0, 1") as caught:
        paired(one, other).tables("train")
    assert "names: {wort:" in caught.value.hint
    joined = paired(one, {**other, "names": {"wort": ["null", "eins"]}}).tables("train")
    assert joined[1].values("wort", [0, 1]) == ["null", "eins"]


def test_a_source_may_be_given_by_its_name_alone() -> None:
    options = PairedOptions.model_validate({"sources": ["folder:a", "folder:b"], "pair_on": "w"})
    assert options.sources == ({"use": "folder:a"}, {"use": "folder:b"})


def test_one_source_alone_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2 items"):
        paired({})
