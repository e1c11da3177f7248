"""Gradients: they reach every weight and every input."""

from __future__ import annotations

import torch
from torch import Tensor

from mmgan_core.testing.cases import AlignmentCase, N, NetworkCase, is_network
from mmgan_core.testing.check import NETWORKS, Broken, NotApplicable, check


@check(
    "gradients reach every weight",
    *NETWORKS,
    "auxiliary_loss",
    advice="use the layer or delete it, and do not detach or round what it depends on or affects; "
    "a layer that is not always used still needs a gradient, of zero",
)
def gradients_reach_every_weight(case: NetworkCase[N]) -> None:
    module = case.shaken().train()
    outs = case.answers(module, case.inputs(module, 8))
    if not is_network(module):
        raise NotApplicable("it has no weights")
    backward(*outs)
    for name, weight in module.named_parameters():
        if weight.requires_grad and weight.grad is None:
            raise Broken(f"{name} has no gradient")
        if weight.grad is not None and not weight.grad.isfinite().all():
            raise Broken(f"the gradient of {name} is not finite")
        if weight.grad is not None and not weight.grad.any():
            raise Broken(f"the gradient of {name} is zero everywhere")


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
    backward(case.output(module, inputs))
    # A network may use the pooled condition alone.
    optional = {"tokens", "padding_mask", "maps", "known", "mask"}
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
