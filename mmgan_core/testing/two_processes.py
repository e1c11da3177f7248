"""Compares the gradient of a batch with that of two processes with half of it each.

``plugin_checks`` runs this module, which starts the two.
"""

from __future__ import annotations

import json
import os
import socket
import sys

import torch
from torch import Tensor
from torch.multiprocessing.spawn import start_processes

from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.testing.cases import N, NetworkCase, is_network
from mmgan_core.testing.crash import crash_of
from mmgan_core.testing.runner import components
from mmgan_core.testing.subjects import subject_of
from mmgan_core.training.processes import Processes

BATCH = 8
COUNT = 2
# A forked process has imported what this one has: torch alone takes seconds.
START = "fork" if sys.platform == "linux" else "spawn"
KINDS = ("encoder", "fusion", "generator", "discriminator", "joint_discriminator")


def main(plugin: str) -> None:
    """Run ``compare`` in both processes; where one fails, the other is ended."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    start_processes(_join, (plugin, port), COUNT, start_method=START)


def _join(rank: int, plugin: str, port: int) -> None:
    """Be one of the processes, as one that ``torchrun`` started."""
    number, count = str(rank), str(COUNT)
    os.environ |= {"RANK": number, "LOCAL_RANK": number, "OMP_NUM_THREADS": "1"}
    os.environ |= {"WORLD_SIZE": count, "LOCAL_WORLD_SIZE": count}
    os.environ |= {"MASTER_ADDR": "localhost", "MASTER_PORT": str(port)}
    compare(plugin)


def compare(plugin: str) -> None:
    """Print which components were checked, and the faults that were found, as JSON."""
    processes = Processes(cpu=True)
    faults, checked = list[str](), list[str]()
    for kind, spec in components(plugin):
        if kind not in KINDS or spec.keeps_batch_state:
            continue
        for case in subject_of(catalogue(), kind, spec).cases[:1]:
            assert isinstance(case, NetworkCase)
            if not _works_alone(case):
                continue  # its own checks say why
            try:
                fault = _compared(case, processes)
            except Exception as error:
                # The other process may wait for this one: say why, and end both.
                what = f"{kind} {spec.id}: in process {processes.rank}: {crash_of(error)}"
                _say(checked, [*faults, what])
                raise SystemExit(1) from error
            checked.append(f"{kind} {spec.id}")
            faults += [f"{kind} {spec.id}: {fault}"] if fault else []
    if processes.main:
        _say(checked, faults)


def _say(checked: list[str], faults: list[str]) -> None:
    print("FACTS" + json.dumps({"checked": checked, "faults": faults}), flush=True)


def _works_alone(case: NetworkCase[N]) -> bool:
    try:
        module = case.shaken().eval()
        _gradients(case, module, case.inputs(module, BATCH), [])
    except Exception:
        return False
    return True


def _compared(case: NetworkCase[N], processes: Processes) -> str:
    module = case.shaken().eval()  # randomness in training would differ between the halves
    if not is_network(module):
        return ""
    inputs = case.inputs(module, BATCH)
    weights = [p for p in module.parameters() if p.requires_grad]
    whole = _gradients(case, module, inputs, weights)
    share = BATCH // processes.count
    rows = slice(processes.rank * share, (processes.rank + 1) * share)
    for weight, grad in zip(
        weights,
        _gradients(case, module, {name: tensor[rows] for name, tensor in inputs.items()}, weights),
        strict=True,
    ):
        weight.grad = grad
    processes.average_gradients(weights)
    for weight, grad in zip(weights, whole, strict=True):
        assert weight.grad is not None
        if not torch.allclose(weight.grad, grad, rtol=1e-3, atol=1e-5):
            return f"gradients differ by up to {(weight.grad - grad).abs().max():.3g}"
    return ""


def _gradients(
    case: NetworkCase[N], module: N, inputs: dict[str, Tensor], weights: list[torch.nn.Parameter]
) -> list[Tensor]:
    answers = [a for a in case.answers(module, inputs) if a.requires_grad and a.numel()]
    loss = sum(answer.float().square().mean() for answer in answers)
    if not weights or not isinstance(loss, Tensor):
        return [torch.zeros_like(weight) for weight in weights]
    found = torch.autograd.grad(loss, weights, allow_unused=True)
    return [torch.zeros_like(w) if g is None else g for w, g in zip(weights, found, strict=True)]


if __name__ == "__main__":
    main(sys.argv[1])
