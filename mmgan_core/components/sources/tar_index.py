"""Where the files of each row of tar shards begin: found once, and then mapped from the cache.

Files of a shard that are called the same up to the first dot of their names are a row, as
WebDataset has it.
"""

from __future__ import annotations

import json
import tarfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

import numpy as np

from mmgan_core.components.sources.listing import MOST_BYTES, seen
from mmgan_core.components.sources.shards import LocalShard, refuse_changed
from mmgan_core.components.sources.tar_members import tar_members
from mmgan_core.errors import DataError
from mmgan_core.foundation.progress import progress

_FILES, _SHARDS, _PLACES = "files.json", "shards.bin", "places.bin"
# More kinds of files than that come of names with dots in them.
_MOST_FILES = 64
# Where a file begins and how many bytes it has, of the files of one row.
_Row = dict[str, tuple[int, int]]
_ABSENT = (-1, 0)


class TarIndex:
    """The rows of some shards.

    Attributes:
        files: what the files of rows are called after the first dot, such as ``jpg``.
        unread: how many files of each other name there are.
    """

    def __init__(self, folder: Path, shards: Sequence[LocalShard], stamps: Sequence[str]) -> None:
        """
        Args:
            folder: where ``write_index`` has written.
            stamps: what the shards were when they were gone through.
        """
        said = json.loads((folder / _FILES).read_text(encoding="utf-8"))
        self.files: list[str] = said["files"]
        self.unread: dict[str, int] = said["unread"]
        self._shards, self._stamps = shards, stamps
        self._shard = np.memmap(folder / _SHARDS, np.int32, "r")
        self._places = np.memmap(folder / _PLACES, np.int64, "r", shape=self._shape)

    @property
    def _shape(self) -> tuple[int, int, int]:
        return len(self._shard), len(self.files), 2

    def __len__(self) -> int:
        return len(self._shard)

    def has(self, row: int, file: str) -> bool:
        """Whether a row has a file of this name."""
        return bool(self._places[row, self.files.index(file), 0] >= 0)

    def read(self, row: int, file: str) -> bytes | None:
        """The content of a file; None if the row has none; b"" if the shard is damaged there.

        Raises:
            DataError: if the shard has been changed.
        """
        start, size = (int(n) for n in self._places[row, self.files.index(file)])
        number = int(self._shard[row])
        if start < 0:
            return None
        refuse_changed(self._shards[number], self._stamps[number])
        if not 0 <= size <= MOST_BYTES:
            return b""
        try:
            with self._shards[number].path.open("rb") as stream:
                stream.seek(start)
                content = stream.read(size)
        except OSError:
            return b""
        return content if len(content) == size else b""

    def where(self, row: int) -> str:
        """The shard and the name of the row's first file, or its place if that has a long name."""
        shard = self._shards[int(self._shard[row])]
        starts = self._places[row, :, 0]
        start = int(starts[starts >= 0].min())
        try:
            with shard.path.open("rb") as stream:
                stream.seek(max(0, start - tarfile.BLOCKSIZE))
                head = stream.read(tarfile.BLOCKSIZE)
            name = tarfile.TarInfo.frombuf(head, "utf-8", "replace").name
        except (OSError, tarfile.TarError):
            name = f"byte {start}"
        return f"{shard}/{name} (row {row})"


def write_index(folder: Path, shards: Sequence[LocalShard], is_read: Callable[[str], bool]) -> None:
    """Go through shards, and write where the files of their rows are.

    Args:
        is_read: whether files of this name after the first dot are of use.

    Raises:
        DataError: if a shard cannot be read, has files that the first has not, or nothing has rows.
    """
    files: list[str] = []
    unread: Counter[str] = Counter()
    count = 0
    with (
        (folder / _SHARDS).open("wb") as numbers,
        (folder / _PLACES).open("wb") as places,
        progress("looking through shards", len(shards)) as advance,
    ):
        for number, shard in enumerate(shards):
            rows = _rows_of(shard, is_read, unread)
            found = dict.fromkeys(file for row in rows for file in row)
            files = files or _few(shard, found)
            odd = next((file for file in found if file not in files), None)
            if odd is not None:
                raise DataError(
                    f"{shard} has files .{odd}, which {shards[0]} has not",
                    hint="the rows of all shards need the same files",
                )
            table = [[row.get(file, _ABSENT) for file in files] for row in rows]
            np.full(len(rows), number, np.int32).tofile(numbers)
            np.array(table, np.int64).tofile(places)
            count += len(rows)
            advance(1)
    if not count:
        raise DataError(
            f"{shards[0]} holds no file of a known kind of data, such as a picture or a sound",
            hint=f"it has {', '.join(f'.{file}' for file in list(unread)[:5]) or 'none'}",
        )
    said = {"files": files, "unread": dict(unread.most_common(_MOST_FILES))}
    (folder / _FILES).write_text(json.dumps(said), encoding="utf-8")


def _few(shard: LocalShard, files: dict[str, None]) -> list[str]:
    if len(files) > _MOST_FILES:
        raise DataError(
            f"{shard} has files of {len(files):,} kinds, such as .{list(files)[-1]}",
            hint="a row is what is called the same up to the first dot: use no other dots",
        )
    return sorted(files)


def _rows_of(shard: LocalShard, is_read: Callable[[str], bool], unread: Counter[str]) -> list[_Row]:
    rows: dict[str, _Row] = {}
    try:
        for name, start, size in tar_members(shard.path):
            path = PurePosixPath(name)
            if not all(map(seen, path.parts)):
                continue
            stem, _, file = path.name.partition(".")
            file = file.lower()
            if is_read(file):
                rows.setdefault(str(path.with_name(stem or ".")), {})[file] = (start, size)
            else:
                unread[file] += 1
    except DataError:
        raise
    except Exception as error:  # what a reader of archives may raise cannot be listed
        raise DataError(
            f"{shard} cannot be read: {error or type(error).__name__}",
            hint="it must be a .tar that is not compressed, and whole",
        ) from None
    return list(rows.values())
