"""Copies, files, devices and export: what training and publishing do with a network."""

from __future__ import annotations

import copy
import tempfile
from pathlib import Path
from typing import Generic

import torch
from torch import Tensor, nn

from mmgan_core.foundation.randomness import seed_step
from mmgan_core.testing.cases import ConditionedCase, N, NetworkCase
from mmgan_core.testing.check import CONDITIONED, NETWORKS, Broken, check, not_exportable


@check(
    "its state is constant in evaluation mode, and a copy is independent",
    *NETWORKS,
    advice="keep state in parameters and buffers, not in plain attributes or in the class",
)
def copies_are_independent(case: NetworkCase[N]) -> None:
    module = case.shaken().eval()
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    inputs = case.inputs(module)
    out = _said(case, module, inputs)
    if any(not torch.equal(before[name], tensor) for name, tensor in module.state_dict().items()):
        raise Broken("forward() in evaluation mode changes its state")
    twin = copy.deepcopy(module)
    with torch.no_grad():
        for weight in module.parameters():
            weight.zero_()
    if not torch.equal(out, _said(case, twin, inputs)):
        raise Broken("a deep copy changes with the original, or gives a different result")


@check(
    "it can be saved and loaded by safetensors, and averages of its weights too",
    *NETWORKS,
    "auxiliary_loss",
    advice="do not share tensors (safetensors stores each once); register every tensor of its "
    "state as a parameter or a buffer",
)
def can_be_saved_and_loaded(case: NetworkCase[N]) -> None:
    from safetensors.torch import load_file, save_file

    module = case.shaken().eval()
    inputs = case.inputs(module)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "weights.safetensors")
        state = {name: tensor.contiguous() for name, tensor in module.state_dict().items()}
        try:
            save_file(state, file)
        except RuntimeError as error:
            raise Broken(f"it cannot be saved: {str(error).splitlines()[0]}") from None
        again = case.build(seed=1).eval()
        again.load_state_dict(load_file(file), strict=True)
    if not torch.equal(_said(case, module, inputs), _said(case, again, inputs)):
        raise Broken("the same weights in a new network give a different result")
    averaged = {n: (t + t) / 2 if t.is_floating_point() else t for n, t in state.items()}
    again.load_state_dict(averaged, strict=True)


@check(
    "it can be built on the meta device",
    *NETWORKS,
    advice="create tensors by torch functions in the constructor, and do not use their values: no "
    ".item(), no numpy",
)
def builds_on_meta(case: NetworkCase[N]) -> None:
    real = {name: tensor.shape for name, tensor in case.build().state_dict().items()}
    with torch.device("meta"):
        bare = case.construct()
    if {name: tensor.shape for name, tensor in bare.state_dict().items()} != real:
        raise Broken("its weights have other names or shapes on the meta device")
    made = [name for name, weight in bare.named_parameters() if weight.device.type != "meta"]
    if made:
        raise Broken(f"{made[0]} is not on the meta device")


@check(
    "torch.export takes it",
    *CONDITIONED,
    advice="avoid control flow that depends on values, or do not declare exportable",
    unless=not_exportable,
)
def exports(case: ConditionedCase[N]) -> None:
    network = case.shaken().eval()
    module, inputs = _Plain(case, network), case.inputs(network)
    with torch.no_grad():
        program = torch.export.export(module, (inputs,))
        torch.testing.assert_close(program.module()(inputs), module(inputs))


class _Plain(nn.Module, Generic[N]):
    """A network whose inputs are only tensors."""

    def __init__(self, case: ConditionedCase[N], module: N) -> None:
        super().__init__()
        self.module, self._case = module, case

    def forward(self, inputs: dict[str, Tensor]) -> Tensor:
        """Samples or logits."""
        return self._case.output(self.module, inputs)


@torch.no_grad()
def _said(case: NetworkCase[N], module: N, inputs: dict[str, Tensor]) -> Tensor:
    seed_step(0)
    return case.output(module, inputs).clone()
