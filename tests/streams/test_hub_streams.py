"""Data sets of the Hub are read in place: only what is needed is fetched, of one commit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mmgan_core.components.sources.hf import HuggingFace, HuggingFaceOptions
from mmgan_core.errors import DataError

from ..hub.server import Hub
from .rows import parquet


def source(path: str, **options: Any) -> HuggingFace:
    said = {"path": path, "streamed": True, **options}
    return HuggingFace(HuggingFaceOptions.model_validate(said))


def put(hub: Hub, folder: Path, *prefixes: str) -> str:
    files = {f"{p}{f.name}": f.read_bytes() for p in prefixes for f in folder.iterdir()}
    oid: str = hub.put("lab/rows", files, repo_type="dataset").oid
    return oid


def test_rows_of_the_hub_are_those_of_the_files(hub: Hub, tmp_path: Path) -> None:
    put(hub, parquet(tmp_path / "rows", 400), "data/")
    (table,) = source("lab/rows", test_fraction=0).tables("train")
    assert [value[3] for value in table.values("x", [3, 250, 399])] == [3, 250, 399]  # type: ignore[index]
    assert table.columns["label"].names == ("a", "b", "c", "d")
    assert not list(tmp_path.glob("hf/**/*.parquet")), "no file is kept as a whole"


def test_another_commit_is_other_data(hub: Hub, tmp_path: Path) -> None:
    first = put(hub, parquet(tmp_path / "rows", 400), "")
    (before,) = source("lab/rows").tables("train")
    put(hub, parquet(tmp_path / "more", 200), "")
    (after,) = source("lab/rows").tables("train")
    (again,) = source(f"lab/rows@{first}").tables("train")
    assert before.digest == again.digest != after.digest
    assert (len(again), len(after)) == (360, 180)


def test_what_cannot_be_streamed_is_said(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be reached"):
        source("lab/nothing").tables("train")
    hub.put("lab/rows", {"train.csv": b"a\n1\n"}, repo_type="dataset")
    with pytest.raises(DataError, match="no Parquet files") as told:
        source("lab/rows").tables("train")
    assert "refs/convert/parquet" in (told.value.hint or "")
    put(hub, parquet(tmp_path / "rows", 40), "en/", "de/")
    with pytest.raises(DataError, match="several configurations") as told:
        source("lab/rows").tables("train")
    assert told.value.hint == "config: de, en"
    assert len(source("lab/rows", config="en").tables("train")[0]) == 36


def test_a_local_folder_is_read_as_parquet_files_are(tmp_path: Path) -> None:
    folder = parquet(tmp_path / "rows", 40)
    assert len(source(str(folder)).tables("train")[0]) == 36
