"""Conditioning: noise, condition and masked samples make a difference."""

from __future__ import annotations

import torch

from mmgan_core.foundation.randomness import seed_step
from mmgan_core.testing.cases import ConditionedCase, GeneratorCase, N, NetworkCase
from mmgan_core.testing.check import CONDITIONED, Broken, NotApplicable, check, repairs_nothing

NAMES = {"pooled": "condition", "known": "known part"}
PARTS = ("pooled", "tokens", "maps")


def parts_read(case: ConditionedCase[N], noticed: frozenset[str]) -> frozenset[str]:
    """The parts of the condition that a network says it reads; of others, those they notice."""
    reads: frozenset[str] | None = getattr(case.build(), "reads", None)
    return (noticed or frozenset({"pooled"})) if reads is None else reads


def given_parts(case: ConditionedCase[N]) -> frozenset[str]:
    """The parts of the condition that there are in a case."""
    inputs = case.inputs(case.build())
    return frozenset(part for part in PARTS if part in inputs and inputs[part].numel())


def noticed_parts(case: ConditionedCase[N]) -> frozenset[str]:
    """The parts of the condition that change what a network returns."""
    return frozenset(part for part in given_parts(case) if _matters(case, part))


@check(
    "noise matters",
    "generator",
    advice="use the noise, all of it: a generator that ignores it makes the same sample for each "
    "condition",
)
def noise_matters(case: GeneratorCase) -> None:
    if not case.build().noise_dim:
        raise NotApplicable("it takes no noise: its condition decides the sample")
    if not _matters(case, "noise"):
        raise Broken("another noise makes no difference")
    _refuse_unused_numbers(case, "noise")


@check(
    "the condition matters",
    *CONDITIONED,
    advice="use every part of the condition that the network reads: given values must never be "
    "silently ignored; say in the attribute reads which parts those are, and in condition_parts of "
    "the Spec; a discriminator that ignores them on purpose declares unconditional=True there",
)
def condition_matters(case: ConditionedCase[N]) -> None:
    given, noticed = given_parts(case), noticed_parts(case)
    if case.spec.unconditional:
        if noticed:
            raise Broken(f"it declares unconditional=True, and notices {', '.join(noticed)}")
        raise NotApplicable("the spec declares unconditional=True")
    if not given:
        raise NotApplicable("unconditional")
    read = parts_read(case, noticed)
    if hasattr(case.cls, "reads") and not read <= set(case.spec.condition_parts):
        raise Broken(f"it reads {sorted(read)}, of which its Spec has {case.spec.condition_parts}")
    for part in PARTS:
        if part in read & given and part not in noticed:
            raise Broken(f"another {NAMES.get(part, part)} makes no difference")
        if part in noticed - read:
            raise Broken(f"it reads {part} of the condition, and its attribute reads is without it")
    if "pooled" in noticed:
        _refuse_unused_numbers(case, "pooled")


@check(
    "the known part and the mask matter",
    "generator",
    advice="use condition.masked, both known and mask; or do not declare repairs",
    unless=repairs_nothing,
)
def masked_sample_matters(case: GeneratorCase) -> None:
    for name in ("known", "mask"):
        if not _matters(case, name):
            raise Broken(f"another {NAMES.get(name, name)} makes no difference")


@check(
    "the same seed gives the same result in evaluation",
    "encoder",
    "fusion",
    *CONDITIONED,
    advice="use no randomness in forward() but the noise that the generator receives; dropout and "
    "noise of its own in training only: if self.training",
)
def no_randomness_of_its_own(case: NetworkCase[N]) -> None:
    module = case.shaken().eval()
    inputs = case.inputs(module)
    outs = []
    for seed in (0, 1):
        seed_step(seed)
        outs.append(case.answers(module, inputs))
    if not all(torch.equal(one, other) for one, other in zip(*outs, strict=True)):
        raise Broken("the global random state changes what it returns")


def _matters(case: ConditionedCase[N], name: str) -> bool:
    """Whether other values of an input change the output."""
    module = case.shaken().eval()
    inputs = case.inputs(module)
    other = {**inputs, name: case.inputs(module, seed=1)[name]}
    if torch.equal(inputs[name], other[name]):
        raise NotApplicable(f"there is only one {NAMES.get(name, name)} here")
    return not torch.equal(case.output(module, inputs), case.output(module, other))


def _refuse_unused_numbers(case: ConditionedCase[N], name: str) -> None:
    """Every number of a vector (B, N) has a slope in some row."""
    module = case.shaken().eval()
    if name == "noise" and getattr(module, "makes_choices", False):
        return  # a choice has no slope
    inputs = case.inputs(module, 8)
    leaf = inputs[name].requires_grad_()
    out = case.output(module, {**inputs, name: leaf})
    (slope,) = torch.autograd.grad(out.float().square().sum(), leaf, allow_unused=True)
    unused = [] if slope is None else (~slope.any(0)).nonzero().flatten().tolist()
    if slope is None or unused:
        which = "all" if slope is None else ", ".join(map(str, unused))
        raise Broken(f"of the {name} vector, these numbers make no difference: {which}")
