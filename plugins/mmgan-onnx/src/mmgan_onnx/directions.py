"""The directions that were kept with a model: what is fed to move samples along them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mmgan_onnx.description import Plain
from mmgan_onnx.errors import OnnxError, nearest

Array = np.ndarray[Any, np.dtype[Any]]
_PUSH = "push.amount"


def moved_along(
    fed: Mapping[str, Array], said: Plain, amounts: Mapping[str, float]
) -> dict[str, Array]:
    """What is fed, for samples that are moved along directions.

    Args:
        fed: what would be fed otherwise.
        said: the description of the model.
        amounts: how far, by the name of the direction.

    Raises:
        OnnxError: if the model has no such direction.
    """
    # What older versions wrote says nothing of directions.
    kept = {one["name"]: one for one in said.get("directions", [])}
    moved = dict(fed)
    for name, amount in amounts.items():
        if name not in kept:
            raise OnnxError(
                f"{said['name']} has no direction {name!r}",
                hint=nearest(name, list(kept)) if kept else "none were kept with it",
            )
        one = kept[name]
        if "push" in one:
            moved[_PUSH] = moved[_PUSH].copy()
            moved[_PUSH][:, one["push"]] = amount
        else:
            shift = amount * np.asarray(one["vector"], np.float32)
            moved[one["noise"]] = moved[one["noise"]] + shift.astype(np.float32)
    return moved


def amounts_of(texts: Sequence[str]) -> dict[str, float]:
    """How far along each direction, of texts of the form NAME=AMOUNT.

    Raises:
        OnnxError: if one is of another form.
    """
    found = {}
    for text in texts:
        name, _, amount = text.rpartition("=")
        try:
            found[name] = float(amount)
        except ValueError:
            found[name] = math.nan
        if not name or not math.isfinite(found[name]):
            raise OnnxError(f"--direction {text!r} is not of the form NAME=AMOUNT", hint="ink=+2")
    return found
