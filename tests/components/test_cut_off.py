"""An archive or a table that is cut off anywhere is refused, and loses no row in silence."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mmgan_core.assembly.opening import open_source
from mmgan_core.errors import DataError

FILES = {f"{'ab'[n % 2]}/{n}.txt": f"text {n}".encode() * (1 + 40 * n) for n in range(6)}


def tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name, content in FILES.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    # Its end is one block of zeros at least; it may be followed by more.
    return file.getvalue()[: archive.offset - tarfile.BLOCKSIZE]


def zipped() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in FILES.items():
            archive.writestr(name, content)
    return file.getvalue()


def parquet() -> bytes:
    file = io.BytesIO()
    table = pa.table({"text": [content.decode() for content in FILES.values()]})
    pq.write_table(table, file, row_group_size=2)
    return file.getvalue()


FORMATS = {"folder:train.tar": tar, "folder:train.zip": zipped, "parquet:train.parquet": parquet}


@pytest.mark.parametrize("use", FORMATS)
def test_a_file_that_is_cut_off_is_named(use: str, tmp_path: Path) -> None:
    scheme, name = use.split(":")
    content = FORMATS[use]()

    def rows(length: int) -> int:
        # Of its own name, for what an archive holds is kept.
        file = tmp_path / str(length) / name
        file.parent.mkdir()
        file.write_bytes(content[:length])
        tables = open_source({"use": f"{scheme}:{file}", "test_fraction": 0}).tables("train")
        return sum(map(len, tables))

    assert rows(len(content)) == len(FILES)
    size = len(content)
    for length in sorted({*range(1, size, 97), *range(512, size, 512), size - 1}):
        with pytest.raises(DataError) as told:
            rows(length)
        assert name in str(told.value)
        if name.endswith(".tar") and length > tarfile.BLOCKSIZE:
            assert "breaks off after" in str(told.value)
            assert "copy it again" in (told.value.hint or "")


def test_archives_one_behind_the_other_are_no_archive(tmp_path: Path) -> None:
    """For a reader sees the first one alone."""
    (tmp_path / "train.tar").write_bytes((tar() + bytes(2 * tarfile.BLOCKSIZE)) * 2)
    with pytest.raises(DataError, match=r"train\.tar cannot be read: it ends after .* goes on"):
        open_source({"use": f"folder:{tmp_path / 'train.tar'}"}).tables("train")
