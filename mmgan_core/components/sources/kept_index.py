"""Keeps what was found out about large files once, in the cache, beside the files' hash."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

from mmgan_core.foundation.checksums import checksum, damage
from mmgan_core.foundation.files import atomically, cache_directory
from mmgan_core.foundation.progress import note_once

_SUMS = "sums.json"
# Another number when what is kept has another form.
_VERSION = 1


def kept_index(key: str, fill: Callable[[Path], None]) -> Path:
    """The folder of an index, which is made if it is not there or damaged.

    Args:
        key: a hash of all that the index depends on.
        fill: writes its files into a folder.
    """
    name = hashlib.sha256(f"{_VERSION}|{key}".encode()).hexdigest()[:32]
    folder = cache_directory() / "indexes" / name
    if folder.is_dir():
        fault = _fault(folder)
        if not fault:
            return folder
        note_once(f"an index in the cache is damaged ({fault}): it is made anew")
        shutil.rmtree(folder, ignore_errors=True)
    # Processes that train together make the same index at the same time.
    with atomically(folder, shared=True) as beside:
        beside.mkdir()
        fill(beside)
        sums = {file.name: checksum(file) for file in sorted(beside.iterdir())}
        (beside / _SUMS).write_text(json.dumps(sums), encoding="utf-8")
    return folder


def _fault(folder: Path) -> str:
    try:
        return damage(folder, json.loads((folder / _SUMS).read_text(encoding="utf-8")))
    except (OSError, ValueError, AttributeError) as error:
        return f"{_SUMS}: {error}"
