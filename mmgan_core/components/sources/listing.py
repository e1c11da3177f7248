"""The files of a folder, or of archives that are read in place, by their paths.

The path of a file in an archive is that of the archive and its own, ``photos.zip/cat/1.png``.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path, PurePosixPath

from mmgan_core.components.sources.tar_members import tar_members
from mmgan_core.errors import DataError
from mmgan_core.foundation.files import file_hash

ARCHIVES = (".zip", ".tar")
PACKED = (".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".7z", ".rar", ".gz", ".bz2", ".xz", ".zst")
# No file of an archive may be larger, whatever the archive says of it.
MOST_BYTES = 1 << 30
_SYSTEM = {
    "__MACOSX",
    "@eaDir",
    "#recycle",
    "$RECYCLE.BIN",
    "lost+found",
    "System Volume Information",
}


class Listing:
    """The files below a folder, in the order of their paths, without hidden ones.

    Links to folders are followed, and each folder is read once.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    @cached_property
    def files(self) -> list[Path]:
        """All files."""
        found, known = [], {self.root.resolve()}
        for here, inner, names in os.walk(self.root, followlinks=True):
            below = {Path(here, name).resolve(): name for name in sorted(inner) if seen(name)}
            inner[:] = [name for real, name in below.items() if real not in known]
            known |= below.keys()
            found += [Path(here, name) for name in names if seen(name)]
        return sorted(found)

    def folders(self, root: Path) -> list[Path]:
        """The folders directly in a folder, in order."""
        return [p for p in sorted(root.iterdir()) if p.is_dir() and seen(p.name)]

    def class_of(self, file: Path, root: Path) -> str:
        """The folder directly in ``root`` that a file lies in; "" if it lies in none."""
        inner = file.relative_to(root).parts[:-1]
        return inner[0] if inner else ""

    def read(self, file: Path) -> bytes | None:
        """The content of a file; None if it cannot be read."""
        try:
            return file.read_bytes()
        except (OSError, ValueError):
            return None

    def value(self, file: Path) -> object:
        """The file as a raw value."""
        return file

    def content(self, file: Path) -> str:
        """A hash of the file's content."""
        try:
            return file_hash(file)
        except (OSError, ValueError):  # reported as a bad row when it is decoded
            return "missing"


class ArchiveListing(Listing):
    """The files in zip and tar archives, none of which is unpacked."""

    def __init__(self, root: Path, archives: Sequence[Path]) -> None:
        super().__init__(root)
        self.archives = list(archives)

    @cached_property
    def files(self) -> list[Path]:
        """All files."""
        found = []
        for archive in self.archives:
            for name in _members(archive):
                path = PurePosixPath(name)
                if all(map(seen, path.parts)) and ".." not in path.parts:
                    found.append(archive / path)
        return sorted(found)

    def folders(self, root: Path) -> list[Path]:
        """The folders directly in a folder of an archive, in order."""
        parts = (file.relative_to(root).parts for file in self.files if file.is_relative_to(root))
        return sorted({root / inner[0] for inner in parts if len(inner) > 1})

    def class_of(self, file: Path, root: Path) -> str:
        """The same; an archive is no class."""
        archive = self._archive(file)
        return super().class_of(file, root if root.is_relative_to(archive) else archive)

    def read(self, file: Path) -> bytes | None:
        """The content of a file; None if the archive is damaged there."""
        archive = self._archive(file)
        return _read_member(archive, file.relative_to(archive).as_posix())

    def value(self, file: Path) -> object:
        """The file's bytes; none of them if it cannot be read, which every decoder refuses."""
        return self.read(file) or b""

    def content(self, file: Path) -> str:
        """The hash of the archive: its files are named in the table."""
        return self._hashes[self._archive(file)]

    @cached_property
    def _hashes(self) -> Mapping[Path, str]:
        return {archive: file_hash(archive) for archive in self.archives}

    def _archive(self, file: Path) -> Path:
        return next(one for one in self.archives if file.is_relative_to(one))


def seen(name: str) -> bool:
    """Whether a file or a folder belongs to the data: not hidden, and not of a system."""
    return not name.startswith(".") and name not in _SYSTEM


def packed(names: Iterable[str]) -> str:
    """The first file that has to be unpacked before it can be read, or ""."""
    return next((name for name in names if name.lower().endswith(PACKED)), "")


def _members(archive: Path) -> Mapping[str, object]:
    """Files of an archive by name.

    Raises:
        DataError: if it is none.
    """
    try:
        return dict(_index(archive))
    except DataError:
        raise
    except Exception as error:  # what a reader of archives may raise cannot be listed
        raise DataError(
            f"{archive} cannot be read: {error or type(error).__name__}",
            hint="copy it again if it is not whole, or unpack it and give the folder",
        ) from None


@lru_cache(maxsize=512)
def _index(archive: Path) -> Mapping[str, tuple[int, int] | zipfile.ZipInfo]:
    if archive.suffix.lower() == ".zip":
        with zipfile.ZipFile(archive) as opened:
            return {info.filename: info for info in opened.infolist() if not info.is_dir()}
    return {
        PurePosixPath(name).as_posix(): (start, size) for name, start, size in tar_members(archive)
    }


def _read_member(archive: Path, name: str) -> bytes | None:
    try:
        place = _index(archive)[name]
        if isinstance(place, zipfile.ZipInfo):
            with zipfile.ZipFile(archive) as opened, opened.open(place) as member:
                content = member.read(MOST_BYTES + 1)
                return content if len(content) <= MOST_BYTES else None
        start, size = place
        if size < 0 or start + size > archive.stat().st_size:
            return None
        with archive.open("rb") as stream:
            stream.seek(start)
            return stream.read(size)
    except Exception:  # what a reader of archives may raise cannot be listed
        return None
