"""Second derivatives, which exact penalties need, are correct."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from mmgan_core.foundation.randomness import seed_step
from mmgan_core.testing.cases import AugmentationCase, DiscriminatorCase, JointDiscriminatorCase
from mmgan_core.testing.check import Broken, NotApplicable, check, not_twice_differentiable

# A leaky unit has a kink, and a step across a kink changes the gradient more than any derivative
# says: with ten thousand units, even a step of 1e-5 crosses some. Double precision allows a smaller
# step.
STEP, TOLERANCE = 1e-7, 0.01


@check(
    "its double backward agrees with finite differences",
    "discriminator",
    "joint_discriminator",
    advice="use differentiable operations in forward(), or declare twice_differentiable=False; "
    "recipes can then use objectives/finite-difference",
    unless=not_twice_differentiable,
)
def double_backward(case: DiscriminatorCase | JointDiscriminatorCase) -> None:
    """d/dt of |grad_x D|^2 as the weights move along a direction."""
    module: Any = case.shaken().double().eval()
    inputs = _double(case.inputs(module))
    random = torch.Generator().manual_seed(1)
    weights = [p for p in module.parameters() if p.requires_grad]
    if not weights:
        raise NotApplicable("it has no weights")
    along = [torch.randn(w.shape, generator=random).to(w) for w in weights]
    try:
        slopes = torch.autograd.grad(_slope(case, module, inputs), weights, allow_unused=True)
    except RuntimeError as error:
        raise Broken(f"it cannot be differentiated twice: {error}") from None
    exact = sum(float((s * a).sum()) for s, a in zip(slopes, along, strict=True) if s is not None)
    found = []
    for sign in (1, -1):
        with torch.no_grad():
            for weight, step in zip(weights, along, strict=True):
                weight.add_(step, alpha=sign * STEP)
        found.append(float(_slope(case, module, inputs).detach()))
        with torch.no_grad():
            for weight, step in zip(weights, along, strict=True):
                weight.sub_(step, alpha=sign * STEP)
    numeric = (found[0] - found[1]) / (2 * STEP)
    if abs(exact - numeric) > TOLERANCE * max(abs(exact), abs(numeric), 1e-6):
        raise Broken(f"by double backward {exact:.6g}, by finite differences {numeric:.6g}")


@check(
    "a sampled change is the same at every call, and differentiable twice",
    "augmentation",
    advice="use randomness in sample() only, not in the function that it returns",
)
def sampled_once(case: AugmentationCase) -> None:
    module = case.build().train()
    sample = case.inputs(module)["sample"]
    change = module.sample(sample)
    if not torch.equal(change(sample), change(sample)):
        raise Broken("the same change gives two results")
    leaf = sample.clone().requires_grad_()
    (slope,) = torch.autograd.grad(change(leaf).square().sum(), leaf, create_graph=True)
    try:
        slope.square().sum().backward()
    except RuntimeError as error:
        raise Broken(f"it cannot be differentiated twice: {error}") from None
    seed_step(0)
    one = module.sample(sample)(sample)
    seed_step(0)
    if not torch.equal(one, module.sample(sample)(sample)):
        raise Broken("the same seed gives different changes")


def _slope(
    case: DiscriminatorCase | JointDiscriminatorCase, module: Any, inputs: dict[str, Tensor]
) -> Tensor:
    leaf = inputs["sample"].detach().requires_grad_()
    logits = case.output(module, {**inputs, "sample": leaf})
    (slope,) = torch.autograd.grad(logits.sum(), leaf, create_graph=True)
    return slope.square().sum()


def _double(inputs: dict[str, Tensor]) -> dict[str, Tensor]:
    return {k: v.double() if v.is_floating_point() else v for k, v in inputs.items()}
