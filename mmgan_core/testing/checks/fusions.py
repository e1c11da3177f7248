"""Fusions: any subset of entries works, and absent entries make no difference."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

import torch
from torch import Tensor

from mmgan_core.contracts import Condition, Fusion
from mmgan_core.foundation.randomness import seed_step
from mmgan_core.testing.cases import FusionCase, Inputs, present_key
from mmgan_core.testing.check import Broken, NotApplicable, check


@check(
    "any subset of entries works, also none",
    "fusion",
    advice="use torch.where with present, and do not divide by numbers that may be zero",
)
def any_subset(case: FusionCase) -> None:
    fusion = case.shaken().eval()
    inputs = case.inputs(fusion)
    names = list(case.dims)
    for size in range(len(names) + 1):
        for subset in itertools.combinations(names, size):
            parts = _condition(case, fusion, inputs, subset)
            if not all(part.isfinite().all() for part in parts):
                raise Broken(f"given {subset or 'nothing'}, the condition is not finite")


@check(
    "absent entries make no difference, present ones do",
    "fusion",
    advice="use an encoding only where present is True",
)
def absent_is_absent(case: FusionCase) -> None:
    fusion = case.shaken().eval()
    inputs, other, names = case.inputs(fusion), case.inputs(fusion, seed=1), list(case.dims)
    for name in names:
        # All that an entry brings: its pooled vectors, tokens and maps.
        brought = [key for key in inputs if _entry(key) == name and key != present_key(name)]
        changed = inputs | {key: _larger(other[key]) for key in brought}
        for without in ([n for n in names if n != name], []):
            outs = [_condition(case, fusion, given, without) for given in (inputs, changed)]
            if not _equal(*outs):
                raise Broken(f"{name} is absent, but changes the condition")
        if _equal(*(_condition(case, fusion, given, names) for given in (inputs, changed))):
            raise Broken(f"{name} is present, but makes no difference")


@check(
    "each row has its own entries",
    "fusion",
    advice="use present row by row, and not whether an entry is present anywhere in the batch",
)
def present_by_row(case: FusionCase) -> None:
    fusion = case.shaken().eval()
    inputs = case.inputs(fusion)
    for name in case.dims:
        some = inputs[present_key(name)].clone()
        some[1::2] = False
        mixed = _condition(case, fusion, {**inputs, present_key(name): some}, None)
        for rows, there in ((slice(0, None, 2), True), (slice(1, None, 2), False)):
            alone = {**inputs, present_key(name): torch.full_like(some, there)}
            for part, whole in zip(mixed, _condition(case, fusion, alone, None), strict=True):
                if not torch.allclose(part[rows], whole[rows], rtol=1e-3, atol=1e-4):
                    raise Broken(f"whether {name} is present in a row changes other rows")


@check(
    "modality dropout only hides entries",
    "fusion",
    advice="return a mask (B,) for each entry from keep(), True only where present is True",
)
def dropout_only_hides(case: FusionCase) -> None:
    fusion = case.build().train()
    random = torch.Generator().manual_seed(0)
    present = {name: torch.rand(64, generator=random) < 0.7 for name in case.dims}
    seed_step(0)
    kept = fusion.keep(present)
    if set(kept) != set(present):
        raise Broken(f"keep() returns {sorted(kept)}")
    for name, mask in kept.items():
        if mask.shape != (64,) or mask.dtype != torch.bool or (mask & ~present[name]).any():
            raise Broken(f"keep() shows {name} where it is absent, or returns no mask (B,)")
    everywhere = {name: torch.ones_like(there) for name, there in present.items()}
    hidden = torch.stack(list(fusion.keep(everywhere).values()), 1)
    if not all(there.all() for there in everywhere.values()):
        raise Broken("keep() writes into the masks that it is given")
    if not hidden.all() and (hidden == hidden[:1]).all():
        raise Broken("keep() hides the same entries in all rows")


@check(
    "its shares sum to 1, and absent entries have none",
    "fusion",
    advice='return a share for each entry and one for what is due to none ("") from shares(), or '
    "nothing if the fusion does not know them",
)
def shares_are_whole(case: FusionCase) -> None:
    fusion = case.shaken().eval()
    inputs = case.inputs(fusion)
    names = list(case.dims)
    for shown in (names, names[:1], []):
        there = {
            name: torch.full_like(inputs[present_key(name)], name in shown) for name in case.dims
        }
        shares = fusion.shares(case.encodings(inputs), there)
        if not shares:
            raise NotApplicable("it knows no shares")
        given = sum(share for name, share in shares.items() if name in names and name not in shown)
        if torch.as_tensor(given).abs().max() > 0:
            raise Broken("an absent entry has a share")
        if (torch.stack(list(shares.values())).sum(0) - 1).abs().max() > 1e-4:
            raise Broken(f"given {shown or 'nothing'}, the shares do not sum to 1")


def _condition(
    case: FusionCase, fusion: Fusion, inputs: Inputs, subset: Sequence[str] | None
) -> list[Tensor]:
    """All parts of the condition if only a subset is given, or what the inputs say."""
    present = {name: inputs[present_key(name)] for name in case.dims}
    if subset is not None:
        present = {name: torch.full_like(there, name in subset) for name, there in present.items()}
    seed_step(0)
    made: Condition = fusion(case.encodings(inputs), present)
    parts = (made.pooled, made.tokens, made.padding_mask, made.maps)
    return [part for part in parts if part is not None]


def _equal(one: list[Tensor], other: list[Tensor]) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one, other, strict=True))


def _larger(tensor: Tensor) -> Tensor:
    return tensor * 100 if tensor.is_floating_point() else tensor


def _entry(key: str) -> str:
    """The entry to which inputs under a key belong: the key begins with its name."""
    return re.split(r"\W", key)[0]
