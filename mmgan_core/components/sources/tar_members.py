"""Goes through the files of a tar archive, and notices if it is not all there."""

from __future__ import annotations

import posixpath
import tarfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

# After the end of an archive nothing but zeros may follow, of which so many are looked at.
_LOOKED_AT = 1 << 20


def tar_members(archive: Path) -> Iterator[tuple[str, int, int]]:
    """The name of each file, the byte at which its content begins, and its size.

    What is damaged or cut off looks like the end to ``tarfile``, and the files after it would be
    lost without a word. So the end is looked for. A link is the file of the archive that it leads
    to; one that leads to none, and what is stored with holes, has the size -1: it cannot be read.

    Raises:
        tarfile.TarError: if the archive is compressed, damaged, or has no end; after the files
            before that.
    """
    links: dict[str, tuple[str, int]] = {}
    with tarfile.open(archive, "r:") as tar:
        try:
            for member in tar:
                tar.members.clear()  # type: ignore[attr-defined]  # else it keeps all of them
                if member.isreg():
                    yield member.name, member.offset_data, -1 if member.issparse() else member.size
                elif member.islnk() or member.issym():
                    links[_plain(member.name)] = _target(member), member.offset_data
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
    if links:
        ends = {name: _end(name, links) for name in links}
        places = _places(archive, set(ends.values()))
        for name, (_, own) in links.items():
            yield name, *places.get(ends[name], (own, -1))


def _plain(name: str) -> str:
    return posixpath.normpath(name)


def _target(link: tarfile.TarInfo) -> str:
    """The name that a link leads to; a hard link names it from the root of the archive."""
    folder = posixpath.dirname(link.name) if link.issym() else ""
    return _plain(posixpath.join(folder, link.linkname))


def _end(name: str, links: Mapping[str, tuple[str, int]]) -> str:
    """Where links after links lead; "" if they go round in a circle."""
    been = {name}
    while name in links:
        name = links[name][0]
        if name in been:
            return ""
        been.add(name)
    return name


def _places(archive: Path, names: Collection[str]) -> dict[str, tuple[int, int]]:
    """Where these files of an archive begin, and their sizes; it has been gone through before."""
    found = {}
    with tarfile.open(archive, "r:") as tar:
        for member in tar:
            tar.members.clear()  # type: ignore[attr-defined]
            if member.isreg() and not member.issparse() and _plain(member.name) in names:
                found[_plain(member.name)] = member.offset_data, member.size
    return found


def _not_zero(stream: BinaryIO) -> int:
    """Where the next byte is that is no zero; -1 if there is none near."""
    start = stream.tell()
    rest = stream.read(_LOOKED_AT)
    return start + len(rest) - len(rest.lstrip(b"\0")) if rest.strip(b"\0") else -1
