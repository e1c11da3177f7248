"""Errors for people who write Python: they name arguments where the command line has flags."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from mmgan_core.errors import MmganError

P = ParamSpec("P")
R = TypeVar("R")

# What the command line says, and the same in Python; the first that fits is taken.
_SPOKEN = (
    (r"mmgan-zoo train \.\.\. --resume", "train(..., resume=True)"),
    (r"mmgan-zoo train RECIPE --set \.\.\.", "train(RECIPE, run, **{KEY: VALUE})"),
    (r"mmgan-zoo export (\S+) --out DIR", r'export("\1", FOLDER)'),
    (r"mmgan-zoo ls models", "list_models()"),
    (r"mmgan-zoo ls ([a-z_-]+?)s? --modality (\S+)", r'list_components("\1", modality="\2")'),
    (r"mmgan-zoo (pull|verify|load) ([^\s,;]+)", r'\1("\2")'),
    (
        r"--allow-memory (\d+) --allow-minutes (\d+)",
        r"with mmgan_core.allowing(memory=\1, minutes=\2): ...",
    ),
    (r"--allow-(memory|minutes) (\d+)", r"with mmgan_core.allowing(\1=\2): ..."),
    (r"--set ([\w.]+)=([\w.]+)", r'**{"\1": \2}'),
    (r"--set ([\w.]+)", r'"\1"'),
    (r"--set", "changes"),
    (r"--metric\b", "metrics"),
    (r"--(resume|offline|cpu)\b", r"\1=True"),
    (r"--(run|out) ([A-Z]+)", r"\1=\2"),
    (r"--(name|to) ([\w./-]+)", r'\1="\2"'),
    (r"--(?!no-plugin|upgrade|force-)([a-z]+(?:-[a-z]+)*)", lambda found: _argument(found[1])),
)


def in_python(text: str) -> str:
    """Return a message with the arguments of functions in place of the command line's flags."""
    for flag, argument in _SPOKEN:
        text = re.sub(rf"(?<![\w-]){flag}", argument, text)
    return text


def speaking_python(function: Callable[P, R]) -> Callable[P, R]:
    """Let a function raise a user's mistakes in words of Python, from its own line.

    The frames below it are left out, unless the variable ``MMGAN_DEBUG`` is set.
    """

    @wraps(function)
    def spoken(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except MmganError as error:
            error.say(in_python(error.message), hint=in_python(error.hint))
            if os.environ.get("MMGAN_DEBUG"):
                raise
            raise error.with_traceback(None) from None

    return spoken


def _argument(flag: str) -> str:
    return flag.replace("-", "_") + "="
