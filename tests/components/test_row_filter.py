"""Sources keep the rows that have the values which a recipe names, before they count them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from mmgan_core.components.sources.digits import PACK
from mmgan_core.components.sources.folder import Folder, FolderOptions
from mmgan_core.components.sources.parquet import Parquet, ParquetOptions
from mmgan_core.contracts import Table
from mmgan_core.errors import DataError, RecipeError
from mmgan_core.recipe.reading import read_recipe
from mmgan_core.recipe.schema import Recipe
from mmgan_core.training.run import train

ROWS = {
    "maker": ["a", "b", "a", None, "b", "a", "c", "a"],
    "size": [1, 1, 2, 2, 1, 2, 1, 1],
    "word": [f"w{row}" for row in range(8)],
    "file": [b"\x89PNG\r\n\x1a\n"] * 8,
}


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    """A Parquet file for each split; the test split has no row of c."""
    pq.write_table(pa.table(ROWS), tmp_path / "train.parquet", row_group_size=3)
    pq.write_table(
        pa.table({name: values[:2] for name, values in ROWS.items()}), tmp_path / "test.parquet"
    )
    return tmp_path


def table_of(path: Path, split: str = "train", **options: Any) -> Table:
    (table,) = Parquet(ParquetOptions.model_validate({"path": str(path), **options})).tables(split)
    return table


def words(table: Table) -> Sequence[object]:
    return table.values("word", range(len(table)))


def test_one_value_several_values_and_numbers_are_chosen(packs: Path) -> None:
    assert words(table_of(packs, only={"maker": "a"})) == ["w0", "w2", "w5", "w7"]
    assert words(table_of(packs, only={"maker": ["c", "b"]})) == ["w1", "w4", "w6"]
    assert words(table_of(packs, only={"size": 2})) == ["w2", "w3", "w5"]


def test_every_column_must_have_a_wanted_value(packs: Path) -> None:
    assert words(table_of(packs, only={"maker": ["a", "c"], "size": 1})) == ["w0", "w6", "w7"]


def test_rows_are_chosen_before_the_limit(packs: Path) -> None:
    table = table_of(packs, only={"maker": "b"}, limit=2)
    assert words(table) == ["w1", "w4"]
    assert table.where(1).endswith("train.parquet row 4")


def test_the_column_keeps_its_own_name_and_may_be_ignored(packs: Path) -> None:
    table = table_of(packs, only={"maker": "c"}, columns={"text": "word"})
    assert list(table.columns) == ["text"]
    assert table.values("text", [0]) == ["w6"]
    with pytest.raises(DataError, match=r"data\.only\.text: the data have no column 'text'"):
        table_of(packs, only={"text": "w6"}, columns={"text": "word"})


def test_other_rows_have_another_digest_and_the_same_rows_the_same(packs: Path) -> None:
    digests = [
        table_of(packs, **options).digest
        for options in (
            {},
            {"only": {"maker": "a"}},
            {"only": {"maker": "b"}},
            {"only": {"maker": ["a", "b"]}},
        )
    ]
    assert len(set(digests)) == 4
    assert table_of(packs, only={"maker": ["b", "a"]}).digest == digests[3]
    assert table_of(packs, only={}).digest == digests[0]


def test_what_is_held_out_does_not_depend_on_the_choice(packs: Path) -> None:
    (packs / "test.parquet").unlink()
    half = {"test_fraction": 0.5}
    every = {split: set(words(table_of(packs, split, **half))) for split in ("train", "test")}
    for split in ("train", "test"):
        chosen = words(table_of(packs, split, only={"maker": ["a", "b"]}, **half))
        assert set(chosen) == every[split] - {"w3", "w6"}


@pytest.mark.parametrize(
    ("only", "message", "hint"),
    [
        ({"makr": "a"}, "data.only.makr: the data have no column 'makr'", "did you mean 'maker'?"),
        ({"maker": ["a", "d"]}, "data.only.maker: no row has the value 'd'", "a, b, c"),
        ({"word": "w77"}, "data.only.word: no row has the value 'w77'", "did you mean 'w7'?"),
        ({"file": "a.png"}, "data.only.file: this column holds files", "maker, size, word"),
        (
            {"maker": "c", "size": [2]},
            "data.only: the train split has no row with maker c and size 2",
            "occur together",
        ),
    ],
)
def test_what_chooses_nothing_is_refused(
    packs: Path, only: dict[str, object], message: str, hint: str
) -> None:
    with pytest.raises(DataError) as error:
        table_of(packs, only=only)
    assert error.value.message.startswith(message)
    assert hint in (error.value.hint or "")


def test_a_test_split_may_lack_one_of_the_values_but_not_all(packs: Path) -> None:
    assert words(table_of(packs, "test", only={"maker": ["a", "c"]})) == ["w0"]
    with pytest.raises(DataError, match=r"data\.only: the test split has no row with maker c"):
        table_of(packs, "test", only={"maker": "c"})


@pytest.mark.parametrize("wanted", [[], None, {"a": 1}, [["a"]]])
def test_only_values_can_be_wanted(packs: Path, wanted: object) -> None:
    with pytest.raises(ValidationError, match=r"only\.maker"):
        table_of(packs, only={"maker": wanted})


def test_folders_of_labelled_files_and_tables_of_files_are_filtered(tmp_path: Path) -> None:
    classes, described = tmp_path / "classes", tmp_path / "described"
    for name in ("cat/1.png", "dog/2.png", "cat/3.png"):
        for root in (classes, described):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(b"")
    cells = ["file_name,mood", "cat/1.png,glad", "dog/2.png,", "cat/3.png,sad"]
    (described / "metadata.csv").write_text("\n".join(cells))
    for root, only, kept in (
        (classes, {"label": "cat"}, ["1.png", "3.png"]),
        (classes, {"label": ["dog"]}, ["2.png"]),
        (described, {"mood": ["sad", "glad"]}, ["1.png", "3.png"]),
    ):
        options = {"path": str(root), "only": only, "test_fraction": 0}
        (table,) = Folder(FolderOptions.model_validate(options)).tables("train")
        files = table.values("image", range(len(table)))
        assert [Path(str(file)).name for file in files] == kept


def test_a_run_goes_on_with_the_same_choice_alone(tmp_path: Path) -> None:
    def recipe(samples: int, *digits: str) -> Recipe:
        data = {
            "use": f"parquet:{PACK / 'handwriting-train.parquet'}",
            "only": {"label": list(digits)},
        }
        changes = {"data": data, "train.samples": samples, "train.batch_size": 8}
        return read_recipe("tiny-dense", changes)

    train(recipe(16, "three"), tmp_path / "run", cpu=True)
    with pytest.raises(RecipeError, match=r"another recipe(.|\n)*four"):
        train(recipe(32, "three", "four"), tmp_path / "run", cpu=True, resume=True)
    assert train(recipe(32, "three"), tmp_path / "run", cpu=True, resume=True).samples == 32
