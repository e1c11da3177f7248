"""Terms beside the adversarial loss: scalars that teach the generator, and nobody else."""

from __future__ import annotations

import torch

from mmgan_core.testing.cases import AuxiliaryLossCase
from mmgan_core.testing.check import Broken, check


@check(
    "it is a finite scalar that teaches the generator",
    "auxiliary_loss",
    advice="return one number, unweighted, made of step.fake, step.of_fake or of what "
    "step.generator makes, with nothing of it detached",
)
def teaches_the_generator(case: AuxiliaryLossCase) -> None:
    module = case.build().train()
    stage = case.stage()
    term = case.term(module, stage, case.inputs(module))
    if term.dim() or not term.isfinite():
        raise Broken(f"it returns {term}")
    if not term.requires_grad:
        raise Broken("it has no gradient")
    term.backward()
    slopes = [weight.grad for weight in stage.maker.parameters() if weight.grad is not None]
    if not any(slope.any() for slope in slopes):
        raise Broken("its gradient does not reach the generator's weights")
    if not all(slope.isfinite().all() for slope in slopes):
        raise Broken("its gradient is not finite")


@check(
    "it changes neither player, and has nothing of its own to learn",
    "auxiliary_loss",
    advice="only look at the networks; keep what changes in buffers, and turn requires_grad off for "
    "the weights of a network that is looked through: no optimiser trains them",
)
def changes_nobody(case: AuxiliaryLossCase) -> None:
    module = case.build().train()
    learns = [name for name, weight in module.named_parameters() if weight.requires_grad]
    if learns:
        raise Broken(f"{learns[0]} would have to be trained")
    stage = case.stage()
    before = {name: tensor.clone() for name, tensor in stage.state_dict().items()}
    case.term(module, stage, case.inputs(module))
    for name, tensor in stage.state_dict().items():
        if not torch.equal(before[name], tensor):
            raise Broken(f"it changes {name}")
    if not all(weight.requires_grad for weight in stage.parameters()):
        raise Broken("it turns off requires_grad of a player's weights")
    if not all(part.training for part in stage.modules()):
        raise Broken("it turns a player to eval()")


@check(
    "the same seed gives the same term",
    "auxiliary_loss",
    advice="draw from torch's global random state, which is seeded for the step, or not at all",
)
def draws_from_the_seed(case: AuxiliaryLossCase) -> None:
    found = []
    for _ in range(2):
        module = case.build().train()
        inputs = case.inputs(module)
        torch.manual_seed(0)
        found.append(case.output(module, inputs))
    if not torch.equal(*found):
        raise Broken(f"once {found[0].item():.6g}, then {found[1].item():.6g}")
