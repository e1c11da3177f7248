"""Whatever happens to prepared data in the cache, they are prepared anew and are right."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from mmgan_core.data.prepared import prepare_column
from tests.data.test_prepared_by_hand import Numbers, Squares

VALUES = ["3", "1", "1000", "2"]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MMGAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def flipped(file: Path, at: int) -> None:
    content = bytearray(file.read_bytes())
    content[at] ^= 0x40
    file.write_bytes(bytes(content))


def cut(file: Path, keep: int) -> None:
    file.write_bytes(file.read_bytes()[:keep])


def longer(file: Path) -> None:
    file.write_bytes(file.read_bytes() + b"more")


def rewritten(folder: Path, **other: object) -> None:
    said = json.loads((folder / "column.json").read_text())
    (folder / "column.json").write_text(json.dumps({**said, **other}))


def swapped(folder: Path) -> None:
    one, two = folder / "t.square.npy", folder / "index.npy"
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)


def as_file(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_bytes(b"no folder")


def as_broken_link(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.symlink_to(folder.with_name("nowhere"))


def file_as_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


DAMAGE: dict[str, Callable[[Path], object]] = {
    "a flipped bit of a value": lambda f: flipped(f / "t.square.npy", -3),
    "a flipped bit of a header": lambda f: flipped(f / "t.square.npy", 30),
    "a flipped bit of the magic": lambda f: flipped(f / "t.double.npy", 1),
    "a flipped bit of the index": lambda f: flipped(f / "index.npy", -8),
    "values cut off": lambda f: cut(f / "t.square.npy", 140),
    "a header cut off": lambda f: cut(f / "t.square.npy", 9),
    "an empty array": lambda f: cut(f / "t.square.npy", 0),
    "an empty index": lambda f: cut(f / "index.npy", 0),
    "an index of another column": lambda f: np.save(f / "index.npy", np.arange(9)),
    "an array with more rows": lambda f: np.save(f / "t.square.npy", np.arange(99)),
    "zeros in place of values": lambda f: np.save(f / "t.square.npy", np.zeros(3, np.int64)),
    "a pickle": lambda f: np.save(f / "t.square.npy", np.array([{}], object), allow_pickle=True),
    "garbage behind the values": lambda f: longer(f / "t.square.npy"),
    "arrays swapped": swapped,
    "an array missing": lambda f: (f / "t.double.npy").unlink(),
    "the index missing": lambda f: (f / "index.npy").unlink(),
    "a foreign array": lambda f: np.save(f / "t.third.npy", np.zeros(3)),
    "a folder in place of an array": lambda f: file_as_folder(f / "t.double.npy"),
    "no description": lambda f: (f / "column.json").unlink(),
    "an empty description": lambda f: cut(f / "column.json", 0),
    "half a description": lambda f: cut(f / "column.json", 40),
    "a description that is a list": lambda f: (f / "column.json").write_text("[]"),
    "bytes that are no text": lambda f: (f / "column.json").write_bytes(b"\xff\xfe\0"),
    "other bad rows": lambda f: rewritten(f, bad=[]),
    "no checksums": lambda f: rewritten(f, files={}),
    "a folder in place of the description": lambda f: file_as_folder(f / "column.json"),
    "a file in place of the folder": as_file,
    "a broken link in place of the folder": as_broken_link,
    "an empty folder": lambda f: (shutil.rmtree(f), f.mkdir()),
}


@pytest.mark.parametrize("damaged", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_cache_heals(damaged: Callable[[Path], object], cache: Path) -> None:
    table = Numbers(VALUES)
    index, bad = (found := prepare_column(table, "n", Squares(), "k")).index.tolist(), found.bad
    del found  # its files are mapped into memory
    (folder,) = (cache / "prepared").iterdir()
    damaged(folder)
    again = Squares()
    healed = prepare_column(table, "n", again, "k")
    assert again.sizes, "it was prepared anew"
    assert healed.tensors["square"].tolist() == [9, 1, 4]
    assert (healed.index.tolist(), healed.bad) == (index, bad)
    third = Squares()
    prepare_column(table, "n", third, "k")
    assert not third.sizes, "and is sound now"


def test_a_sound_cache_is_not_prepared_anew_and_its_files_are_read_only_once(cache: Path) -> None:
    table = Numbers(VALUES)
    prepare_column(table, "n", Squares(), "k")
    before = {file: os.stat(file).st_mtime_ns for file in cache.rglob("*")}
    again = Squares()
    found = prepare_column(table, "n", again, "k")
    assert not again.sizes
    assert torch.from_numpy(np.array(found.tensors["double"])).shape == (3, 2)
    assert {file: os.stat(file).st_mtime_ns for file in cache.rglob("*")} == before
