"""Conditioning: noise, condition and masked samples make a difference."""

from __future__ import annotations

import torch

from mmgan_core.testing.cases import ConditionedCase, GeneratorCase, N
from mmgan_core.testing.check import CONDITIONED, Broken, NotApplicable, check, repairs_nothing

NAMES = {"pooled": "condition", "known": "known part"}


@check(
    "noise matters",
    "generator",
    advice="use the noise: a generator that ignores it makes the same sample for each condition",
)
def noise_matters(case: GeneratorCase) -> None:
    _refuse_ignored(case, "noise")


@check(
    "the condition matters",
    *CONDITIONED,
    advice="use condition.pooled: given values must never be silently ignored",
)
def condition_matters(case: ConditionedCase[N]) -> None:
    if not case.condition.dim:
        raise NotApplicable("unconditional")
    _refuse_ignored(case, "pooled")


@check(
    "the known part and the mask matter",
    "generator",
    advice="use condition.masked, both known and mask; or do not declare repairs",
    unless=repairs_nothing,
)
def masked_sample_matters(case: GeneratorCase) -> None:
    _refuse_ignored(case, "known")
    _refuse_ignored(case, "mask")


@check(
    "the same seed gives the same sample",
    *CONDITIONED,
    advice="use no randomness in forward() but the noise that the generator receives",
)
def no_randomness_of_its_own(case: ConditionedCase[N]) -> None:
    module = case.build().eval()
    inputs = case.inputs(module)
    outs = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        outs.append(case.output(module, inputs))
    if not torch.equal(*outs):
        raise Broken("the global random state changes what it returns")


def _refuse_ignored(case: ConditionedCase[N], name: str) -> None:
    module = case.shaken().eval()
    inputs = case.inputs(module)
    other = {**inputs, name: case.inputs(module, seed=1)[name]}
    if torch.equal(inputs[name], other[name]):
        raise NotApplicable(f"there is only one {NAMES.get(name, name)} here")
    if torch.equal(case.output(module, inputs), case.output(module, other)):
        raise Broken(f"another {NAMES.get(name, name)} makes no difference")
