"""Devices: a component makes its tensors where its inputs are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import cast

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from mmgan_core.contracts import (
    Augmentation,
    AuxiliaryLoss,
    Critique,
    Fusion,
    Loss,
    Modality,
    Penalty,
)
from mmgan_core.testing.cases import (
    AugmentationCase,
    AuxiliaryLossCase,
    Case,
    FusionCase,
    N,
    NetworkCase,
    PlainCase,
    values,
)
from mmgan_core.testing.check import NETWORKS, Broken, NotApplicable, check
from mmgan_core.testing.samples import SmallCritic

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
    for use in _uses(case):
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


def _uses(case: Case[object]) -> Iterator[Callable[[], list[Tensor]]]:
    if isinstance(case, NetworkCase):
        yield from _of_network(case)
        return
    part = cast(PlainCase[Loss | Penalty | Modality], case).build()
    if isinstance(part, Loss):
        real, fake = (Critique(torch.zeros(4, 2, device=META)) for _ in range(2))
        compared = real if part.needs_real_in_generator_phase else None
        yield lambda: [part.discriminator(real, fake), part.generator(compared, fake)]
    elif isinstance(part, Penalty):
        critic = SmallCritic.made().to(META)
        sample = torch.zeros(4, *critic.shape, device=META)
        yield lambda: [part(critic, sample, sample)]
    else:
        prepared = part.prepare(values(part, 2)).to(META)
        yield lambda: [part.to_sample(prepared)]


def _of_network(case: NetworkCase[N]) -> Iterator[Callable[[], list[Tensor]]]:
    module = case.build()
    inputs = {name: tensor.to(META) for name, tensor in case.inputs(module).items()}
    stage = case.stage().to(META) if isinstance(case, AuxiliaryLossCase) else None
    moved = module.to(META)
    for training in (True, False):
        moved.train(training)
        if isinstance(case, AuxiliaryLossCase):
            assert stage is not None
            yield partial(_listed, partial(case.loss, cast(AuxiliaryLoss, moved), stage, inputs))
        elif isinstance(case, AugmentationCase):
            yield partial(_changed, case, cast(Augmentation, moved), inputs["sample"])
        else:
            yield partial(case.answers, moved, inputs)
    if isinstance(case, FusionCase):
        present = {name: torch.ones(4, dtype=torch.bool, device=META) for name in case.dims}
        yield lambda: list(cast(Fusion, module).keep(present).values())


def _listed(call: Callable[[], Tensor]) -> list[Tensor]:
    return [call()]


def _changed(case: AugmentationCase, module: Augmentation, sample: Tensor) -> list[Tensor]:
    change = case.change(module, sample)
    said = (change.augmentation_parameters, change.rows, change.share)
    return [change(sample), *(part for part in said if part is not None)]
