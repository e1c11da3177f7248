"""Noise, condition and sample matter."""

from __future__ import annotations

import torch

from mmgan_core.testing.cases import ConditionedCase, GeneratorCase
from mmgan_core.testing.check import PLAYERS, Broken, NotApplicable, check, repairs_nothing

WORDS = {"pooled": "condition", "known": "known part", "missing": "mask"}


@check(
    "noise matters",
    "generator",
    advice="let noise reach the sample: a generator that ignores it makes one sample a condition",
)
def noise_matters(case: GeneratorCase) -> None:
    _refuse_deaf(case, "noise")


@check(
    "the condition matters",
    *PLAYERS,
    advice="use condition.pooled: what is given must never be silently ignored",
)
def condition_matters(case: ConditionedCase) -> None:
    if not case.condition.dim:
        raise NotApplicable("unconditional")
    _refuse_deaf(case, "pooled")


@check(
    "what is known and what is missing matter",
    "generator",
    advice="see condition.masked, both known and missing; or do not declare repairs",
    unless=repairs_nothing,
)
def partial_matters(case: GeneratorCase) -> None:
    _refuse_deaf(case, "known")
    _refuse_deaf(case, "missing")


@check(
    "the same seed gives the same sample",
    *PLAYERS,
    advice="draw nothing in forward(): a generator's only randomness is the noise it is handed",
)
def no_randomness_of_its_own(case: ConditionedCase) -> None:
    module = case.build().eval()
    inputs = case.inputs(module)
    outs = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        outs.append(case.output(module, inputs))
    if not torch.equal(*outs):
        raise Broken("the global random state changes what it returns")


def _refuse_deaf(case: ConditionedCase, name: str) -> None:
    module = case.shaken().eval()
    inputs = case.inputs(module)
    other = {**inputs, name: case.inputs(module, seed=1)[name]}
    if torch.equal(inputs[name], other[name]):
        raise NotApplicable(f"there is but one {WORDS.get(name, name)} here")
    if torch.equal(case.output(module, inputs), case.output(module, other)):
        raise Broken(f"another {WORDS.get(name, name)} changes nothing")
