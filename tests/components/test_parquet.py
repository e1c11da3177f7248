"""Parquet files: splits, columns, values, digests, and what is wrong with them."""

import json
import pickle
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mmgan_core.components.sources.chosen_rows import kind_of_feature
from mmgan_core.components.sources.parquet import (
    Parquet,
    ParquetOptions,
    ParquetTable,
)
from mmgan_core.components.sources.parquet_files import ParquetFiles, check_counts
from mmgan_core.contracts import Table
from mmgan_core.errors import DataError

PNG = b"\x89PNG\r\n\x1a\n"
Rows = Mapping[str, Sequence[Any] | pa.Array]


def write(file: Path, rows: Rows, *, features: object = None, group: int | None = None) -> Path:
    table = pa.table(dict(rows))
    if features is not None:
        said = json.dumps({"info": {"features": features}})
        table = table.replace_schema_metadata({"huggingface": said})
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, file, row_group_size=group)
    return file


def table_of(path: Path, split: str = "train", **options: Any) -> Table:
    (table,) = Parquet(ParquetOptions.model_validate({"path": str(path), **options})).tables(split)
    return table


def every(table: Table, column: str) -> list[object]:
    return table.values(column, range(len(table)))


def everything(path: Path) -> list[list[object]]:
    table = table_of(path)
    return [every(table, column) for column in table.columns]


def words(count: int, start: int = 0) -> Rows:
    return {"word": [f"wort-{number}-ü" for number in range(start, start + count)]}


def test_held_out_rows_are_not_trained_on(tmp_path: Path) -> None:
    for path in (write(tmp_path / "train.parquet", words(300)).parent, tmp_path / "train.parquet"):
        train, test = (every(table_of(path, split), "word") for split in ("train", "test"))
        assert not set(train) & set(test)
        assert sorted(train + test, key=str) == sorted(words(300)["word"])
        assert 10 < len(test) < 60


def test_rows_that_are_added_leave_the_others_in_their_split(tmp_path: Path) -> None:
    few, many = (write(tmp_path / f"{n}.parquet", words(n)) for n in (100, 150))
    before, after = every(table_of(few, "test"), "word"), every(table_of(many, "test"), "word")
    assert after[: len(before)] == before
    assert all(str(word).split("-")[1] >= "100" for word in after[len(before) :])


@pytest.mark.parametrize("fraction", [0.001, 0.5, 0.999])
def test_two_rows_are_enough_for_two_splits(tmp_path: Path, fraction: float) -> None:
    file = write(tmp_path / "two.parquet", words(2))
    sizes = [len(table_of(file, split, test_fraction=fraction)) for split in ("train", "test")]
    assert sizes == [1, 1]


def test_without_a_fraction_there_is_no_test_split(tmp_path: Path) -> None:
    file = write(tmp_path / "x.parquet", words(5))
    assert len(table_of(file, test_fraction=0)) == 5
    with pytest.raises(DataError, match="test_fraction is 0"):
        table_of(file, "test", test_fraction=0)


def test_shards_are_read_in_order_and_validation_stands_for_test(tmp_path: Path) -> None:
    for shard in (1, 0):
        write(tmp_path / "data" / f"train-0000{shard}-of-2.parquet", words(3, 3 * shard))
    write(tmp_path / "data" / "validation-00000.parquet", words(2, 90))
    assert every(table_of(tmp_path), "word") == words(6)["word"]
    assert every(table_of(tmp_path, "test"), "word") == words(2, 90)["word"]


def test_splits_are_named_by_globs(tmp_path: Path) -> None:
    write(tmp_path / "alt.parquet", words(4))
    write(tmp_path / "neu.parquet", words(2, 4))
    splits = {"train": "a*.parquet", "test": "neu*"}
    sizes = [len(table_of(tmp_path, split, splits=splits)) for split in ("train", "test")]
    assert sizes == [4, 2]
    with pytest.raises(DataError, match=r"data\.splits\.test: no file"):
        table_of(tmp_path, "test", splits={**splits, "test": "nue*"})


def test_random_access_over_row_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "train-0.parquet", words(50), group=7)
    write(tmp_path / "train-1.parquet", words(50, 50), group=9)
    table = ParquetTable(sorted(tmp_path.glob("*.parquet")))
    read: list[tuple[int, int]] = []
    real = ParquetFiles._column

    def counted(self: ParquetFiles, name: str, number: int, group: int, rows: int) -> object:
        read.append((number, group))
        return real(self, name, number, group, rows)

    monkeypatch.setattr(ParquetFiles, "_column", counted)
    rows = [99, 3, 50, 3, 98, 0, 49, 7]
    assert table.values("word", rows) == [f"wort-{row}-ü" for row in rows]
    assert len(read) == len(set(read)) == 5
    assert table.where(50).endswith("train-1.parquet row 50")
    assert pickle.loads(pickle.dumps(table)).values("word", rows) == table.values("word", rows)


FEATURES = {
    "ton": {"_type": "Audio"},
    "bild": {"_type": "Image"},
    "klasse": {"_type": "ClassLabel", "names": ["null", "eins", "zwei"]},
}


def encoded(*cells: tuple[bytes | None, str | None]) -> pa.Array:
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    return pa.array([{"bytes": b, "path": p} for b, p in cells], kind)


def test_what_datasets_wrote_is_understood(tmp_path: Path) -> None:
    rows = {
        "bild": encoded((PNG, None), (None, "bilder/ä.png"), (None, None)),
        "ton": encoded((b"RIFF", "a.wav"), (None, "b.wav"), (b"", None)),
        "klasse": [2, -1, 0],
        "zahl": [1.5, None, 3.0],
    }
    table = table_of(
        write(tmp_path / "x" / "train.parquet", rows, features=FEATURES).parent, test_fraction=0
    )
    kinds = {name: column.modality for name, column in table.columns.items()}
    assert kinds == {"bild": "image", "ton": "audio", "klasse": "label", "zahl": ""}
    assert table.columns["klasse"].names == ("null", "eins", "zwei")
    assert every(table, "bild") == [PNG, tmp_path.resolve() / "x" / "bilder" / "ä.png", None]
    assert every(table, "klasse") == ["zwei", None, "null"]
    assert every(table, "zahl") == ["1.5", None, "3.0"]


@pytest.mark.parametrize("path", ["../secret.png", "/etc/passwd", "a/../../secret.png"])
def test_paths_stay_inside(tmp_path: Path, path: str) -> None:
    rows = {"bild": encoded((None, path))}
    table = table_of(write(tmp_path / "x.parquet", rows, features=FEATURES), test_fraction=0)
    with pytest.raises(DataError, match="outside its folder"):
        every(table, "bild")


def test_without_metadata_the_kinds_are_guessed(tmp_path: Path) -> None:
    rows: Rows = {
        "b": [None, PNG],
        "t": [b"fLaC", b""],
        "x": [b"?", b"?"],
        "p": encoded((None, None), (None, "1.jpeg")),
        "wort": pa.array(["b", "a"]).dictionary_encode(),
        "n": [10, 9],
        "ja": [True, False],
    }
    table = ParquetTable([write(tmp_path / "x.parquet", rows)])
    kinds = {name: column.modality for name, column in table.columns.items()}
    assert kinds == {
        "b": "image",
        "t": "audio",
        "x": "",
        "p": "image",
        "wort": "text",
        "n": "label",
        "ja": "label",
    }
    assert table.columns["n"].names == ("9", "10")
    assert table.columns["wort"].names == ("a", "b")
    assert every(table, "ja") == ["True", "False"]


def test_few_strings_are_names_and_many_are_not(tmp_path: Path) -> None:
    rows = {
        "few": [f"{n % 64:02}" for n in range(200)],
        "many": [f"{n % 65}" for n in range(200)],
        "classes": [n % 150 for n in range(200)],
    }
    columns = ParquetTable([write(tmp_path / "x.parquet", rows, group=10)]).columns
    assert [len(columns[name].names) for name in rows] == [64, 0, 150]
    assert columns["many"].modality == "text"


def test_columns_and_names_are_chosen(tmp_path: Path) -> None:
    rows = {"klasse": [0, 1, 2], "bild": encoded(*[(PNG, None)] * 3)}
    file = write(tmp_path / "x.parquet", rows, features=FEATURES)
    table = table_of(
        file,
        columns={"digit": "klasse"},
        names={"digit": ["0", "1", "2"]},
        limit=2,
        test_fraction=0,
    )
    assert list(table.columns) == ["digit"]
    assert table.columns["digit"].names == ("0", "1", "2")
    assert every(table, "digit") == ["0", "1"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"columns": {"x": "klase"}}, "did you mean 'klasse'"),
        ({"names": {"klase": ["a", "b", "c"]}}, "did you mean 'klasse'"),
        ({"names": {"klasse": ["a", "b"]}}, "has 2 names, but the data have 3"),
    ],
)
def test_wrong_choices_name_a_way_out(tmp_path: Path, options: dict[str, Any], said: str) -> None:
    file = write(tmp_path / "x.parquet", {"klasse": [0, 1, 2]}, features=FEATURES)
    with pytest.raises(DataError, match=said):
        table_of(file, **options)


def test_a_digest_is_of_the_rows_and_nothing_else(tmp_path: Path) -> None:
    one = write(tmp_path / "a" / "train.parquet", words(90))
    same = write(tmp_path / "b" / "train.parquet", words(90))
    other = write(tmp_path / "c" / "train.parquet", words(90, 1))
    assert table_of(one).digest == table_of(same.parent).digest
    different = [
        table_of(one),
        table_of(one, "test"),
        table_of(one, limit=3),
        table_of(other),
        table_of(one, "test", limit=3),
        table_of(one, columns={"w": "word"}),
        table_of(one, test_fraction=0.2),
    ]
    assert len({table.digest for table in different}) == len(different)


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    write(tmp_path / "zahlen" / "train.parquet", words(2))
    with pytest.raises(DataError, match=r"did you mean .*zahlen'"):
        table_of(tmp_path / "zahl")
    with pytest.raises(DataError, match="did you mean 'test'"):
        table_of(tmp_path / "zahlen", "tset")
    (tmp_path / "leer").mkdir()
    with pytest.raises(DataError, match="holds no training split"):
        table_of(tmp_path / "leer")
    with pytest.raises(DataError, match="no rows"):
        table_of(write(tmp_path / "none.parquet", words(0)))
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(DataError, match="not a Parquet file"):
        table_of(tmp_path / "bad.parquet")


def test_damage_and_odd_shards_are_named(tmp_path: Path) -> None:
    file = write(tmp_path / "x.parquet", {"n": pa.array([b"\x00" * 4_000, b"\x01" * 4_000])})
    whole = bytearray(file.read_bytes())
    whole[10:60] = b"\xff" * 50
    file.write_bytes(whole)
    with pytest.raises(DataError, match=r"x\.parquet is damaged"):
        every(ParquetTable([file]), "n")
    write(tmp_path / "train-0.parquet", words(2))
    write(tmp_path / "train-1.parquet", {"wort": ["a"]})
    with pytest.raises(DataError, match="differ in their columns: word, wort"):
        table_of(tmp_path)
    write(tmp_path / "train-1.parquet", {"word": [1, 2]})
    with pytest.raises(DataError, match="type of column 'word' differs"):
        table_of(tmp_path)


@pytest.mark.parametrize("name", ["validation", "val"])
@pytest.mark.parametrize("layout", ["{}.parquet", "{}/0.parquet", "words/{}/0000.parquet"])
def test_layouts_of_splits(tmp_path: Path, layout: str, name: str) -> None:
    write(tmp_path / layout.format("train"), words(3))
    write(tmp_path / layout.format(name), words(2))
    assert [len(table_of(tmp_path, split)) for split in ("train", "test")] == [3, 2]


def test_a_test_split_is_not_a_shard(tmp_path: Path) -> None:
    for name in ("Train", "Test"):
        write(tmp_path / f"{name}.parquet", words(3))
    with pytest.raises(DataError, match=r"Test\.parquet looks like a test split"):
        table_of(tmp_path)


@pytest.mark.parametrize("glob", ["/etc/*", ""])
def test_an_invalid_glob(tmp_path: Path, glob: str) -> None:
    write(tmp_path / "x.parquet", words(3))
    with pytest.raises(DataError, match=r"data\.splits\.train"):
        table_of(tmp_path, splits={"train": glob})


@pytest.mark.parametrize(
    "said",
    [
        b"[]",
        b"{",
        b'{"info": null}',
        b'{"info": {"features": null}}',
        b'{"info": {"features": {"word": {"_type": ["x"]}}}}',
    ],
)
def test_metadata_that_datasets_did_not_write(tmp_path: Path, said: bytes) -> None:
    table = pa.table(dict(words(3))).replace_schema_metadata({b"huggingface": said})
    pq.write_table(table, tmp_path / "x.parquet")
    assert table_of(tmp_path / "x.parquet").columns["word"].modality == "text"


def test_every_layout_of_bytes_and_strings(tmp_path: Path) -> None:
    kinds = {
        "l": pa.large_binary(),
        "f": pa.binary(len(PNG)),
        "s": pa.large_string(),
        "label": pa.string(),
    }
    if hasattr(pa.types, "is_string_view"):
        kinds |= {"v": pa.binary_view(), "w": pa.string_view()}
    words = {"s", "w", "label"}
    rows = {n: pa.array(["a" if n in words else PNG], kind) for n, kind in kinds.items()}
    table = ParquetTable([write(tmp_path / "x.parquet", rows)])
    found = {name: table.columns[name].modality for name in kinds}
    wanted = {"l": "image", "f": "image", "s": "text", "label": "label", "v": "image", "w": "text"}
    assert found == {name: wanted[name] for name in kinds}


def test_the_shared_packs(shared_data: Path) -> None:
    digits = table_of(shared_data / "handwritten-digits")
    assert len(digits) == 60_000
    assert digits.columns["label"].modality == "label"
    assert len(digits.columns["label"].names) == 10
    rows = [59_999, 0, 31_000]
    assert all(str(name) in digits.columns["label"].names for name in digits.values("label", rows))
    assert all(isinstance(v, bytes) and v.startswith(PNG) for v in digits.values("image", rows))
    synopses = table_of(shared_data / "package-synopses", "test")
    assert len(synopses) == 1_738
    assert synopses.columns["synopsis"].modality == "text"
    spoken = table_of(shared_data / "spoken-digits", "test")
    assert spoken.columns["audio"].modality == "audio"
    assert len(spoken.columns["speaker"].names) == 6


@pytest.mark.parametrize(
    ("feature", "kind"),
    [
        ("Image", "image"),
        ("Audio", "audio"),
        ("Nifti", "nifti"),
        ("ClassLabel", "label"),
        ("Value", ""),
        ("List", ""),
        ("dict", ""),
        ("", ""),
    ],
)
def test_a_feature_is_called_as_its_kind_is(feature: str, kind: str) -> None:
    assert kind_of_feature(feature) == kind


def test_statistics_of_columns_by_which_pyarrow_ends_the_process_are_not_read(
    tmp_path: Path,
) -> None:
    """The histogram of one has more levels than there are: pyarrow 26 aborts where it is asked."""
    damaged = Path(__file__).parent / "damaged" / "column_statistics.parquet"
    shutil.copy(damaged, tmp_path / "train.parquet")
    with pytest.raises(DataError, match=r"train\.parquet is damaged"):
        everything(tmp_path)


@pytest.mark.parametrize(
    ("rows", "groups", "size"), [(7, [3, 3], 2_000), (2, [3, -1], 2_000), (10**9, [10**9], 2_000)]
)
def test_numbers_of_rows_that_cannot_be_are_refused(
    rows: int, groups: list[int], size: int
) -> None:
    metadata = SimpleNamespace(
        num_rows=rows, row_group=lambda number: SimpleNamespace(num_rows=groups[number])
    )
    file: Any = SimpleNamespace(metadata=metadata, num_row_groups=len(groups))
    with pytest.raises(ValueError, match="numbers of rows do not fit"):
        check_counts(file, size)
    metadata.num_rows = sum(groups)
    if min(groups) >= 0:
        check_counts(file, 10**6)
