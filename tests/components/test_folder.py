"""Folders of real files: classes, metadata, splits, and what a folder must not do."""

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from mmgan_core.components.sources.folder import Folder, FolderOptions
from mmgan_core.contracts import Table
from mmgan_core.errors import DataError


def picture(file: Path, level: int = 0, mode: str = "L") -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, (3, 2), level).save(file)
    return file


def sound(file: Path) -> Path:
    import soundfile

    file.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(file, np.zeros(80), 8_000)
    return file


def table_of(path: Path, split: str = "train", **options: Any) -> Table:
    (table,) = Folder(FolderOptions.model_validate({"path": str(path), **options})).tables(split)
    return table


def table_of_path(path: str) -> Table:
    return Folder(FolderOptions(path=path, test_fraction=0)).tables("train")[0]


def every(table: Table, column: str) -> list[object]:
    return table.values(column, range(len(table)))


def whole(path: Path) -> Table:
    return table_of(path, test_fraction=0)


def test_class_folders(tmp_path: Path) -> None:
    files = [
        picture(tmp_path / "Äpfel" / "b.png"),
        picture(tmp_path / "Äpfel" / "tief" / "a.JPG"),
        picture(tmp_path / "Birnen" / "c ü.png", mode="RGBA"),
    ]
    table = whole(tmp_path)
    assert every(table, "image") == sorted(files)
    names = {name: column.modality for name, column in table.columns.items()}
    assert names == {"image": "image", "label": "label"}
    assert table.columns["label"].names == tuple(sorted(("Äpfel", "Birnen")))
    found = zip(every(table, "image"), every(table, "label"), strict=True)
    assert all(str(label) in Path(str(path)).parts for path, label in found)
    assert table.where(0) == str(files[2])


def test_hidden_and_foreign_files_are_not_rows(tmp_path: Path) -> None:
    picture(tmp_path / "a" / "1.png")
    for name in (".DS_Store", ".x.png", "a/.thumbs/2.png", "README.txt", "a/notes.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert len(whole(tmp_path)) == 1


def test_plain_pictures_have_no_label(tmp_path: Path) -> None:
    picture(tmp_path / "1.png")
    picture(tmp_path / "2.png", mode="I;16")
    assert list(whole(tmp_path).columns) == ["image"]


def test_sounds_and_texts(tmp_path: Path) -> None:
    sound(tmp_path / "klang" / "eins" / "1.wav")
    sound(tmp_path / "klang" / "zwei" / "1.flac")
    table = whole(tmp_path / "klang")
    assert table.columns["audio"].modality == "audio"
    assert every(table, "label") == ["eins", "zwei"]
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "1.txt").write_text("Grüße", encoding="utf-8")
    assert whole(tmp_path / "text").columns["text"].modality == "text"


def test_every_class_has_its_name(tmp_path: Path) -> None:
    for number in range(70):
        picture(tmp_path / f"{number:02}" / "x.png")
    assert len(whole(tmp_path).columns["label"].names) == 70


def test_held_out_files_are_not_trained_on(tmp_path: Path) -> None:
    for base in (tmp_path / "flat", tmp_path / "split" / "train"):
        for number in range(60):
            picture(base / "a" / f"{number}.png", number)
    for path in (tmp_path / "flat", tmp_path / "split"):
        train, test = (every(table_of(path, split), "image") for split in ("train", "test"))
        assert test
        assert not set(train) & set(test)
        assert len(train) + len(test) == 60
    before = every(table_of(tmp_path / "flat", "test"), "image")
    for number in range(60):
        picture(tmp_path / "flat" / "0" / f"{number}.png", number)
    after = every(table_of(tmp_path / "flat", "test"), "image")
    assert [path for path in after if Path(str(path)).parent.name == "a"] == before


@pytest.mark.parametrize("name", ["test", "validation", "val"])
def test_split_folders(tmp_path: Path, name: str) -> None:
    for split, count in (("train", 3), (name, 2)):
        for number in range(count):
            picture(tmp_path / split / "a" / f"{number}.png")
    assert [len(table_of(tmp_path, split)) for split in ("train", "test")] == [3, 2]


def test_a_class_named_train_is_not_a_split(tmp_path: Path) -> None:
    for name in ("car", "train", "plane"):
        picture(tmp_path / name / "1.png")
    with pytest.raises(DataError, match="are they splits or classes"):
        table_of(tmp_path)
    for name in ("car", "train"):
        shutil.rmtree(tmp_path / name)
    picture(tmp_path / "test" / "1.png")
    with pytest.raises(DataError, match="but no train/"):
        table_of(tmp_path)


def test_split_folders_of_any_case(tmp_path: Path) -> None:
    for split, count in (("Train", 3), ("TEST", 2)):
        for number in range(count):
            picture(tmp_path / split / "a" / f"{number}.png")
    assert [len(table_of(tmp_path, split)) for split in ("train", "test")] == [3, 2]


def test_metadata_beside_the_splits_is_refused(tmp_path: Path) -> None:
    picture(tmp_path / "train" / "1.png")
    describe(tmp_path, "csv", [{"file_name": "train/1.png", "label": "a"}])
    with pytest.raises(DataError, match="is beside train/"):
        table_of(tmp_path)


def test_linked_class_folders_are_read_once(tmp_path: Path) -> None:
    picture(tmp_path / "elsewhere" / "1.png")
    picture(tmp_path / "data" / "a" / "1.png")
    (tmp_path / "data" / "b").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "data" / "a" / "loop").symlink_to(tmp_path / "data")
    table = whole(tmp_path / "data")
    assert every(table, "image") == [tmp_path / "data" / name / "1.png" for name in "ab"]
    assert every(table, "label") == ["a", "b"]


def test_pictures_and_sounds_without_metadata_are_refused(tmp_path: Path) -> None:
    picture(tmp_path / "a" / "1.png")
    sound(tmp_path / "a" / "1.wav")
    with pytest.raises(DataError, match="audio_file_name, image_file_name"):
        table_of(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text there")
def test_a_file_name_that_is_not_utf_8_can_be_printed(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    file = picture(folder / "1.png")
    other = picture(tmp_path / "a" / "1.png")
    table = whole(tmp_path)
    assert every(table, "label") == ["a", "caf\ufffd"]
    assert every(table, "image") == [other, file]
    assert table.where(1).endswith("caf\ufffd/1.png")


METADATA = [
    {"file_name": "fern/ß.png", "caption": "ein „Farn“, grün", "label": "pflanze"},
    {"file_name": "a.png", "caption": "ein\nA", "label": ""},
]


def describe(folder: Path, ending: str, rows: list[dict[str, str]]) -> None:
    import csv

    with (folder / f"metadata.{ending}").open("w", encoding="utf-8-sig", newline="") as stream:
        if ending == "jsonl":
            stream.write("\n".join(json.dumps(row) for row in rows))
            return
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_metadata(tmp_path: Path, ending: str) -> None:
    for row in METADATA:
        picture(tmp_path / row["file_name"])
    describe(tmp_path, ending, METADATA)
    table = whole(tmp_path)
    assert every(table, "image") == [tmp_path.resolve() / row["file_name"] for row in METADATA]
    assert every(table, "caption") == [row["caption"] for row in METADATA]
    assert every(table, "label") == ["pflanze", None]
    assert [table.columns[name].modality for name in ("caption", "label")] == ["text", "label"]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"file_name": "../x.png"}], "outside its folder"),
        ([{"file_name": "/etc/x.png"}], "outside its folder"),
        ([{"file": "x.png"}], "no column file_name"),
        ([{"file_name": "x\0.png"}], "cannot be the name of a file"),
        ([{"file_name": "\ud800.png"}], "cannot be the name of a file"),
        ([{"image_file_name": "../x.png"}], "outside its folder"),
        ([{"image_file_name": "x.png", "image": "7"}], "would replace that of the file"),
        ([{"file_name": "x.exe"}], "not of a known kind|does not have the ending of a known kind"),
        ([{"file_name": "x.png", "image": "7"}], "would replace that of the file"),
        ([], "has no rows"),
    ],
)
def test_wrong_metadata(tmp_path: Path, rows: list[dict[str, str]], said: str) -> None:
    picture(tmp_path / "x.png")
    describe(tmp_path, "jsonl", rows)
    with pytest.raises(DataError, match=said):
        table_of(tmp_path)


def test_a_row_may_have_several_files(tmp_path: Path) -> None:
    picture(tmp_path / "bilder" / "ä.png")
    sound(tmp_path / "a.flac")
    (tmp_path / "a.txt").write_text("eins", encoding="utf-8")
    named = {"foto_file_name": "bilder/ä.png", "audio_file_name": "a.flac", "file_name": "a.txt"}
    describe(tmp_path, "csv", [{**named, "label": "x"}, {**dict.fromkeys(named, ""), "label": "y"}])
    table = whole(tmp_path)
    kinds = {name: column.modality for name, column in table.columns.items()}
    assert kinds == {"foto": "image", "audio": "audio", "text": "text", "label": "label"}
    root = tmp_path.resolve()
    assert every(table, "foto") == [root / "bilder" / "ä.png", None]
    assert every(table, "audio") == [root / "a.flac", None]
    assert every(table, "text") == [root / "a.txt", None]
    assert table.where(1) == f"{tmp_path} row 1"


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_what_spreadsheets_write(tmp_path: Path, separator: str) -> None:
    picture(tmp_path / "x.png")
    lines = (["file_name", " caption ", "label"], ["x.png", f'"a{separator} b\r\nc"', "", ""])
    text = "\r\n".join(separator.join(cells) for cells in lines)
    (tmp_path / "metadata.csv").write_text(text, encoding="utf-8-sig", newline="")
    table = whole(tmp_path)
    assert [every(table, name) for name in ("caption", "label")] == [
        [f"a{separator} b\r\nc"],
        [None],
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"file_name,caption\nx.png,one, two\n", "csv:2 has 3 cells, the header has 2"),
        (b"file_name,caption,caption\nx.png,a,b\n", "two columns 'caption'"),
        (b'file_name,caption\nx.png,"a\nx.png,b\n', "unexpected end"),
        (b"file_name,caption\nx.png,\xe9\n", "save it as UTF-8"),
    ],
)
def test_rows_of_a_csv_are_never_guessed(tmp_path: Path, content: bytes, said: str) -> None:
    picture(tmp_path / "x.png")
    (tmp_path / "metadata.csv").write_bytes(content)
    with pytest.raises(DataError, match=said):
        table_of(tmp_path)


def test_metadata_may_name_links(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "x.png").symlink_to(picture(tmp_path / "blob.png"))
    describe(tmp_path / "folder", "jsonl", [{"file_name": "x.png"}])
    assert every(whole(tmp_path / "folder"), "image") == [tmp_path.resolve() / "folder" / "x.png"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"file_name": "x.png"}\nno', ":2 is not JSON"),
        (b"[1]", "is not a JSON object"),
        (b"[" * 100_000, "is not JSON"),
        (b'{"file_name": "\xff.png"}', "cannot be read"),
    ],
)
def test_unreadable_metadata(tmp_path: Path, content: bytes, said: str) -> None:
    picture(tmp_path / "x.png")
    (tmp_path / "metadata.jsonl").write_bytes(content)
    with pytest.raises(DataError, match=said):
        table_of(tmp_path)


def test_a_damaged_file_is_a_row_that_its_modality_refuses(tmp_path: Path) -> None:
    file = picture(tmp_path / "a" / "1.png")
    file.write_bytes(file.read_bytes()[:40])
    assert every(whole(tmp_path), "image") == [file]


def test_a_digest_is_of_names_and_contents(tmp_path: Path) -> None:
    def digest(*levels: int, name: str = "a", classes: str = "k") -> str:
        folder = tmp_path / f"{levels}{name}{classes}{len(list(tmp_path.iterdir()))}"
        for number, level in enumerate(levels):
            picture(folder / classes / f"{name}{number}.png", level)
        return whole(folder).digest

    same = digest(1, 2, 3)
    assert digest(1, 2, 3) == same
    others = [digest(1, 2, 4), digest(1, 2), digest(1, 2, 3, name="b"), digest(1, 2, 3, classes="")]
    assert len({same, *others}) == 5


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "bilder").mkdir()
    with pytest.raises(DataError, match=r"did you mean .*bilder'"):
        table_of(tmp_path / "bild")
    with pytest.raises(DataError, match="holds no file of a known kind"):
        table_of(tmp_path / "bilder")
    with pytest.raises(DataError, match="no split 'dev'"):
        table_of(tmp_path / "bilder", "dev")
    with pytest.raises(DataError, match="is a file, not a folder"):
        table_of(picture(tmp_path / "x.png"))
    with pytest.raises(DataError, match="the path is empty"):
        table_of_path("")


def test_a_table_that_names_no_files_is_named(tmp_path: Path) -> None:
    (tmp_path / "lines.csv").write_text("line\na tool\n", encoding="utf-8")
    with pytest.raises(DataError) as told:
        Folder(Folder.Options(path=str(tmp_path))).tables("train")
    assert told.value.hint is not None
    assert f"name no files: use table:{tmp_path / 'lines.csv'}" in told.value.hint


def test_a_path_may_begin_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture(tmp_path / "bilder" / "1.png")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert len(table_of_path("~/bilder")) == 1
