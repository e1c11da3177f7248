"""Fusions: any subset of entries works, and absent entries make no difference."""

from __future__ import annotations

import itertools

import torch

from mmgan_core.testing.cases import FusionCase, present_key
from mmgan_core.testing.check import Broken, check


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
            out = case.output(fusion, {**inputs, **_present(case, subset)})
            if not out.isfinite().all():
                raise Broken(f"given {subset or 'nothing'}, the condition is not finite")


@check(
    "absent entries make no difference, present ones do",
    "fusion",
    advice="use an encoding only where present is True",
)
def absent_is_absent(case: FusionCase) -> None:
    fusion = case.shaken().eval()
    inputs, other = case.inputs(fusion), case.inputs(fusion, seed=1)
    for name in case.dims:
        changed = {**inputs, name: other[name] * 100}
        without = _present(case, [n for n in case.dims if n != name])
        outs = [case.output(fusion, {**given, **without}) for given in (inputs, changed)]
        if not torch.equal(*outs):
            raise Broken(f"{name} is absent, but changes the condition")
        everything = [case.output(fusion, given) for given in (inputs, changed)]
        if torch.equal(*everything):
            raise Broken(f"{name} is present, but makes no difference")


@check(
    "modality dropout only hides entries",
    "fusion",
    advice="return a mask (B,) for each entry from keep(), True only where present is True",
)
def dropout_only_hides(case: FusionCase) -> None:
    fusion = case.build().train()
    random = torch.Generator().manual_seed(0)
    present = {name: torch.rand(64, generator=random) < 0.7 for name in case.dims}
    torch.manual_seed(0)
    kept = fusion.keep(present)
    if set(kept) != set(present):
        raise Broken(f"keep() returns {sorted(kept)}")
    for name, mask in kept.items():
        if mask.shape != (64,) or mask.dtype != torch.bool or (mask & ~present[name]).any():
            raise Broken(f"keep() shows {name} where it is absent, or returns no mask (B,)")


def _present(case: FusionCase, subset: tuple[str, ...] | list[str]) -> dict[str, torch.Tensor]:
    return {
        present_key(name): torch.full((4,), name in subset, dtype=torch.bool) for name in case.dims
    }
