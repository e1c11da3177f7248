"""Uses of a component on another device than the CPU, as a training step uses it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import cast

import torch
from torch import Tensor, nn

from mmgan_core.contracts import (
    Augmentation,
    AuxiliaryLoss,
    Critique,
    Fusion,
    Loss,
    Modality,
    Optimizer,
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
from mmgan_core.testing.samples import SmallCritic

Call = Callable[[], list[Tensor]]
# The share of a sample that is masked.
_LOW, _HIGH = 0.2, 0.4


def uses_elsewhere(case: Case[object], device: torch.device) -> Iterator[tuple[bool, Call]]:
    """Ways to call a component whose inputs and weights are on a device.

    Yields:
        Whether a training step calls it so, and a function that does; it returns what was made.
    """
    if isinstance(case, NetworkCase):
        yield from _of_network(case, device)
        return
    part = cast(PlainCase[Loss | Penalty | Modality | Optimizer], case).build()
    if isinstance(part, Loss):
        real, fake = (Critique(torch.zeros(4, 2, device=device)) for _ in range(2))
        compared = real if part.needs_real_in_generator_phase else None
        yield True, lambda: [part.discriminator(real, fake), part.generator(compared, fake)]
    elif isinstance(part, Penalty):
        critic = SmallCritic.made().to(device)
        sample = torch.zeros(4, *critic.shape, device=device)
        yield True, lambda: [part(critic, sample, sample)]
    elif isinstance(part, Optimizer):
        # Some of torch's, such as Adafactor, read norms on the host: who chooses one knows.
        yield False, partial(_steps, part, nn.Parameter(torch.zeros(4, 3, device=device)))
    else:
        yield from _of_modality(part, device)


def _of_network(case: NetworkCase[N], device: torch.device) -> Iterator[tuple[bool, Call]]:
    module = case.build()
    inputs = {name: tensor.to(device) for name, tensor in case.inputs(module).items()}
    stage = case.stage().to(device) if isinstance(case, AuxiliaryLossCase) else None
    moved = module.to(device)
    for training in (True, False):
        moved.train(training)
        if isinstance(case, AuxiliaryLossCase):
            assert stage is not None
            loss = partial(case.loss, cast(AuxiliaryLoss, moved), stage, inputs)
            yield training, partial(_listed, loss)
        elif isinstance(case, AugmentationCase):
            changed = partial(_changed, case, cast(Augmentation, moved), inputs["sample"])
            yield training, changed
        else:
            yield training, partial(case.answers, moved, inputs)
    if isinstance(case, FusionCase):
        present = {name: torch.ones(4, dtype=torch.bool, device=device) for name in case.dims}
        yield True, lambda: list(cast(Fusion, module).keep(present).values())


def _of_modality(part: Modality, device: torch.device) -> Iterator[tuple[bool, Call]]:
    prepared = part.prepare(values(part, 2)).to(device)
    yield True, lambda: [part.to_sample(prepared)]
    for kind in ("everything", "centre", *part.mask_kinds):
        yield True, partial(_masks, part, kind, device)


def _masks(part: Modality, kind: str, device: torch.device) -> list[Tensor]:
    with device:
        return [part.sample_masks(kind, 4, _LOW, _HIGH)]


def _steps(part: Optimizer, weight: nn.Parameter) -> list[Tensor]:
    optimizer = part.build([{"params": [weight], "lr": 0.01}])
    for _ in range(2):
        weight.grad = torch.ones_like(weight)
        optimizer.step()
    return [weight.detach()]


def _listed(call: Callable[[], Tensor]) -> list[Tensor]:
    return [call()]


def _changed(case: AugmentationCase, module: Augmentation, sample: Tensor) -> list[Tensor]:
    change = case.change(module, sample)
    said = (change.augmentation_parameters, change.rows, change.share)
    return [change(sample), *(part for part in said if part is not None)]
