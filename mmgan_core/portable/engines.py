"""Engines that other packages bring, by entry points in the group ``mmgan.engines``."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from types import MappingProxyType
from typing import Protocol, cast

from mmgan_core.errors import Unread, UsageError, nearest

GROUP = "mmgan.engines"
TORCH = "torch"
_KNOWN = {"onnx": "pip install mmgan-onnx"}


class Engine(Protocol):
    """Makes samples of an exported model, and writes them as files."""

    def __call__(
        self,
        folder: Path,
        out: Path,
        given: Mapping[str, object],
        *,
        count: int | None,
        seed: int | Sequence[int],
        truncation: float,
        directions: Mapping[str, float] = ...,
    ) -> list[Path]:
        """Return the files; raise an error with a ``message`` and a ``hint`` for a mistake."""
        ...


def engine(name: str) -> Engine:
    """The engine of this name.

    Raises:
        UsageError: if none is installed.
    """
    found = {point.name: point for point in entry_points(group=GROUP)}
    if name not in found:
        known = [TORCH, *found, *_KNOWN]
        raise UsageError(
            f"the engine {name!r} is not installed", hint=_KNOWN.get(name) or nearest(name, known)
        )
    return cast(Engine, found[name].load())


def made_by(
    name: str,
    folder: Path,
    out: Path,
    given: Mapping[str, object],
    *,
    count: int | None,
    seed: int | Sequence[int],
    truncation: float,
    directions: Mapping[str, float] = MappingProxyType({}),
) -> list[Path]:
    """Make samples of an exported model with an engine; return their files.

    Raises:
        UsageError: if there is no such engine, or for what the engine calls a mistake.
    """
    make = engine(name)
    try:
        # An engine that knows no directions is as good as any where none are asked for.
        along = {"directions": directions} if directions else {}
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always", UserWarning)
            made = make(folder, out, given, count=count, seed=seed, truncation=truncation, **along)
    except Exception as error:
        # An engine knows nothing of this package, and its errors say so by their attributes.
        if hasattr(error, "message") and hasattr(error, "hint"):
            raise UsageError(str(error.message), hint=str(error.hint)) from error
        raise
    for one in said:
        # Of what it reads, too, it cannot speak in the words of this package.
        of_user = issubclass(one.category, UserWarning)
        warnings.warn(str(one.message), Unread if of_user else one.category, stacklevel=2)
    return made
