"""What the name of a model means, by one rule for every verb and function that takes a model.

A prefix says where a model lies. Without one, a name of the zoo means the model of the zoo; any
other name means the run or the exported model of which it is the path, or the run of this name in
``runs``. A name that could mean two of these is refused.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mmgan_core.errors import UsageError, nearest
from mmgan_core.foundation.progress import note_once
from mmgan_core.zoo.index import entries
from mmgan_core.zoo.manifest import MANIFEST

Kind = Literal["run", "dir", "hf", "zoo"]
Name = str | os.PathLike[str]
PREFIXES: tuple[Kind, ...] = ("run", "dir", "hf")
RUNS = Path("runs")
_FILES: dict[Kind, str] = {"run": "resolved.yaml", "dir": MANIFEST}


@dataclass(frozen=True)
class Address:
    """Where a model lies.

    Attributes:
        kind: ``run``, ``dir`` for an exported model, ``hf`` for the Hub, ``zoo`` for an index.
        where: the directory, ``ORG/NAME[@REV]``, or the name in the index.
    """

    kind: Kind
    where: str

    def __str__(self) -> str:
        return self.where if self.kind == "zoo" else f"{self.kind}:{self.where}"

    @property
    def path(self) -> Path:
        """The directory of a run or of an exported model."""
        return Path(self.where)


def address_of(name: Name) -> Address:
    """Say where the model of a name lies.

    Args:
        name: a name of the zoo, ``run:DIR``, ``dir:DIR`` or ``hf:ORG/NAME[@REV]``; or the path of
            a run or of an exported model, or the name of a run in ``runs``. A path that is no text
            is never a name of the zoo.

    Raises:
        UsageError: if there is nothing of this name, or it could mean two things.
    """
    found = _meanings(name)
    if not found:
        raise _nothing(name)
    if found[0].kind == "zoo" and found[1:]:
        others = " and ".join(str(one) for one in found[1:])
        note_once(f"{name} is the model of the zoo; what lies here is {others}")
    elif found[1:]:
        raise UsageError(f"{str(name)!r} could mean {_both(found)}", hint="name the one you mean")
    return found[0]


def run_of(name: Name, why: str) -> Path:
    """Return the directory of the run that a name means.

    Args:
        name: as for ``address_of``; here a name that is of the zoo as well must have a prefix.
        why: what only a run has or allows, for messages.

    Raises:
        UsageError: if there is no run of this name, or it is a model, or could mean two things.
    """
    found = _meanings(name)
    if [one.kind for one in found] == ["run"]:
        path = found[0].path
        if (path / _FILES["run"]).is_file():
            return path
        raise no_run(path)
    if not found:
        raise no_run(Path(name))
    if any(one.kind == "run" for one in found):
        raise UsageError(
            f"{str(name)!r} could mean {_both(found)}: {why}", hint="name the one you mean"
        )
    raise UsageError(f"{found[0]} is a model, and no run: {why}", hint="name the run: run:DIR")


def no_run(path: Path) -> UsageError:
    """The error for a directory that holds no run; its hint is the nearest run."""
    return UsageError(f"there is no run in {path}", hint=nearest(str(path), _beside(path, "run")))


def _meanings(name: Name) -> list[Address]:
    """Everything that a name can mean: the model of the zoo first."""
    if isinstance(name, os.PathLike):
        return _lying_in([Path(name)])
    if not isinstance(name, str):
        raise UsageError(f"a model is named by a text or a path, not by {name!r:.60}")
    for prefix in PREFIXES:
        if name.startswith(f"{prefix}:"):
            return [Address(prefix, name.removeprefix(f"{prefix}:"))]
    if not name:
        return []
    if os.sep in name or "/" in name:
        return _lying_in([Path(name)])
    listed = [Address("zoo", name)] if name in {entry.name for entry in entries()} else []
    return listed + _lying_in([Path(name), RUNS / name])


def _lying_in(folders: Iterable[Path]) -> list[Address]:
    return [
        Address(kind, str(folder))
        for folder in folders
        for kind, file in _FILES.items()
        if (folder / file).is_file()
    ]


def _both(found: list[Address]) -> str:
    said = [f"the model {one} of the zoo" if one.kind == "zoo" else str(one) for one in found]
    return " or ".join(said)


def _nothing(name: Name) -> UsageError:
    text = str(name)
    if isinstance(name, str) and ":" in text:
        prefix = text.partition(":")[0]
        return UsageError(
            f"cannot load {text!r}",
            hint="load a name of the zoo, hf:ORG/NAME, run:DIR or dir:DIR; "
            f"the prefix: {nearest(prefix, PREFIXES)}",
        )
    if isinstance(name, os.PathLike) or "/" in text or os.sep in text:
        here = [*_beside(Path(name), "run"), *_beside(Path(name), "dir")]
        hub = f"; a model of the Hub is hf:{text}" if text.count("/") == 1 else ""
        return UsageError(
            f"there is no run and no model in {text!r}", hint=f"{nearest(text, here)}{hub}"
        )
    runs = [Path(one).name for one in _beside(RUNS / text, "run")]
    known = [entry.name for entry in entries()]
    return UsageError(
        f"there is no model {text!r}",
        hint=f"{nearest(text, [*known, *runs])} Other models: hf:ORG/NAME, run:DIR, dir:DIR",
    )


def _beside(path: Path, kind: Kind) -> list[str]:
    return [str(file.parent) for file in path.parent.glob(f"*/{_FILES[kind]}")]
