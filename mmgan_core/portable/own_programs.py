"""Which programs of torch were written on this computer: no other is opened.

``torch.export.load`` evaluates the sizes in a program as Python, and looks up what it calls by its
name, ``torch.os.system`` included. So a program is trusted by its hash alone, which the cache keeps
when it is written.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from mmgan_core.errors import IntegrityError
from mmgan_core.foundation.files import cache_directory, file_hash


def remember(program: Path) -> None:
    """Note that a program was written here; where the cache cannot be written, nobody can."""
    with contextlib.suppress(OSError):
        note = _note(program)
        note.parent.mkdir(parents=True, exist_ok=True)
        note.touch()


def refuse_foreign(program: Path) -> None:
    """Refuse a program that was not written here.

    Raises:
        IntegrityError: if the cache does not know its hash.
    """
    if not _note(program).is_file():
        raise IntegrityError(
            f"{program} was not written on this computer, as far as its cache knows: to open a "
            "program of torch can run whatever its author put into it, so it was not opened",
            hint="export the model here, from the model itself; a graph of ONNX can be verified "
            "anywhere",
        )


def _note(program: Path) -> Path:
    return cache_directory() / "programs" / file_hash(program)
