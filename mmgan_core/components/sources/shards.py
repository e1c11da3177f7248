"""Files of a table, on this machine or elsewhere, which are opened when rows are read."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mmgan_core.errors import DataError


class Shard(Protocol):
    """One of the files; as text it is what messages call it."""

    @property
    def size(self) -> int:
        """Its size in bytes."""
        ...

    @property
    def stamp(self) -> str:
        """What changes when the file does, as far as can be seen without reading it."""
        ...

    @property
    def folder(self) -> Path | None:
        """Its folder, if it is on this machine."""
        ...

    def opened(self) -> object:
        """What a reader of its format opens."""
        ...


@dataclass(frozen=True)
class LocalShard:
    """A file of this machine."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)

    @property
    def size(self) -> int:
        """Its size in bytes."""
        return os.stat(self.path).st_size

    @property
    def stamp(self) -> str:
        """Its name, its size, and when it was changed."""
        found = os.stat(self.path)
        return f"{self.path.name}:{found.st_size}:{found.st_mtime_ns}"

    @property
    def folder(self) -> Path | None:
        """Its folder."""
        return self.path.parent

    def opened(self) -> Path:
        """Its path."""
        return self.path


def stamps_of(shards: Sequence[Shard]) -> list[str]:
    """The stamp of each shard.

    Raises:
        DataError: if one is not there.
    """
    try:
        return [shard.stamp for shard in shards]
    except OSError as error:
        raise DataError(f"{error.filename} cannot be read: {error.strerror}") from None


def digest_of(stamps: Sequence[str]) -> str:
    """A hash of names, sizes and times, which is another one when a shard was changed."""
    return hashlib.sha256("\n".join(stamps).encode(errors="surrogateescape")).hexdigest()


def refuse_changed(shard: Shard, stamp: str) -> None:
    """Refuse a shard that has been changed since the table was opened.

    Raises:
        DataError: names it.
    """
    if stamps_of([shard]) != [stamp]:
        raise DataError(
            f"{shard} has been changed since the training began",
            hint="put it back, or train in another directory: --run DIR",
        )
