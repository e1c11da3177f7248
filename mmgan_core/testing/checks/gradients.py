"""Gradients: they reach every weight and every input."""

from __future__ import annotations

import torch
from torch import Tensor

from mmgan_core.foundation.randomness import seed_step
from mmgan_core.testing.cases import (
    AlignmentCase,
    ConditionedCase,
    DiscriminatorCase,
    N,
    NetworkCase,
    is_network,
)
from mmgan_core.testing.check import NETWORKS, Broken, NotApplicable, check
from mmgan_core.testing.checks.conditioning import PARTS, noticed_parts

# In so many batches, a layer that chance switches off is on at least once.
TRIES = 8


@check(
    "gradients reach every weight",
    *NETWORKS,
    "auxiliary_loss",
    advice="use the layer or delete it, and do not detach or round what it depends on or affects; "
    "a layer that is not always used must be used in some batch of training",
)
def gradients_reach_every_weight(case: NetworkCase[N]) -> None:
    """A layer that is used in training only, or not in every batch, must learn in some batch."""
    module = case.shaken().train()
    if not is_network(module):
        raise NotApplicable("it has no weights")
    weights = {name: w for name, w in module.named_parameters() if w.requires_grad}
    if not weights and isinstance(case, ConditionedCase):
        raise Broken("it has weights, and all are frozen: it would learn nothing")
    waiting = set(weights)
    for seed in range(TRIES):
        module.zero_grad()
        seed_step(seed)
        taught = [a for a in case.answers(module, case.inputs(module, 8, seed)) if a.requires_grad]
        if not taught and weights:
            raise Broken("it has weights, but what it returns has no gradient")
        backward(*taught) if taught else None
        for name, weight in weights.items():
            if weight.grad is None or not weight.grad.any():
                continue
            if not weight.grad.isfinite().all():
                raise Broken(f"the gradient of {name} is not finite")
            waiting.discard(name)
        if not waiting:
            return
    name = min(waiting)
    what = "no gradient" if weights[name].grad is None else "a gradient that is zero everywhere"
    raise Broken(f"{name} has {what} in {TRIES} batches")


@check(
    "gradients reach the samples from every feature",
    "discriminator",
    advice="return features as they are, without detach(), .data or no_grad(): losses of the "
    "generator learn through them",
)
def features_teach(case: DiscriminatorCase) -> None:
    module = case.shaken().train()
    inputs = case.inputs(module)
    inputs["sample"].requires_grad_()
    features = module(inputs["sample"], case.conditioned(inputs)).features
    if not features:
        raise NotApplicable("it returns no features")
    for number, feature in enumerate(features):
        slope = None
        if feature.requires_grad:
            (slope,) = torch.autograd.grad(
                feature.float().square().sum(),
                inputs["sample"],
                retain_graph=True,
                allow_unused=True,
            )
        if slope is None or not slope.any():
            raise Broken(f"no gradient reaches the samples from features[{number}]")


@check(
    "gradients reach its inputs",
    "fusion",
    "alignment",
    "discriminator",
    "joint_discriminator",
    "augmentation",
    advice="do not detach, round or threshold inputs: networks before it learn through it",
)
def gradients_reach_inputs(case: NetworkCase[N]) -> None:
    module = case.shaken().train()
    inputs = case.inputs(module)
    leaves = {
        name: tensor.requires_grad_()
        for name, tensor in inputs.items()
        if tensor.is_floating_point() and tensor.numel()
    }
    backward(*case.answers(module, inputs))
    optional = {"padding_mask", "known", "mask"}
    if isinstance(case, ConditionedCase):
        optional |= set(PARTS) - noticed_parts(case)
    unreached = [
        name
        for name, tensor in leaves.items()
        if name not in optional and (tensor.grad is None or not tensor.grad.any())
    ]
    # An alignment may leave one entry as it is, and pull the others towards it.
    enough = len(unreached) < len(leaves) if isinstance(case, AlignmentCase) else not unreached
    if not enough:
        raise Broken(f"no gradient reaches {', '.join(unreached)}")


def backward(*outs: Tensor) -> None:
    """Do a backward pass from a random weighting of outputs, which is always the same."""
    random = torch.Generator().manual_seed(0)
    total = sum((out.float() * torch.randn(out.shape, generator=random)).sum() for out in outs)
    assert isinstance(total, Tensor)
    total.backward()
