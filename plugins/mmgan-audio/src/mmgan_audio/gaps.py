"""Gaps of sounds: where they are, from a user's words, and how what is made fades into them."""

from __future__ import annotations

import math
import re

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from mmgan_core.errors import BadValue

_HAIR = 1e-6
_GAP = re.compile(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*-\s*(\d+(?:\.\d*)?|\.\d+)\s*s?\s*")


def gaps_of(said: str, places: int, a_second: float) -> Tensor:
    """Gaps such as ``0.2-0.4`` or ``0.1-0.2,0.5-0.6`` in seconds as 1 = missing, (places,).

    Raises:
        BadValue: if it is no such list, or no place of the sound is in a gap.
    """
    mask = torch.zeros(places)
    for part in said.split(","):
        found = _GAP.fullmatch(part)
        if not found or not float(found[1]) < float(found[2]):
            raise BadValue(f"{said!r} is no gap of a sound: write 0.2-0.4 for 0.2 to 0.4 seconds")
        first, last = (float(found[number]) * a_second for number in (1, 2))
        # A place is missing if any of it is; what is a hair over its end is an error of floats.
        mask[int(first + _HAIR) : max(int(first + _HAIR) + 1, math.ceil(last - _HAIR))] = 1
    if not mask.any():
        raise BadValue(
            f"the gap {said} lies beyond the sound, which is {places / a_second:.2f} s long here"
        )
    return mask


def inner_share(missing: npt.NDArray[np.bool_], length: int) -> npt.NDArray[np.float32]:
    """How much of what is made each sample holds, (T,): 0 outside gaps, rising to 1 within."""
    count = np.arange(len(missing))
    known = np.flatnonzero(~missing)
    if not known.size:
        return np.ones(len(missing), np.float32)
    after = np.searchsorted(known, count)
    before = known[np.maximum(after - 1, 0)]
    nearest = np.minimum(
        np.where(after > 0, np.abs(count - before), len(missing)),
        np.where(
            after < known.size,
            np.abs(known[np.minimum(after, known.size - 1)] - count),
            len(missing),
        ),
    )
    share = np.where(missing, nearest / max(1, length), 0)
    return share.clip(0, 1).astype(np.float32)
