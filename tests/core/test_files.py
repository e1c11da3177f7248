"""Files and folders appear whole, or not at all."""

from pathlib import Path

import pytest

from mmgan_core.errors import MmganError
from mmgan_core.foundation.files import atomically, file_hash, writing


@pytest.mark.parametrize("shared", [False, True])
def test_an_error_leaves_everything_as_it_was(tmp_path: Path, shared: bool) -> None:
    file = tmp_path / "deep" / "notes.txt"
    with atomically(file, shared=shared) as beside:
        beside.write_text("first")
    with pytest.raises(TypeError), atomically(file, shared=shared) as beside:
        beside.write_text(str(beside.write_text("half")) + None)  # type: ignore[operator]
    assert file.read_text() == "first"
    assert list(file.parent.iterdir()) == [file]


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


def test_a_file_takes_the_place_of_no_folder(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "inside").touch()
    for shared in (False, True):
        with pytest.raises(OSError, match="directory"), atomically(tmp_path / "kept") as beside:
            beside.write_text(str(shared))
    assert (tmp_path / "kept" / "inside").is_file()
