"""Verbs called as a user calls them, in this process: a new one would import torch for seconds."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import pytest

from mmgan_core.cli import main
from mmgan_core.foundation import progress


@dataclass(frozen=True)
class Said:
    """How a verb ended and what it printed."""

    code: int
    out: str
    err: str


def called(capsys: pytest.CaptureFixture[str], *arguments: object) -> Said:
    """Call ``mmgan-zoo`` with arguments; what is noted once in a process is noted once in it."""
    code: object = 0
    capsys.readouterr()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["mmgan-zoo", *map(str, arguments)])
        patch.setattr(progress, "_noted", set())
        patch.setenv("COLUMNS", "80")
        patch.setenv("NO_COLOR", "1")
        try:
            main.run()
        except SystemExit as end:
            code = end.code or 0
    printed = capsys.readouterr()
    assert isinstance(code, int)
    return Said(code, printed.out, printed.err)
