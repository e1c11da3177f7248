"""Cells reach modalities as they are: lists as lists, whole numbers as whole numbers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas
import pyarrow
import pyarrow.parquet
import pytest

from mmgan_core.assembly.opening import open_source
from mmgan_core.components.label import Label, LabelOptions
from mmgan_core.components.sources.memory import hold
from mmgan_core.components.vector import Vector, VectorOptions
from mmgan_core.contracts import Table
from mmgan_core.errors import BadValue
from mmgan_core.starting.columns import look_at

ROWS: list[dict[str, object]] = [
    {"tags": ["red", "round"], "pose": [0.5, 1.5], "kind": 0.0, "age": 1.5},
    {"tags": ["red"], "pose": [1.0, 2.0], "kind": None, "age": None},
    {"tags": [], "pose": [1.0, 3.0], "kind": 2.0, "age": 2.0},
]
Reader = Callable[[Path], dict[str, object]]


def jsonl(folder: Path) -> dict[str, object]:
    for number, row in enumerate(ROWS):
        (folder / f"{number}.txt").write_text("words")
        row = {"file_name": f"{number}.txt", **row}
        with (folder / "metadata.jsonl").open("a") as file:
            file.write(json.dumps(row) + "\n")
    return {"use": f"folder:{folder}", "test_fraction": 0}


def parquet(folder: Path) -> dict[str, object]:
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(ROWS), folder / "train.parquet")
    return {"use": f"parquet:{folder}", "test_fraction": 0}


def hub(folder: Path) -> dict[str, object]:
    pytest.importorskip("datasets")
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(ROWS), folder / "train.parquet")
    return {"use": f"hf:{folder}", "test_fraction": 0}


def frame(folder: Path) -> dict[str, object]:
    return {**hold(pandas.DataFrame(ROWS)), "test_fraction": 0}


def table(read: Reader, folder: Path) -> Table:
    (found,) = open_source(read(folder)).tables("train")
    return found


READERS = [jsonl, parquet, hub, frame]


@pytest.mark.parametrize("read", READERS)
def test_lists_of_names_are_several_labels(read: Reader, tmp_path: Path) -> None:
    found = table(read, tmp_path)
    column = found.columns["tags"]
    assert (column.modality, column.names) == ("label", ("red", "round"))
    values = found.values("tags", [0, 1, 2])
    options = LabelOptions.model_validate(Label.suggest(column, values))
    assert Label(options).prepare(values).tolist() == [[1, 1], [1, 0], [0, 0]]


@pytest.mark.parametrize("read", READERS)
def test_lists_of_numbers_are_vectors(read: Reader, tmp_path: Path) -> None:
    found = table(read, tmp_path)
    assert found.columns["pose"].modality == "vector"
    values = found.values("pose", [0, 1, 2])
    options = VectorOptions.model_validate(Vector.suggest(found.columns["pose"], values))
    assert Vector(options).prepare(values)[:, 1].tolist() == pytest.approx([-1, -1 / 3, 1])


@pytest.mark.parametrize("read", READERS[1:])
def test_labels_that_a_missing_one_turned_into_floats_are_labels(
    read: Reader, tmp_path: Path
) -> None:
    found = table(read, tmp_path)
    assert (found.columns["kind"].modality, found.columns["kind"].names) == ("label", ("0", "2"))
    assert found.values("kind", [0, 1, 2]) == ["0", None, "2"]
    assert found.columns["age"].modality != "label"


@pytest.mark.parametrize("read", READERS)
def test_init_sees_labels_and_numbers_in_lists(read: Reader, tmp_path: Path) -> None:
    seen = look_at(open_source(read(tmp_path)))
    assert (seen["tags"].column.modality, seen["tags"].unfit) == ("label", "")
    assert (seen["pose"].column.modality, seen["pose"].what) == ("vector", "lists of 2 numbers")


def test_one_label_is_asked_for_and_several_come() -> None:
    with pytest.raises(BadValue, match="multiple: true"):
        Label(LabelOptions(names=("a", "b"))).prepare([["a", "b"]])
