"""Optimisers: they move weights at the rate that they are told, and resume bit for bit."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmgan_core.contracts import Optimizer
from mmgan_core.runs.optimizer_state import flat_optimizer, restore_optimizer
from mmgan_core.testing.cases import PlainCase
from mmgan_core.testing.check import Broken, check

RATE = 0.01
SHAPES = ((4, 3), (4,), (2, 3, 3, 3))  # a dense layer, and filters
STEPS = 3


class Steps:
    """Weights in two groups, and their optimiser; gradients depend on the number of the step."""

    def __init__(self, case: PlainCase[Optimizer], weights: Sequence[Tensor] = ()) -> None:
        random = torch.Generator().manual_seed(0)
        begun = weights or [torch.randn(shape, generator=random) for shape in SHAPES]
        self.weights = [nn.Parameter(weight.clone()) for weight in begun]
        self.component = case.build()
        groups = [self.weights[:2], self.weights[2:]]
        self.optimizer = self.component.build([{"params": g, "lr": RATE} for g in groups])

    def step(self, number: int, *, without: int | None = None) -> list[Tensor]:
        """Do a step on random gradients; return how far each weight has moved."""
        before = [weight.detach().clone() for weight in self.weights]
        random = torch.Generator().manual_seed(number)
        for at, weight in enumerate(self.weights):
            gradient = torch.randn(weight.shape, generator=random)
            weight.grad = None if at == without else gradient
        self.optimizer.step()
        return [w.detach() - was for w, was in zip(self.weights, before, strict=True)]


@check(
    "it moves every weight that has a gradient, and no other",
    "optimizer",
    advice="update all weights of all groups, and leave out those whose .grad is None: a phase "
    "does not reach every weight",
)
def moves_weights(case: PlainCase[Optimizer]) -> None:
    steps = Steps(case)
    for number in range(STEPS):
        if not all(bool(moved.any()) for moved in steps.step(number)):
            raise Broken(f"step {number + 1} moves not all weights")
    if steps.step(STEPS, without=1)[1].any():
        raise Broken("it moves a weight that has no gradient")


@check(
    "it goes downhill",
    "optimizer",
    advice="subtract the gradient: training minimises",
)
def goes_downhill(case: PlainCase[Optimizer]) -> None:
    steps = Steps(case)

    def loss() -> Tensor:
        return torch.stack([weight.square().sum() for weight in steps.weights]).sum()

    before = float(loss().detach())
    for _ in range(50):
        steps.optimizer.zero_grad()
        loss().backward()
        steps.optimizer.step()
    after = float(loss().detach())
    if not after < before:
        raise Broken(f"the sum of squares is {before:.4g} before 50 steps and {after:.4g} after")


@check(
    "it follows the rate of each group",
    "optimizer",
    advice='read group["lr"] in every step: training writes the rate of the present time into it',
)
def follows_rates(case: PlainCase[Optimizer]) -> None:
    steps = Steps(case)
    for number in range(STEPS):
        steps.step(number)
    for still, other in ((0, 1), (1, 0)):
        steps.optimizer.param_groups[still]["lr"] = 0.0
        steps.optimizer.param_groups[other]["lr"] = RATE
        steps.step(STEPS)  # some compute the length of the next step in this one
        moved = steps.step(STEPS + 1)
        apart = (moved[:2], moved[2:])
        if any(bool(one.any()) for one in apart[still]):
            raise Broken("it moves the weights of a group whose rate is 0")
        if not any(bool(one.any()) for one in apart[other]):
            raise Broken("it does not move a group because the rate of another is 0")


@check(
    "it resumes bit for bit",
    "optimizer",
    advice="keep all that decides a step in optimizer.state[weight], as tensors and numbers, or in "
    "a group, as numbers: a checkpoint holds these and nothing else",
)
def resumes(case: PlainCase[Optimizer]) -> None:
    whole, first = Steps(case), Steps(case)
    for number in range(2 * STEPS):
        whole.step(number)
    for number in range(STEPS):
        first.step(number)
    saved = {name: tensor.clone() for name, tensor in flat_optimizer(first.optimizer).items()}
    again = Steps(case, [weight.detach() for weight in first.weights])
    restore_optimizer(again.optimizer, saved)
    for number in range(STEPS, 2 * STEPS):
        again.step(number)
    for one, other in zip(whole.weights, again.weights, strict=True):
        if not torch.equal(one, other):
            apart = float((one - other).detach().abs().max())
            raise Broken(f"after a checkpoint weights differ by up to {apart:.3g}")


@check(
    "its settings are those of its groups",
    "optimizer",
    advice="let settings() return what the groups hold beside their rate: training writes it into "
    "them in each step if an option is a schedule",
)
def settings_are_in_groups(case: PlainCase[Optimizer]) -> None:
    steps = Steps(case)
    settings = steps.component.settings()
    for group in steps.optimizer.param_groups:
        for name, value in settings.items():
            if name not in group:
                raise Broken(f"settings() has {name}, and its groups have not")
            if group[name] != value:
                raise Broken(f"settings() has {name} = {value}, and a group {group[name]}")
