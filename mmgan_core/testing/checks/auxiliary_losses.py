"""Auxiliary losses: scalars that train the generator and nothing else."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping
from dataclasses import replace

import torch
from torch import Tensor

from mmgan_core.contracts import AuxiliaryLoss, ConditionSpace
from mmgan_core.errors import BadValue
from mmgan_core.foundation.randomness import seed_step
from mmgan_core.testing.cases import AuxiliaryLossCase
from mmgan_core.testing.check import Broken, NotApplicable, check

OF_ROWS = ("noise", "real")
_DRAWS = 24


@check(
    "it is a finite scalar that trains the generator",
    "auxiliary_loss",
    advice="return one number, unweighted, that is computed from step.fake, step.of_fake or new "
    "samples of step.generator, and do not detach them; a loss of step.condition or step.encodings "
    "alone says of_condition = True",
)
def trains_the_generator(case: AuxiliaryLossCase) -> None:
    module = case.build().train()
    stage = case.stage()
    inputs = case.inputs(module)
    taught = {name: part.requires_grad_() for name, part in _condition_of(module, inputs).items()}
    loss = case.loss(module, stage, inputs | taught)
    if not isinstance(loss, torch.Tensor) or loss.dim() or not loss.isfinite():
        raise Broken(f"it returns {loss}")
    if not loss.requires_grad:
        raise Broken("it has no gradient")
    loss.backward()
    learning = (
        [*taught.values(), *stage.encoders.parameters()]
        if module.of_condition
        else [*stage.generator.parameters()]
    )
    gradients = [weight.grad for weight in learning if weight.grad is not None]
    if not any(gradient.any() for gradient in gradients):
        who = "condition" if module.of_condition else "generator's weights"
        raise Broken(f"its gradient does not reach the {who}")
    if not all(gradient.isfinite().all() for gradient in gradients):
        raise Broken("its gradient is not finite")


def _condition_of(module: AuxiliaryLoss, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The pooled condition, if that is what the loss teaches."""
    return {"pooled": inputs["pooled"].clone()} if module.of_condition else {}


@check(
    "it changes neither network",
    "auxiliary_loss",
    advice="only call the networks; keep state in buffers; weights of its own learn in the "
    "generator phase",
)
def changes_no_network(case: AuxiliaryLossCase) -> None:
    module = case.build().train()
    stage = case.stage()
    before = {name: tensor.clone() for name, tensor in stage.state_dict().items()}
    case.loss(module, stage, case.inputs(module))
    for name, tensor in stage.state_dict().items():
        if not torch.equal(before[name], tensor):
            raise Broken(f"it changes {name}")
    if not all(weight.requires_grad for weight in stage.parameters()):
        raise Broken("it turns off requires_grad of a network's weights")
    if not all(part.training for part in stage.modules()):
        raise Broken("it puts a network into evaluation mode")


@check(
    "it declares whether it compares rows",
    "auxiliary_loss",
    advice="set paired = True if row k of real and of fake belong together; recipes whose "
    "condition does not decide the sample are then warned",
)
def declares_pairs(case: AuxiliaryLossCase) -> None:
    module = case.build().train()
    inputs = case.inputs(module, 6)
    # All rows have the same condition, so that any real sample belongs to any made one.
    given = {name: t[:1].expand_as(t) for name, t in inputs.items() if name not in OF_ROWS}

    def with_pairs(shift: int, seed: int = 0) -> float:
        seed_step(seed)
        rolled = {"real": inputs["real"].roll(shift, 0)}
        return float(case.output(case.build().train(), {**inputs, **given, **rolled}).detach())

    found = [with_pairs(0), with_pairs(1)]
    moved = not math.isclose(*found, rel_tol=1e-4, abs_tol=1e-6)
    if moved and not module.paired and _accepts_no_condition(case) and _beyond_chance(with_pairs):
        raise Broken(f"it compares rows: {found[0]:.6g}, and {found[1]:.6g} with other pairs")
    if module.paired and not moved:
        raise Broken("it declares paired, but other pairs give the same number")


def _beyond_chance(with_pairs: Callable[[int, int], float]) -> bool:
    """Whether pairs matter on average, and not only to what a loss happens to draw for each row."""
    apart = [with_pairs(1, seed) - with_pairs(0, seed) for seed in range(_DRAWS)]
    deviation = statistics.stdev(apart) / math.sqrt(_DRAWS)
    return abs(statistics.mean(apart)) > 4 * deviation


def _accepts_no_condition(case: AuxiliaryLossCase) -> bool:
    """One that compares rows by an option alone may refuse a step in which nothing is given."""
    alone = case.elsewhere(case.space)
    alone = replace(alone, condition=ConditionSpace(0))
    try:
        alone.output(alone.build(), alone.inputs(alone.build()))
    except NotApplicable:
        return False
    return True


@check(
    "it reads no made samples if it says so",
    "auxiliary_loss",
    advice="leave step.fake and step.of_fake alone, or do not set needs_fake = False: samples that "
    "nothing needs are not made",
)
def reads_no_fake(case: AuxiliaryLossCase) -> None:
    module = case.build().train()
    if module.needs_fake:
        raise NotApplicable("it does not say needs_fake = False")
    found = []
    for made in (True, False):
        inputs, stage = case.inputs(module), case.stage()
        step = stage.generator_step(inputs["noise"], inputs["real"], case.conditioned(inputs))
        step = step if made else replace(step, fake=torch.full_like(step.fake, torch.nan))
        seed_step(0)
        try:
            found.append(float(case.build().train()(step).detach()))
        except BadValue as refused:
            raise NotApplicable(str(refused)) from None
    if found[0] != found[1]:
        raise Broken(f"it is {found[0]:.6g}, and {found[1]:.6g} where no samples were made")


@check(
    "the same seed gives the same loss",
    "auxiliary_loss",
    advice="use torch's global random state, which is seeded for the step, or no randomness",
)
def randomness_is_seeded(case: AuxiliaryLossCase) -> None:
    found = []
    for _ in range(2):
        module = case.build().train()
        inputs = case.inputs(module)
        seed_step(0)
        found.append(case.output(module, inputs))
    if not torch.equal(*found):
        raise Broken(f"once {found[0].item():.6g}, then {found[1].item():.6g}")
