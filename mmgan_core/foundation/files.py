"""Files: hashes, atomic writes, and the cache directory."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mmgan_core.errors import MmganError


def file_hash(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def cache_directory() -> Path:
    """The folder of prepared data and trained evaluators: ``MMGAN_CACHE``, or the user's cache."""
    import platformdirs

    return Path(os.environ.get("MMGAN_CACHE") or platformdirs.user_cache_dir("mmgan-zoo"))


@contextmanager
def atomically(path: Path, *, shared: bool = False, durable: bool = False) -> Iterator[Path]:
    """Write a file or a folder whole or not at all.

    It yields a temporary path beside ``path``, which is renamed to ``path`` if no error was raised.
    Otherwise ``path`` stays as it was, and the temporary file or folder is removed.

    Args:
        shared: whether several processes may write ``path`` at the same time with the same
            content; the first one wins.
        durable: whether to wait until everything is on the disk before ``path`` appears.

    Example:
        >>> with atomically(Path("notes.txt")) as beside:               # doctest: +SKIP
        ...     beside.write_text("whole, or not at all")
    """
    process = f".{os.getpid()}" if shared else ""
    beside = path.with_name(f".{path.name}{process}.partial")
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove(beside)
    try:
        yield beside
        if durable:
            for file in beside.rglob("*") if beside.is_dir() else (beside,):
                _to_disk(file)
        _put_in_place(beside, path, shared)
        if durable:
            _to_disk(path.parent)
    finally:
        _remove(beside)


def sweep(folder: Path) -> None:
    """Remove the files that processes left half-written in a folder when they were killed."""
    for left in folder.glob(".*.partial"):
        process = left.name.removesuffix(".partial").rpartition(".")[2]
        if left.is_file() and process.isdecimal() and not _runs(int(process)):
            left.unlink(missing_ok=True)


def _runs(process: int) -> bool:
    """Whether there is such a process on this machine, as far as one can ask without harm."""
    if os.name == "nt":  # asking there would end it
        return True
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # it is somebody else's
        return True
    return True


@contextmanager
def writing(path: Path, what: str, *, training: bool = True) -> Iterator[None]:
    """Turn an error of the disk into one that the user can act on.

    Args:
        path: the file or the folder.
        what: what is written, for the message.
        training: whether a training writes it, which can go on from its checkpoints.

    Raises:
        MmganError: if the disk is full or cannot be written; names ``what``, ``path`` and the
            reason.
    """
    try:
        yield
    except Exception as error:
        # safetensors raises an error of its own for errors of the system.
        said = str(error).lower()  # that of libsndfile: "System error."
        if isinstance(error, OSError) or any(one in said for one in _OF_THE_SYSTEM):
            raise MmganError(
                f"{what} {path} cannot be written: {error}",
                hint=_remedy(error, path, training=training),
            ) from error
        raise


_OF_THE_SYSTEM = ("i/o error", "os error", "system error")
_OF_THE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS)


def of_the_disk(error: BaseException) -> bool:
    """Whether an error says that a disk is full, failing or not to be written."""
    return isinstance(error, OSError) and error.errno in _OF_THE_DISK


def _remedy(error: Exception, path: Path, *, training: bool) -> str:
    """What to do when a file cannot be written."""
    if isinstance(error, FileNotFoundError):
        return f"{path.parent} was removed meanwhile, by hand or by another program"
    if isinstance(error, PermissionError) or getattr(error, "errno", None) == errno.EROFS:
        return f"make {path.parent} writable, or choose another folder"
    if not training:
        return "free some space, or name another place"
    return "free some space; checkpoints are complete: continue with --resume"


def _put_in_place(beside: Path, path: Path, shared: bool) -> None:
    if path.is_dir() and beside.is_dir() and not shared:
        shutil.rmtree(path)
    try:
        beside.replace(path)
    except OSError:
        if not (shared and path.is_dir()):  # another process was first, and may be reading it
            raise


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
