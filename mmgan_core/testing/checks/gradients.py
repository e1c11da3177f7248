"""Gradients: they reach every weight, and two processes agree on them."""

from __future__ import annotations

import torch
from torch import Tensor

from mmgan_core.testing.cases import AlignmentCase, NetworkCase, is_network
from mmgan_core.testing.check import NETWORKS, Broken, NotApplicable, check


@check(
    "gradients reach every weight",
    *NETWORKS,
    advice="use the layer or delete it; nothing that learns may be detached or rounded on the way. "
    "Layers used only now and then still need a gradient, of zero",
)
def gradients_reach_every_weight(case: NetworkCase) -> None:
    module = case.shaken().train()
    if not is_network(module):
        raise NotApplicable("it has no weights")
    backward(*case.answers(module, case.inputs(module, 8)))
    for name, weight in module.named_parameters():
        if weight.requires_grad and weight.grad is None:
            raise Broken(f"{name} has no gradient")
        if weight.grad is not None and not weight.grad.isfinite().all():
            raise Broken(f"the gradient of {name} is not finite")
        if weight.grad is not None and not weight.grad.any():
            raise Broken(f"the gradient of {name} is zero everywhere")


@check(
    "gradients reach what comes before it",
    "fusion",
    "alignment",
    "discriminator",
    "augmentation",
    advice="what comes before learns through this: do not detach, round, sort or threshold it",
)
def gradients_reach_inputs(case: NetworkCase) -> None:
    module = case.shaken().train()
    inputs = case.inputs(module)
    learns = {
        name: tensor.requires_grad_()
        for name, tensor in inputs.items()
        if tensor.is_floating_point() and tensor.numel()
    }
    backward(case.output(module, inputs))
    # A network may look at the pooled condition alone.
    unused = {"tokens", "mask", "maps", "known", "missing"}
    dead = [
        name
        for name, tensor in learns.items()
        if name not in unused and (tensor.grad is None or not tensor.grad.any())
    ]
    # An alignment may leave one entry where it is, and draw the others to it.
    enough = len(dead) < len(learns) if isinstance(case, AlignmentCase) else not dead
    if not enough:
        raise Broken(f"no gradient reaches {', '.join(dead)}")


def backward(*outs: Tensor) -> None:
    """Backward from a random weighting of outputs, the same every time."""
    random = torch.Generator().manual_seed(0)
    total = sum((out.float() * torch.randn(out.shape, generator=random)).sum() for out in outs)
    assert isinstance(total, Tensor)
    total.backward()
