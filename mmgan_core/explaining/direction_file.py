"""Directions in a file, with names that a user may change, and moving a model along them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import asdict
from pathlib import Path

import torch
from pydantic import BaseModel, ConfigDict, ValidationError
from torch.nn.functional import normalize

from mmgan_core.errors import UsageError, nearest
from mmgan_core.explaining.directions import Direction
from mmgan_core.inference.model import Model


class _File(BaseModel):
    """The content of such a file; vectors are checked against the model when it is moved."""

    model_config = ConfigDict(extra="forbid")
    model: str
    made: str
    directions: list[Direction]


def write_directions(file: str | Path, model: Model, made: str, found: Sequence[Direction]) -> None:
    """Write directions into a file, which ``moved_along`` reads."""
    from mmgan_core.foundation.files import atomically, writing

    file = Path(file)
    content = {"model": model.name, "made": made, "directions": [asdict(one) for one in found]}
    with writing(file, "the directions", training=False), atomically(file) as beside:
        beside.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def moved_along(model: Model, file: str | Path, amounts: Mapping[str, float]) -> Model:
    """The same model, which makes samples of noise that is moved along directions.

    Args:
        model: the model.
        file: what ``write_directions`` wrote.
        amounts: how far, in standard deviations of the noise, by the name of the direction.

    Raises:
        UsageError: if the file cannot be read, has no such direction, or is that of another model.
    """
    content = _read(Path(file))
    if content.made not in model.made:
        raise UsageError(
            f"{file} is about {content.made}, which {model.name} does not make",
            hint=f"it was written for {content.model}",
        )
    owner = model.gan.noise_of(content.made)
    dims, named = model.gan.noise_dims[owner], {one.name: one for one in content.directions}
    shift = torch.zeros(dims)
    for name, amount in amounts.items():
        if name not in named:
            raise UsageError(f"{file} has no direction {name!r}", hint=nearest(name, named))
        vector = torch.tensor(named[name].vector)
        if len(vector) != dims:
            raise UsageError(
                f"{name} has {len(vector)} numbers, and the noise of {content.made} has {dims}",
                hint=f"{file} was written for {content.model}",
            )
        shift += amount * normalize(vector, dim=0)
    other = copy(model)
    other.shift = {**model.shift, owner: model.shift.get(owner, torch.zeros(dims)) + shift}
    return other


def _read(file: Path) -> _File:
    try:
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
