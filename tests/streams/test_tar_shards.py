"""Shards of WebDataset: rows, columns, the index in the cache, and what is wrong with them."""

from __future__ import annotations

import gzip
import io
import json
import os
import pickle
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from PIL import Image

from mmgan_core.components.sources.folder import Folder, FolderOptions
from mmgan_core.components.sources.listing import ArchiveListing
from mmgan_core.components.sources.tar_rows import TarTable
from mmgan_core.errors import DataError

from .rows import shards, tar


def png(grey: int) -> bytes:
    stream = io.BytesIO()
    Image.new("L", (2, 2), grey).save(stream, "PNG")
    return stream.getvalue()


def table_of(folder: Path) -> TarTable:
    return TarTable(sorted(folder.glob("*.tar")), {"mid": "music"})


def test_files_that_are_called_the_same_are_a_row(tmp_path: Path) -> None:
    members = {
        "a/1.png": png(1),
        "a/1.cls": b"cat\n",
        "b/1.jpg": b"another",
        "a/1.mask.png": png(9),
        "a/1.json": b'{"caption": "one", "tags": ["x", "y"], "size": 3}',
        "b/1.cls": b"dog",
        "b/1.xml": b"<not/>",
        "._b/1.png": b"hidden",
        ".hidden/1.png": b"hidden",
    }
    tar(tmp_path / "train-0.tar", members)
    tar(tmp_path / "train-1.tar", {"c.png": png(3), "c.json": b"[broken"})
    table = table_of(tmp_path)
    assert len(table) == 3
    kinds = {name: (column.modality, column.names) for name, column in table.columns.items()}
    assert kinds == {
        "label": ("label", ("cat", "dog")),
        "image": ("image", ()),
        "mask": ("image", ()),
        "caption": ("text", ("one",)),
        "tags": ("label", ("x", "y")),
        "size": ("text", ("3",)),
    }
    assert table.values("image", [2, 0, 1]) == [png(3), png(1), b"another"]
    assert table.values("mask", [0, 1]) == [png(9), None]
    assert table.values("label", [0, 1, 2]) == ["cat", "dog", None]
    assert table.values("caption", [0, 1, 2]) == ["one", None, b""], "no decoder takes b''"
    assert table.values("tags", [0]) == [["x", "y"]]
    assert table.where(1) == f"{tmp_path}/train-0.tar/b/1.jpg (row 1)"
    assert table.notes == ("not read: files .xml (1)",)
    again = pickle.loads(pickle.dumps(table))
    assert again.values("image", [0]) == table.values("image", [0])


def test_shards_are_gone_through_once(tmp_path: Path, own_cache: Path) -> None:
    folder = shards(tmp_path / "rows", 20)
    table = table_of(folder)
    (index,) = (own_cache / "indexes").iterdir()
    made = {file.name: file.stat().st_mtime_ns for file in index.iterdir()}
    assert table_of(folder).values("x", [19]) == table.values("x", [19]) == [[3, 5, 1, 19]]
    assert {file.name: file.stat().st_mtime_ns for file in index.iterdir()} == made
    places = index / "places.bin"
    places.write_bytes(places.read_bytes()[:-16] + bytes(16))
    assert table_of(folder).values("x", [19]) == [[3, 5, 1, 19]], "a damaged index is made anew"


def test_changed_shards_are_other_data(tmp_path: Path) -> None:
    folder = shards(tmp_path / "rows", 20)
    table, file = table_of(folder), folder / "train-001.tar"
    os.utime(file, (1, 1))
    assert table_of(folder).digest != table.digest
    with pytest.raises(DataError, match=r"train-001\.tar has been changed since"):
        table.values("x", [19])
    assert table.values("x", [0]), "the other one has not"


def linked(file: Path, **links: tuple[bytes, str]) -> Path:
    """An archive of two pictures with these links: the kind of each, and what it leads to."""
    tar(file, {"1.png": png(1), "in/2.png": png(2)})
    with tarfile.open(file, "a") as archive:
        for name, (kind, target) in links.items():
            member = tarfile.TarInfo(f"in/{name}.png")
            member.type, member.linkname = kind, target
            archive.addfile(member)
    return file


HARD, SOFT = tarfile.LNKTYPE, tarfile.SYMTYPE


def test_a_link_is_the_file_that_it_leads_to(tmp_path: Path) -> None:
    links = {
        "a": (HARD, "1.png"),
        "b": (HARD, "./in/2.png"),
        "c": (SOFT, "2.png"),
        "d": (SOFT, "../1.png"),
        "e": (SOFT, "c.png"),
    }
    file = linked(tmp_path / "train-0.tar", **links)
    values = table_of(tmp_path).values("image", range(7))
    assert values == [png(n) for n in (1, 2, 1, 2, 2, 1, 2)]
    listing = ArchiveListing(tmp_path, [file])
    found = {path.name: listing.read(path) for path in listing.files}
    assert found == {
        "1.png": png(1), "2.png": png(2),
        "a.png": png(1), "b.png": png(2), "c.png": png(2), "d.png": png(1), "e.png": png(2),
    }  # fmt: skip


@pytest.mark.parametrize(
    "link", [(HARD, "9.png"), (SOFT, "/etc/hostname"), (SOFT, "../../x"), (SOFT, "a.png")]
)
def test_a_link_that_leads_nowhere_is_a_file_that_cannot_be_read(
    tmp_path: Path, link: tuple[bytes, str]
) -> None:
    file = linked(tmp_path / "train-0.tar", a=link)
    table = table_of(tmp_path)
    assert table.values("image", range(3)) == [png(1), png(2), b""], "no decoder takes b''"
    assert table.where(2) == f"{file}/in/a.png (row 2)"
    listing = ArchiveListing(tmp_path, [file])
    assert listing.read(next(p for p in listing.files if p.name == "a.png")) is None


def whole() -> bytes:
    """A shard of two files of two blocks each."""
    with TemporaryDirectory() as folder:
        return tar(Path(folder, "x.tar"), {"1.png": png(1), "2.png": png(2)}).read_bytes()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (whole()[:600], r"cannot be read: it breaks off after 600 bytes: unexpected end"),
        (whole()[:1024], r"train-0\.tar cannot be read: it breaks off after 1,024 bytes"),
        (whole()[:1100], r"train-0\.tar cannot be read: it breaks off after 1,024 bytes"),
        (whole().replace(b"2.png", b"2.gif"), r"cannot be read: it breaks off after 1,024 bytes"),
        (whole() + whole(), r"it ends after 2,048 bytes, and goes on after 10,240"),
        (b"", r"train-0\.tar cannot be read"),
        (b"no tar" * 1000, r"train-0\.tar cannot be read"),
        (gzip.compress(b"x" * 2000, mtime=0), r"train-0\.tar cannot be read"),
    ],
)
def test_what_is_no_shard_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "train-0.tar").write_bytes(content)
    with pytest.raises(DataError, match=said):
        table_of(tmp_path)


def test_shards_of_other_files_are_refused(tmp_path: Path, own_cache: Path) -> None:
    tar(tmp_path / "train-0.tar", {"1.png": png(1)})
    tar(tmp_path / "train-1.tar", {"2.png": png(1), "2.wav": b""})
    with pytest.raises(DataError, match=r"train-1\.tar has files \.wav, which .*train-0\.tar has"):
        table_of(tmp_path)
    assert not list((own_cache / "indexes").iterdir()), "nothing half-written stays"
    tar(tmp_path / "train-1.tar", {f"{n}.{n}.png": png(1) for n in range(70)})
    (tmp_path / "train-0.tar").unlink()
    with pytest.raises(DataError, match="files of 70 kinds") as told:
        table_of(tmp_path)
    assert "up to the first dot" in (told.value.hint or "")
    tar(tmp_path / "train-1.tar", {"1.xml": b""})
    with pytest.raises(DataError, match="no file of a known kind") as told:
        table_of(tmp_path)
    assert told.value.hint == "it has .xml"


def test_no_json_is_too_deep(tmp_path: Path) -> None:
    deep = b'{"a":' * 100_000
    good = json.dumps({"a": "x"}).encode()
    tar(tmp_path / "train-0.tar", {"1.json": good, "2.json": deep, "3.json": b"\xff"})
    assert table_of(tmp_path).values("a", range(3)) == ["x", b"", b""]


def folder_tables(path: Path, split: str, **options: Any) -> Any:
    said = {"path": str(path), "streamed": True, **options}
    return Folder(FolderOptions.model_validate(said)).tables(split)[0]


def test_shards_of_a_folder_by_split(tmp_path: Path) -> None:
    folder = shards(tmp_path / "rows", 100)
    assert (len(folder_tables(folder, "train")), len(folder_tables(folder, "test"))) == (90, 10)
    tar(folder / "test-0.tar", {"1.json": b'{"x": [1, 2, 3, 4]}', "1.cls": b"a"})
    assert (len(folder_tables(folder, "train")), len(folder_tables(folder, "test"))) == (100, 1)
    assert len(folder_tables(folder / "train-000.tar", "train", test_fraction=0)) == 50
    with pytest.raises(DataError, match=r"no \.tar shards for training"):
        folder_tables(tmp_path, "train")
