"""One use of a component as training uses it, for checks that ask the same of every kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

import torch
from torch import Tensor, nn

from mmgan_core.contracts import (
    Critique,
    DataSource,
    Explainer,
    Loss,
    Metric,
    Modality,
    Optimizer,
    Penalty,
)
from mmgan_core.spec import Spec
from mmgan_core.testing.cases import Case, Inputs, NetworkCase, values
from mmgan_core.testing.explained import explained
from mmgan_core.testing.samples import SmallCritic, logits
from mmgan_core.testing.shown import Shown, tensors

ROWS = 6


@dataclass(frozen=True)
class Use:
    """A component that was built, and one way to call it, which can be repeated.

    Attributes:
        call: calls it, and returns what can be compared.
        given: the tensors that it is handed.
        module: the component, if it is a module.
    """

    call: Callable[[], list[Tensor]]
    given: Inputs = field(default_factory=dict)
    module: nn.Module | None = None


def use_of(case: Case[object], *, training: bool = True) -> Use:
    """The use of a component of any kind."""
    if isinstance(case, NetworkCase):
        return _of_network(case, training)
    part = case.build()
    if isinstance(part, Loss):
        return _of_loss(part)
    if isinstance(part, Penalty):
        return _of_penalty(part)
    if isinstance(part, Metric):
        return _of_metric(part, case.spec)
    if isinstance(part, Explainer):
        return _of_explainer(part, case.spec)
    if isinstance(part, Modality):
        return _of_modality(part)
    if isinstance(part, Optimizer):
        return _of_optimizer(part)
    return _of_source(cast(DataSource, part))


def _of_network(case: NetworkCase[nn.Module], training: bool) -> Use:
    module = case.build().train(training)
    inputs = case.inputs(module, ROWS)
    return Use(lambda: case.answers(module, inputs), inputs, module)


def _of_loss(loss: Loss) -> Use:
    real, fake = logits((ROWS, 2), 1.0)

    def call() -> list[Tensor]:
        features = (real.detach(),)
        compared = Critique(real, features) if loss.needs_real_in_generator_phase else None
        return [
            loss.discriminator(Critique(real, features), Critique(fake, features)),
            loss.generator(compared, Critique(fake, features)),
        ]

    return Use(call, {"real logits": real, "fake logits": fake})


def _of_penalty(penalty: Penalty) -> Use:
    critic = SmallCritic.made()
    random = torch.Generator().manual_seed(0)
    real, fake = (torch.randn(ROWS, *critic.shape, generator=random) for _ in range(2))
    return Use(lambda: [penalty(critic, real, fake)], {"real": real, "fake": fake}, critic)


def _of_metric(metric: Metric, spec: Spec) -> Use:
    shown = Shown(spec, metric)
    groups = {name: shown(seed) for seed, name in enumerate(("fake", "real", "held out"))}
    given = {
        f"{name} {part}": tensor
        for name, group in groups.items()
        for part, tensor in tensors(group).items()
    }

    def call() -> list[Tensor]:
        rows = metric.measure(groups["fake"], groups["real"], groups["held out"])
        return [torch.as_tensor(row.value) for row in rows]

    return Use(call, given)


def _of_explainer(explainer: Explainer, spec: Spec) -> Use:
    seen = explained(spec)

    def call() -> list[Tensor]:
        return [torch.tensor(one.influence) for one in explainer.explain(seen)]

    return Use(call, {"samples": seen.samples})


def _of_modality(modality: Modality) -> Use:
    decoded = values(modality, 2)
    prepared = modality.prepare(decoded)

    def call() -> list[Tensor]:
        sample = modality.to_sample(prepared)
        modality.present(sample)
        return [modality.prepare(decoded), sample]

    return Use(call, {"prepared": prepared})


def _of_optimizer(optimizer: Optimizer) -> Use:
    gradient = torch.linspace(-1, 1, 12).reshape(4, 3)

    def call() -> list[Tensor]:
        weight = nn.Parameter(torch.ones(4, 3))
        weight.grad = gradient.clone()
        optimizer.build([{"params": [weight], "lr": 0.01}]).step()
        return [weight.detach()]

    return Use(call, {"gradient": gradient})


def _of_source(source: DataSource) -> Use:
    def call() -> list[Tensor]:
        for table in source.tables("train"):
            for column in table.columns:
                table.values(column, [0])
        return []

    return Use(call)
