"""Small files that a run or a model keeps beside its weights, each called by its hash.

A component names such a file in an option, and reads nothing else of the disk. In a recipe it is a
path. In a run, and in a model that is made of it, it is ``sha256:HEX`` and lies in ``files/HEX``:
its name says its content, so that the same name is the same file everywhere.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from mmgan_core.errors import IntegrityError, UsageError
from mmgan_core.foundation.files import atomically, writing

FOLDER = "files"
LARGEST = 16_000_000
"""How many bytes a kept file may have: it is read whole into memory."""
MOST = 16
"""How many files a model may keep."""
_NAME = re.compile(r"sha256:([0-9a-f]{64})")


def kept_name(content: bytes) -> str:
    """The name by which a run keeps a file of this content."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def open_file(name: str) -> bytes:
    """Read a file that a recipe names by its path.

    Raises:
        UsageError: if there is no such file, it is too large, or the name is that of a kept file.
    """
    kept = _NAME.fullmatch(name)
    if kept:
        raise UsageError(
            f"{name!r} names a file that a run or a model keeps",
            hint=f"in a recipe of your own, name its path: DIR/{FOLDER}/{kept[1]}",
        )
    path = Path(name)
    try:
        if not path.is_file():
            raise UsageError(f"there is no file {name!r}", hint=f"looked in {Path.cwd()}")
        content = _bounded(path)
    except OSError as error:
        raise UsageError(f"the file {name!r} cannot be read: {error.strerror or error}") from None
    if content is None:
        raise UsageError(f"the file {name!r} is larger than {LARGEST:,} bytes")
    return content


class KeptFiles:
    """The files that a run or a model keeps."""

    def __init__(self, directory: Path) -> None:
        """``directory``: that of the run or of the model."""
        self.folder = directory / FOLDER

    def open(self, name: str) -> bytes:
        """Read a kept file.

        Raises:
            IntegrityError: if the name is not that of a kept file, there is none, it is too large,
                or its content is another than its name says.
        """
        kept = _NAME.fullmatch(name)
        if kept is None:
            raise IntegrityError(
                f"{name[:200]!r} is not the name of a kept file",
                hint=f"it is sha256:HEX, and the file lies in {self.folder}",
            )
        path = self.folder / kept[1]
        try:
            content = _bounded(path)
        except OSError:
            raise IntegrityError(
                f"{path} is missing, or cannot be read", hint="put it back as it was"
            ) from None
        if content is None or kept_name(content) != name:
            raise IntegrityError(
                f"{path} has changed: its hash is not its name", hint="put it back as it was"
            )
        return content

    def open_either(self, name: str) -> bytes:
        """Read a kept file, or one that a recipe names by its path."""
        return self.open(name) if _NAME.fullmatch(name) else open_file(name)

    def write(self, contents: Iterable[bytes]) -> None:
        """Write files; those that are there already stay."""
        for content in contents:
            path = self.folder / kept_name(content).removeprefix("sha256:")
            if not path.exists():
                with writing(path, "the file"), atomically(path) as beside:
                    beside.write_bytes(content)


def _bounded(path: Path) -> bytes | None:
    """The content of a file; None if it is too large."""
    with path.open("rb") as stream:
        content = stream.read(LARGEST + 1)
    return None if len(content) > LARGEST else content
