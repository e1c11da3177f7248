"""Tables whose rows name no files."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmgan_core.assembly.opening import open_source
from mmgan_core.contracts import Table
from mmgan_core.errors import DataError


def table_of(path: Path, split: str = "train", **options: object) -> Table:
    (table,) = open_source({"use": f"table:{path}", **options}).tables(split)
    return table


def rows(table: Table, column: str) -> list[object]:
    return table.values(column, range(len(table)))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", '\ufefftext,stars\n"a tool, that sings",3\na game,\n'),
        ("a.tsv", "text\tstars\na tool, that sings\t3\na game\t\n"),
        ("a.json", '[{"text": "a tool, that sings", "stars": 3}, {"text": "a game"}]'),
        ("a.jsonl", '{"text": "a tool, that sings", "stars": 3}\n\n{"text": "a game"}\n'),
    ],
)
def test_rows_are_read_whatever_their_form(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    table = table_of(tmp_path / name, test_fraction=0)
    assert rows(table, "text") == ["a tool, that sings", "a game"]
    assert rows(table, "stars") == ["3", None]
    assert table.columns["text"].modality == "text"
    assert table.where(1) == f"{tmp_path / name} row 1"


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.txt", "a tool\r\n\n  a game \n"), ("a.json", '["a tool", "a game"]')],
)
def test_texts_alone_are_a_column(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert rows(table_of(tmp_path / name, test_fraction=0), "text") == ["a tool", "a game"]


def test_splits_are_files_of_a_folder_or_held_out_rows(tmp_path: Path) -> None:
    lines = [f"line {number}" for number in range(40)]
    (tmp_path / "lines.txt").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "readme.md").touch()
    held_out = rows(table_of(tmp_path, "test"), "text")
    assert sorted(map(str, [*rows(table_of(tmp_path), "text"), *held_out])) == sorted(lines)
    assert 0 < len(held_out) < 20
    (tmp_path / "train.csv").write_text("text\none\n", encoding="utf-8")
    (tmp_path / "validation.csv").write_text("text\ntwo\n", encoding="utf-8")
    assert rows(table_of(tmp_path), "text") == ["one"]
    assert rows(table_of(tmp_path, "test"), "text") == ["two"]


def test_equal_content_is_the_same_data(tmp_path: Path) -> None:
    for name, said in (("a.txt", "x\ny"), ("b.txt", "x\n\ny"), ("c.txt", "x\nz")):
        (tmp_path / name).write_text(said, encoding="utf-8")
    one, same, other = (table_of(tmp_path / f"{n}.txt", test_fraction=0).digest for n in "abc")
    assert one == same != other


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", "text,stars\na,b,c\n", "a.csv:2 has 3 cells, the header has 2"),
        ("a.csv", "text\n", "a.csv: it has no rows"),
        ("a.json", "[1, 2]", "a.json: it is no list of objects"),
        ("a.json", "[", "a.json: it is not JSON"),
        ("a.txt", "\n \n", "the data have no rows"),
        ("a.md", "text", "a.md is no table that can be read"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, name: str, content: str, said: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=said):
        table_of(tmp_path / name)


def test_a_text_that_is_no_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"caf\xe9")
    with pytest.raises(DataError, match=r"a\.txt: it cannot be read") as told:
        table_of(tmp_path / "a.txt")
    assert told.value.hint == "save it as UTF-8"


def test_which_of_several_files_is_meant_must_be_said(tmp_path: Path) -> None:
    for name in ("one.csv", "two.csv"):
        (tmp_path / name).write_text("text\nx\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"has one.csv, two.csv: which is read for training"):
        table_of(tmp_path)
