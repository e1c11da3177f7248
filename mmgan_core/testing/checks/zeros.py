"""Zeros: degenerate inputs give finite values, and finite gradients."""

from __future__ import annotations

import torch
from torch import Tensor

from mmgan_core.testing.cases import N, NetworkCase
from mmgan_core.testing.check import NETWORKS, Broken, check
from mmgan_core.testing.checks.gradients import backward


@check(
    "zeros and equal rows give finite values and gradients",
    *(kind for kind in NETWORKS if kind != "encoder"),
    "auxiliary_loss",
    advice="divide by nothing that can be zero, and take no root or norm of it: add an epsilon "
    "inside the root",
)
def zeros(case: NetworkCase[N]) -> None:
    module = case.build().train()
    inputs = case.inputs(module)
    floating = [name for name, tensor in inputs.items() if tensor.is_floating_point()]
    # A mask says what is missing: all zeros would leave nothing to fill in.
    floating = [name for name in floating if name != "mask" and inputs[name].numel()]
    tries = {f"{name} is zero": {name: torch.zeros_like(inputs[name])} for name in floating}
    tries["everything is zero"] = {name: torch.zeros_like(inputs[name]) for name in floating}
    if case.per_row:
        equal = {name: tensor[:1].expand_as(tensor).clone() for name, tensor in inputs.items()}
        tries["all rows are equal"] = equal
    for what, changed in tries.items():
        _refuse_infinite(case, module, {**inputs, **changed}, what)


def _refuse_infinite(case: NetworkCase[N], module: N, inputs: dict[str, Tensor], what: str) -> None:
    leaves = {
        name: tensor.clone().requires_grad_() if tensor.is_floating_point() else tensor
        for name, tensor in inputs.items()
    }
    answers = case.answers(module, leaves)
    if not all(answer.isfinite().all() for answer in answers):
        raise Broken(f"if {what}, it returns values that are not finite")
    taught = [answer for answer in answers if answer.requires_grad]
    if not taught:
        return
    module.zero_grad()
    backward(*taught)
    gradients = {f"of {name}": tensor.grad for name, tensor in leaves.items()}
    gradients |= {f"of {name}": weight.grad for name, weight in module.named_parameters()}
    for name, gradient in gradients.items():
        if gradient is not None and not gradient.isfinite().all():
            raise Broken(f"if {what}, the gradient {name} is not finite")
