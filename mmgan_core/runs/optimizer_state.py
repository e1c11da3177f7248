"""The state of an optimiser as named tensors, and back, bit for bit.

A tensor of a weight is called ``NUMBER.NAME``, where weights are numbered over all groups. A number
of Python has its type at the end, ``NUMBER.NAME:float``, so that it is one again. What an optimiser
writes into its groups is ``groupNUMBER.NAME:int``; rates are not kept, they are the recipe's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from mmgan_core.errors import MmganError

# Python computes with these types, which hold its numbers exactly.
_TYPES: Mapping[str, tuple[type, torch.dtype]] = {
    "bool": (bool, torch.bool),
    "int": (int, torch.int64),
    "float": (float, torch.float64),
}
_GROUP = "group"


def flat_optimizer(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return the state of an optimiser as tensors.

    Raises:
        MmganError: if it holds something that is neither a tensor nor a number.
    """
    saved = optimizer.state_dict()
    flat: dict[str, Tensor] = {}
    for number, values in saved["state"].items():
        if not isinstance(values, Mapping):
            raise _cannot_be_saved(optimizer, str(number), values)
        for name, value in values.items():
            if value is not None:
                flat |= dict([_named(optimizer, f"{number}.{name}", value)])
    for number, group in enumerate(saved["param_groups"]):
        for name, value in _written(group, optimizer.defaults):
            flat |= dict([_named(optimizer, f"{_GROUP}{number}.{name}", value)])
    return flat


def restore_optimizer(optimizer: torch.optim.Optimizer, flat: Mapping[str, Tensor]) -> None:
    """Restore the state that ``flat_optimizer`` returned; rates stay the recipe's."""
    state: dict[int, dict[str, object]] = {}
    groups = optimizer.state_dict()["param_groups"]
    for key, tensor in flat.items():
        holder, _, name = key.partition(".")
        name, _, kind = name.partition(":")
        value = _TYPES[kind][0](tensor.item()) if kind else tensor
        if holder.startswith(_GROUP):
            groups[int(holder.removeprefix(_GROUP))][name] = value
        else:
            state.setdefault(int(holder), {})[name] = value
    optimizer.load_state_dict({"state": state, "param_groups": groups})
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    for number, saved in state.items():
        _restore_form(weights[number], optimizer.state[weights[number]], saved)


def _restore_form(weight: Tensor, values: dict[str, object], saved: Mapping[str, object]) -> None:
    """Give a weight's tensors the types that they had, and the strides that they need."""
    for name, value in values.items():
        if not isinstance(value, Tensor):
            continue
        before = saved[name]
        assert isinstance(before, Tensor)  # what is a tensor was saved as one
        if value.dtype != before.dtype and name != "step":  # torch keeps a step as it is
            value = values[name] = before.to(weight.device)
        # Files do not store strides, and a fused optimiser expects a weight's moments to have the
        # strides of the weight.
        if value.shape == weight.shape:
            values[name] = torch.empty_like(weight, dtype=value.dtype).copy_(value)


def _written(
    group: Mapping[str, object], defaults: Mapping[str, object]
) -> Iterator[tuple[str, object]]:
    """What an optimiser has written into a group since it was built."""
    for name, value in group.items():
        if name in ("params", "lr") or not isinstance(value, (int, float, Tensor)):
            continue
        before = defaults.get(name)
        if type(before) is not type(value) or not bool(torch.as_tensor(before == value).all()):
            yield name, value


def _named(optimizer: torch.optim.Optimizer, name: str, value: object) -> tuple[str, Tensor]:
    if isinstance(value, Tensor):
        return name, value
    for kind, (of_python, of_torch) in _TYPES.items():
        if type(value) is of_python:
            return f"{name}:{kind}", torch.tensor(value, dtype=of_torch)
    raise _cannot_be_saved(optimizer, name, value)


def _cannot_be_saved(optimizer: torch.optim.Optimizer, name: str, value: object) -> MmganError:
    return MmganError(
        f"the optimiser {type(optimizer).__name__} keeps a {type(value).__name__} as {name!r}, "
        "which a checkpoint cannot hold",
        hint="it may keep tensors and numbers: choose another train.optimizer",
    )
