"""Directions in a file, with names that a user may change, and moving a model along them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, TypeAlias

import torch
from pydantic import BaseModel, ConfigDict, Discriminator, Tag, ValidationError
from torch import Tensor
from torch.nn.functional import normalize

from mmgan_core.errors import UsageError, nearest
from mmgan_core.explaining.directions import Direction
from mmgan_core.explaining.label_directions import LabelDirection, pushed
from mmgan_core.inference.model import Model

Found: TypeAlias = Direction | LabelDirection
"""A direction of the noise, or one of the condition."""
_LARGEST, _LONGEST = 1_000_000, 60


def _space_of(direction: object) -> object:
    """What a direction in a file is one of; files that say nothing are older, and of the noise."""
    return direction.get("space", "noise") if isinstance(direction, dict) else None


class _File(BaseModel):
    """The content of such a file; vectors are checked against the model when it is moved."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)
    model: str
    made: str
    directions: list[
        Annotated[
            Annotated[Direction, Tag("noise")] | Annotated[LabelDirection, Tag("condition")],
            Discriminator(_space_of),
        ]
    ]


def write_directions(file: str | Path, model: Model, made: str, found: Sequence[Found]) -> None:
    """Write directions into a file, which ``moved_along`` reads."""
    from mmgan_core.foundation.files import atomically, writing

    file = Path(file)
    content = {"model": model.name, "made": made, "directions": [asdict(one) for one in found]}
    with writing(file, "the directions", training=False), atomically(file) as beside:
        beside.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def moved_along(model: Model, file: str | Path | None, amounts: Mapping[str, float]) -> Model:
    """The same model, which makes samples that are moved along directions.

    Args:
        model: the model.
        file: what ``write_directions`` wrote; None for those that were kept with the model.
        amounts: how far, by the name of the direction: in standard deviations of the noise, or for
            one of the condition as a share of the way, where 1 leads to its value.

    Raises:
        UsageError: if the file cannot be read, has no such direction, or is that of another model.
    """
    file = file or model.directions
    if file is None:
        raise UsageError(
            f"no directions were kept with {model.name}",
            hint="find some: mmgan-zoo directions MODEL --out FILE, and name the file: "
            "--directions FILE",
        )
    made, named = directions_of(model, file)
    owner = model.gan.noise_of(made)
    shift, other = torch.zeros(model.gan.noise_dims[owner]), copy(model)
    for name, amount in amounts.items():
        if name not in named:
            raise UsageError(f"{file} has no direction {name!r}", hint=nearest(name, named))
        one = named[name]
        if isinstance(one, Direction):
            shift += amount * unit(one)
        else:
            other = pushed(other, one, amount)
    other.shift = {**model.shift, owner: model.shift.get(owner, torch.zeros_like(shift)) + shift}
    return other


def unit(direction: Direction) -> Tensor:
    """The vector of a direction, (Z,), of length 1 whatever stands in the file."""
    return normalize(torch.tensor(direction.vector), dim=0)


def directions_of(model: Model, file: str | Path) -> tuple[str, dict[str, Found]]:
    """The made entry that a file of directions is about, and the directions by name.

    Raises:
        UsageError: if the file cannot be read, or does not fit the model.
    """
    content = _read(Path(file))
    wrote = f"it was written for {content.model[:99]!r}"
    if content.made not in model.made:
        raise UsageError(
            f"{file} is about {content.made[:99]!r}, which {model.name} does not make", hint=wrote
        )
    dims = model.gan.noise_dims[model.gan.noise_of(content.made)]
    named: dict[str, Found] = {}
    for one in content.directions:
        _refuse_unprintable(one, file)
        if isinstance(one, LabelDirection):
            pushed(model, one, 1.0)  # refuses what the model cannot be given
        elif len(one.vector) != dims:
            raise UsageError(
                f"{one.name} has {len(one.vector)} numbers, and the noise of {content.made} has "
                f"{dims}",
                hint=wrote,
            )
        if one.name in named:
            raise UsageError(f"{file}: two directions are called {one.name!r}", hint="rename one")
        named[one.name] = one
    return content.made, named


def directions_in(file: str | Path) -> list[Found]:
    """The directions in a file, whichever model they are of.

    Raises:
        UsageError: if the file cannot be read.
    """
    found = _read(Path(file)).directions
    for one in found:
        _refuse_unprintable(one, file)
    return found


def _refuse_unprintable(one: Found, file: str | Path) -> None:
    words = {"the name of a direction": one.name}
    if isinstance(one, LabelDirection):
        words |= {"the value of a direction": one.value, "a column": one.reads}
    for what, word in words.items():
        if not 0 < len(word) <= _LONGEST or not word.isprintable():
            raise UsageError(
                f"{file}: {word[:_LONGEST]!r} cannot be {what}",
                hint=f"each has at most {_LONGEST} characters that can be printed",
            )


def _read(file: Path) -> _File:
    try:
        if file.stat().st_size > _LARGEST:
            raise UsageError(f"{file} is larger than {_LARGEST:,} bytes: it is refused")
        return _File.model_validate_json(file.read_bytes())
    except OSError as error:
        raise UsageError(
            f"{file} cannot be read: {error.strerror}",
            hint=f"write it: mmgan-zoo directions MODEL --out {file}",
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise UsageError(f"{file} holds no directions: {where}: {first['msg']}") from error
