"""Masks: which part of a sample is missing, as a modality samples it."""

from __future__ import annotations

import torch

from mmgan_core.contracts import Modality
from mmgan_core.foundation.randomness import seed_step
from mmgan_core.testing.cases import PlainCase
from mmgan_core.testing.check import Broken, NotApplicable, check

COUNT = 32
LOW, HIGH = 0.3, 0.5
# A mask covers whole places, of which a small sample has few.
SLACK = 0.2


@check(
    "its masks are 1 where something is missing, in the declared shape and share",
    "modality",
    advice="return floats (B, *mask_shape) of 0 and 1 on torch's default device from "
    "sample_masks(), a mask of its own for each row, from torch's global random state; mask_shape "
    "broadcasts to a sample",
)
def masks(case: PlainCase[Modality]) -> None:
    modality = case.build()
    shape = modality.mask_shape
    if torch.broadcast_shapes(shape, modality.space.shape) != modality.space.shape:
        raise Broken(f"mask_shape {shape} does not broadcast to samples {modality.space.shape}")
    if modality.mask_kinds == ():
        raise NotApplicable("nothing of it is masked")
    if not isinstance(modality.mask_kinds, tuple) or not modality.mask_kinds:
        raise Broken(f"mask_kinds is {modality.mask_kinds!r}, not a tuple of names")
    for kind in (*modality.mask_kinds, "centre", "everything"):
        _refuse_odd(modality, kind)


def _refuse_odd(modality: Modality, kind: str) -> None:
    found = []
    for seed in (0, 0, 1):
        seed_step(seed)
        found.append(modality.sample_masks(kind, COUNT, LOW, HIGH))
    one, again, other = found
    shape = (COUNT, *modality.mask_shape)
    if one.shape != shape or not one.is_floating_point() or one.device.type != "cpu":
        raise Broken(f"masks {kind!r} are {tuple(one.shape)} {one.dtype}, not {shape} floats")
    if not ((one == 0) | (one == 1)).all():
        raise Broken(f"masks {kind!r} have values that are neither 0 nor 1")
    if not torch.equal(one, again):
        raise Broken(f"masks {kind!r} differ after the same seed")
    share = float(one.mean())
    if kind == "everything" and share < 1:
        raise Broken("masks 'everything' leave something")
    places = one[0].numel()
    if kind in ("everything", "centre") or places < 16:
        return
    if not LOW - SLACK <= share <= HIGH + SLACK:
        raise Broken(
            f"masks {kind!r} cover {share:.2f} on average, asked were {LOW} to {HIGH}: 1 is missing"
        )
    if torch.equal(one, other) or (one == one[:1]).all():
        raise Broken(f"masks {kind!r} are always the same")
