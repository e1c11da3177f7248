"""Data sets through the `datasets` library, from a local copy and without the network."""

import sys
from pathlib import Path
from typing import Any

import pytest

from mmgan_core.components.sources.hf import HuggingFace, HuggingFaceOptions
from mmgan_core.contracts import Table
from mmgan_core.errors import DataError, MmganError

NAMES = ["null", "eins", "zwei"]
PNG = b"\x89PNG"


@pytest.fixture(autouse=True)
def _offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The library reads its settings when imported, so they are set in it."""
    config = pytest.importorskip("datasets").config
    monkeypatch.setattr(config, "HF_DATASETS_OFFLINE", True)
    monkeypatch.setattr(config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)


def copy(folder: Path, **splits: int) -> Path:
    import datasets

    features = datasets.Features(
        {
            "bild": datasets.Image(decode=False),
            "klasse": datasets.ClassLabel(names=NAMES),
            "wort": datasets.Value("string"),
            "zahl": datasets.Value("int64"),
            "mass": datasets.Value("float32"),
        }
    )
    folder.mkdir(parents=True)
    for split, count in splits.items():
        rows = [
            {
                "bild": {"bytes": PNG + bytes([n]), "path": None},
                "klasse": (n % 4) - 1,
                "wort": f"wort-{n % 3}-ü",
                "zahl": n % 5,
                "mass": None if n else 0.5,
            }
            for n in range(count)
        ]
        datasets.Dataset.from_list(rows, features).to_parquet(folder / f"{split}.parquet")
    return folder


def table_of(path: Path | str, split: str = "train", **options: Any) -> Table:
    chosen = HuggingFaceOptions.model_validate({"path": str(path), **options})
    (table,) = HuggingFace(chosen).tables(split)
    return table


def every(table: Table, column: str) -> list[object]:
    return table.values(column, range(len(table)))


def test_values_and_kinds(tmp_path: Path) -> None:
    table = table_of(copy(tmp_path / "satz@1", train=5, test=2))
    kinds = {name: column.modality for name, column in table.columns.items()}
    assert kinds == {
        "bild": "image",
        "klasse": "label",
        "wort": "text",
        "zahl": "label",
        "mass": "",
    }
    assert table.values("bild", [4, 0]) == [PNG + b"\x04", PNG + b"\x00"]
    assert every(table, "klasse") == [None, "null", "eins", "zwei", None]
    assert every(table, "zahl") == ["0", "1", "2", "3", "4"]
    assert every(table, "mass") == ["0.5", None, None, None, None]
    assert table.columns["klasse"].names == tuple(NAMES)
    assert table.columns["zahl"].names == ("0", "1", "2", "3", "4")
    assert table.columns["wort"].names == ("wort-0-ü", "wort-1-ü", "wort-2-ü")


def test_held_out_rows_are_not_trained_on(tmp_path: Path) -> None:
    folder = copy(tmp_path / "satz", train=60)
    train, test = (every(table_of(folder, split), "bild") for split in ("train", "test"))
    assert test
    assert not set(train) & set(test)
    assert len(train) + len(test) == 60


def test_validation_stands_for_test(tmp_path: Path) -> None:
    folder = copy(tmp_path / "satz", train=6, validation=3)
    assert [len(table_of(folder, split)) for split in ("train", "test")] == [6, 3]


def test_columns_names_and_limit(tmp_path: Path) -> None:
    folder = copy(tmp_path / "satz", train=6, test=2)
    table = table_of(folder, columns={"k": "klasse"}, names={"k": ["0", "1", "2"]}, limit=3)
    assert list(table.columns) == ["k"]
    assert every(table, "k") == [None, "0", "1"]


def test_a_digest_is_the_same_each_time_and_differs_by_split(tmp_path: Path) -> None:
    folder = copy(tmp_path / "satz", train=6, test=6)
    digests = [table_of(folder, split).digest for split in ("train", "train", "test")]
    assert digests[0] == digests[1] != digests[2]


def test_what_cannot_be_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match="cannot be loaded"):
        table_of("niemand/nichts@main")
    with pytest.raises(DataError, match="no split 'dev'"):
        table_of(copy(tmp_path / "satz", train=3), "dev")
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MmganError, match=r"pip install 'mmgan-zoo\[hf\]'"):
        table_of("niemand/nichts")


def test_rows_are_chosen_by_value_before_the_limit(tmp_path: Path) -> None:
    folder = copy(tmp_path / "satz", train=6, test=2)
    found = every(table_of(folder), "klasse")
    last = next(name for name in reversed(found) if name is not None)
    assert found[0] != last
    assert every(table_of(folder, only={"klasse": last}, limit=1), "klasse") == [last]
    every_name = [name for name in found if name is not None]
    assert every(table_of(folder, only={"klasse": NAMES}), "klasse") == every_name
    with pytest.raises(DataError, match=r"data\.only\.klasse: no row has the value 'ein'"):
        table_of(folder, only={"klasse": "ein"})
