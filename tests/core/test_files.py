"""Files and folders appear whole, or not at all."""

import os
from pathlib import Path

import pytest

from mmgan_core.errors import MmganError
from mmgan_core.foundation.files import atomically, file_hash, writing


@pytest.mark.parametrize("shared", [False, True])
def test_an_error_leaves_everything_as_it_was(tmp_path: Path, shared: bool) -> None:
    file = tmp_path / "very" / "deep" / "notes.txt"
    with atomically(file, shared=shared) as beside:
        beside.write_text("first")
    with pytest.raises(TypeError), atomically(file, shared=shared) as beside:
        beside.write_text(str(beside.write_text("half")) + None)  # type: ignore[operator]
    assert file.read_text() == "first"
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("shared", [False, True])
def test_what_was_not_written_does_not_appear(tmp_path: Path, shared: bool) -> None:
    with pytest.raises(FileNotFoundError), atomically(tmp_path / "notes", shared=shared):
        pass


def test_a_file_is_on_the_disk_before_its_name_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[bool] = []
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append((tmp_path / "notes").exists()))
    with atomically(tmp_path / "notes", durable=True) as beside:
        beside.write_text("whole")
    assert synced == [False, True], "the file, and then the folder that names it"


def test_a_folder_replaces_the_earlier_one(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    for name in ("one", "two"):
        with atomically(folder, durable=True) as beside:
            beside.mkdir()
            (beside / name).touch()
    assert [file.name for file in folder.iterdir()] == ["two"]
    assert list(tmp_path.iterdir()) == [folder]


def test_remains_of_an_earlier_attempt_are_removed(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    left = tmp_path / ".folder.partial"
    left.mkdir()
    (left / "old").touch()
    with atomically(folder) as beside:
        beside.mkdir()
        (beside / "new").touch()
    assert [file.name for file in folder.iterdir()] == ["new"]


def test_an_error_of_the_disk_is_explained(tmp_path: Path) -> None:
    with (
        pytest.raises(MmganError, match=r"the notes .* cannot be written: no space"),
        writing(tmp_path / "notes", "the notes"),
    ):
        raise OSError("no space")
    with pytest.raises(KeyError), writing(tmp_path / "notes", "the notes"):
        raise KeyError("a bug stays a bug")


def test_the_hash_is_sha_256(tmp_path: Path) -> None:
    file = tmp_path / "abc"
    file.write_bytes(b"abc")  # the example of FIPS 180-4
    assert file_hash(file) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_one_that_is_quicker_by_a_hair_is_no_fault(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    with atomically(folder, shared=True) as beside:
        beside.mkdir()
        folder.mkdir()  # by another process, between the look and the renaming
        (folder / "theirs").touch()
    assert [file.name for file in folder.iterdir()] == ["theirs"]
    assert list(tmp_path.iterdir()) == [folder]


@pytest.mark.parametrize("shared", [False, True])
def test_processes_that_write_the_same_do_not_meet(tmp_path: Path, shared: bool) -> None:
    with atomically(tmp_path / "notes", shared=shared) as beside:
        assert (str(os.getpid()) in beside.name) is shared
        beside.touch()


def test_a_file_takes_the_place_of_no_folder(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "inside").touch()
    for shared in (False, True):
        with pytest.raises(OSError, match="directory"), atomically(tmp_path / "kept") as beside:
            beside.write_text(str(shared))
    assert (tmp_path / "kept" / "inside").is_file()
