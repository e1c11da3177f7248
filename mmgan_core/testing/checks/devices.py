"""Devices: a component makes its tensors where its inputs are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from mmgan_core.testing.cases import Case
from mmgan_core.testing.check import NETWORKS, Broken, NotApplicable, check
from mmgan_core.testing.uses_elsewhere import uses_elsewhere

META = torch.device("meta")
# Moves between devices on purpose, and indexes with numbers of rows, which may be on the CPU.
ALLOWED = ("copy", "index", "_to_copy")
# On the meta device tensors have no values.
VALUELESS = ("item() cannot be called", "nonzero", "'Meta' backend", "no data", "Meta tensors")


@check(
    "it makes its tensors on the device of its inputs",
    *NETWORKS,
    "auxiliary_loss",
    "loss",
    "penalty",
    "modality",
    advice="keep constant tensors in buffers (register_buffer), and give every new tensor a "
    "device: torch.zeros(..., device=x.device), torch.randn_like(x), x.new_zeros(...)",
)
def follows_its_inputs(case: Case[object]) -> None:
    """The inputs are on the meta device, so that no accelerator is needed."""
    for _, use in uses_elsewhere(case, META):
        try:
            with _Devices():  # type: ignore[no-untyped-call]
                made = list(use())
        except Broken:
            raise
        except (RuntimeError, NotImplementedError) as error:
            if any(word in str(error) for word in VALUELESS):
                raise NotApplicable("its values decide what it does") from None
            if "meta" not in str(error):
                raise
            raise Broken(f"it mixes devices: {str(error).splitlines()[0]}") from None
        if any(tensor.device != META for tensor in made):
            raise Broken("what it returns is not on the device of its inputs")


class _Devices(TorchDispatchMode):
    """Refuses operations on tensors of two devices, also those that torch's meta device lets by."""

    def __torch_dispatch__(
        self,
        func: Callable[..., object],
        types: object,
        args: Sequence[object] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> object:
        name = func.__name__.split(".")[0]
        given = [t for t in _tensors([*args, *(kwargs or {}).values()]) if t.dim()]
        if len({t.device for t in given}) > 1 and not name.strip("_").startswith(ALLOWED):
            raise Broken(f"{name} takes a tensor that it made on the CPU beside its inputs")
        return func(*args, **(kwargs or {}))


def _tensors(parts: Sequence[object]) -> Iterator[Tensor]:
    for part in parts:
        if isinstance(part, Tensor):
            yield part
        elif isinstance(part, list | tuple):
            yield from _tensors(part)
