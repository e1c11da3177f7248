"""Surroundings: a component changes nothing but itself, and remembers nothing in secret."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy
import torch

from mmgan_core.foundation.randomness import seed_step
from mmgan_core.testing.cases import Case
from mmgan_core.testing.check import NETWORKS, Broken, check
from mmgan_core.testing.use import use_of

# How each setting is read, and how it is put back for the checks that follow.
SETTINGS: dict[str, tuple[Callable[[], object], Callable[..., object]]] = {
    "torch's default type": (torch.get_default_dtype, torch.set_default_dtype),
    "torch's default device": (torch.get_default_device, torch.set_default_device),
    "whether torch records gradients": (torch.is_grad_enabled, torch.set_grad_enabled),
    "torch's number of threads": (torch.get_num_threads, torch.set_num_threads),
    "torch's deterministic algorithms": (
        torch.are_deterministic_algorithms_enabled,
        torch.use_deterministic_algorithms,
    ),
    "torch's precision of matrix products": (
        torch.get_float32_matmul_precision,
        torch.set_float32_matmul_precision,
    ),
    "the working directory": (os.getcwd, os.chdir),
}


@check(
    "it can be used",
    advice="correct this error first: most other checks would stop at it",
    first=True,
)
def can_be_used(case: Case[object]) -> None:
    use_of(case).call()


@check(
    "it leaves the global random state and torch's settings as they are",
    advice="do not call torch.manual_seed, random.seed or torch.set_...: a run is seeded once for "
    "each step; use torch's global random state as it is",
)
def leaves_global_state(case: Case[object]) -> None:
    torch.set_grad_enabled(True)  # the constructor has been called before
    torch.set_default_dtype(torch.float32)
    before = {name: read() for name, (read, _) in SETTINGS.items()}
    for what, act in (("its constructor", case.construct), ("its use", use_of(case).call)):
        with _kept_random_state():
            after = [_draws_after(act, seed) for seed in (1, 2)]
        if any(one == other for one, other in zip(*after, strict=True)):
            raise Broken(f"{what} sets the global random state")
    changed = [name for name, (read, _) in SETTINGS.items() if read() != before[name]]
    for name in changed:
        SETTINGS[name][1](before[name])
    if changed:
        raise Broken(f"it changes {changed[0]}")


@check(
    "it leaves its inputs as they are",
    *NETWORKS,
    "loss",
    "penalty",
    "auxiliary_loss",
    "metric",
    "modality",
    advice="use no operations in place (x += 1, x.mul_(), x[:, 0] = 0, requires_grad_()) on what "
    "it is given: others use the same tensors; clone() first",
)
def leaves_inputs(case: Case[object]) -> None:
    use = use_of(case)
    before = {name: tensor.detach().clone() for name, tensor in use.given.items()}
    required = {name: tensor.requires_grad for name, tensor in use.given.items()}
    use.call()
    for name, tensor in use.given.items():
        if not torch.equal(before[name].nan_to_num(), tensor.detach().nan_to_num()):
            raise Broken(f"it writes into {name}")
        if tensor.requires_grad != required[name] or tensor.grad is not None:
            raise Broken(f"it changes requires_grad or the gradient of {name}")
    if use.module is not None and any(w.grad is not None for w in use.module.parameters()):
        raise Broken("it leaves gradients in weights before the backward pass")


@check(
    "it keeps no state but in weights and buffers",
    *NETWORKS,
    "loss",
    "penalty",
    "auxiliary_loss",
    "metric",
    advice="keep what changes in buffers (register_buffer), which a checkpoint holds, not in "
    "Python attributes; take random numbers from the global random states alone",
)
def keeps_no_hidden_state(case: Case[object]) -> None:
    use, found = use_of(case), []
    state = {} if use.module is None else use.module.state_dict()
    state = {name: tensor.clone() for name, tensor in state.items()}
    for _ in range(2):
        if use.module is not None:
            use.module.load_state_dict(state)
        with _kept_random_state():
            seed_step(0)
            found.append([tensor.detach().clone() for tensor in use.call()])
    first, again = found
    if len(first) != len(again) or not all(
        torch.equal(one.nan_to_num(), other.nan_to_num())
        for one, other in zip(first, again, strict=True)
    ):
        raise Broken("with the same weights, buffers and seed it returns something else again")


@contextmanager
def _kept_random_state() -> Iterator[None]:
    python, others = random.getstate(), numpy.random.get_state()
    try:
        with torch.random.fork_rng(devices=[]):
            yield
    finally:
        random.setstate(python)
        numpy.random.set_state(others)


def _draws_after(act: Callable[[], object], seed: int) -> tuple[float, ...]:
    seed_step(seed)
    act()
    return float(torch.rand(())), random.random(), float(numpy.random.rand())
