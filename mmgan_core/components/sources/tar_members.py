"""Goes through the files of a tar archive, and notices if it is not all there."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

# After the end of an archive nothing but zeros may follow, of which so many are looked at.
_LOOKED_AT = 1 << 20


def tar_members(archive: Path) -> Iterator[tuple[str, int, int]]:
    """The name of each file, the byte at which its content begins, and its size.

    What is damaged or cut off looks like the end to ``tarfile``, and the files after it would be
    lost without a word. So the end is looked for.

    Raises:
        tarfile.TarError: if the archive is compressed, damaged, or has no end; after the files
            before that.
    """
    with tarfile.open(archive, "r:") as tar:
        try:
            for member in tar:
                tar.members.clear()  # type: ignore[attr-defined]  # else it keeps all of them
                if member.isreg() and not member.issparse():
                    yield member.name, member.offset_data, member.size
        except tarfile.ReadError as error:
            size = archive.stat().st_size
            raise tarfile.ReadError(f"it breaks off after {size:,} bytes: {error}") from None
    with archive.open("rb") as stream:
        stream.seek(tar.offset)
        if stream.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
            raise tarfile.ReadError(f"it breaks off after {tar.offset:,} bytes")
        after = _not_zero(stream)
        if after >= 0:
            raise tarfile.ReadError(
                f"it ends after {tar.offset:,} bytes, and goes on after {after:,}"
            )


def _not_zero(stream: BinaryIO) -> int:
    """Where the next byte is that is no zero; -1 if there is none near."""
    start = stream.tell()
    rest = stream.read(_LOOKED_AT)
    return start + len(rest) - len(rest.lstrip(b"\0")) if rest.strip(b"\0") else -1
