"""Failures of the machine: each is told as what it is, and not as a bug."""

from __future__ import annotations

import re
from pathlib import Path

from mmgan_core.errors import IntegrityError, MmganError
from mmgan_core.foundation.files import of_the_disk

_MEMORY = re.compile(
    "out of memory|can't allocate memory|cannot allocate memory|unable to allocate|bad_alloc"
    "|not enough memory|CUBLAS_STATUS_ALLOC_FAILED",
    re.IGNORECASE,
)
_KILLED = re.compile(
    r"worker.{0,60}(?:killed|exited unexpectedly|died)|process pool was terminated abruptly"
    r"|terminated abruptly|Connection (?:closed|reset) by peer|heartbeat|NCCL error"
    r"|gloo.{0,80}(?:timed? ?out|closed)",
    re.IGNORECASE,
)


def failure_of_the_machine(error: BaseException) -> MmganError | None:
    """Say what has failed, if it is the machine and not the program.

    Args:
        error: what was raised.

    Returns:
        An error with a way out; None for anything else, which is a bug.
    """
    for one in _chain(error):
        text = f"{type(one).__name__}: {one}"
        if isinstance(one, MemoryError) or _MEMORY.search(text):
            where = "the GPU" if re.search("CUDA|HIP|MPS|cublas", text) else "this machine"
            return MmganError(
                f"the memory of {where} is full: {_first_line(one)}",
                hint="make batches smaller (--set train.batch_size=...), make fewer samples at "
                "once (--count), or end other programs; checkpoints are complete",
            )
        if isinstance(one, (BrokenPipeError, EOFError, ConnectionError)) or _KILLED.search(text):
            return MmganError(
                f"a process that this one works with has ended: {_first_line(one)}",
                hint="it was killed, often for lack of memory, or lost its connection; a training "
                "goes on with --resume",
            )
        if of_the_disk(one):
            return MmganError(
                f"nothing can be written here: {one}", hint="free some space, or name another place"
            )
    return None


def _chain(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in found:
        found.append(one)
        one = one.__cause__ or one.__context__
    return found


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__)[:200]


def damaged(file: Path, reason: object, hint: str) -> IntegrityError:
    """The error for a file of ours that cannot be read any more."""
    return IntegrityError(f"{file} is damaged: {str(reason)[:200]}", hint=hint)
