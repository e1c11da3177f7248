"""A model as explainers see it: what it makes of given values, always of the same noise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from mmgan_core.contracts import Condition, Explained, Inner, Inputs
from mmgan_core.errors import UsageError, nearest
from mmgan_core.inference.inner import inner_of
from mmgan_core.inference.inputs import inputs_of
from mmgan_core.inference.noise import sampled_noise, shifted
from mmgan_core.inference.realness import realness_of
from mmgan_core.inference.training_samples import training_samples

Labels = Callable[[Tensor], Mapping[str, Tensor]]
"""Says which samples, (B, *shape), are read as each label, (B,), by its name."""

if TYPE_CHECKING:
    from mmgan_core.inference.model import Model

_AT_ONCE = 64
_STEPS, _STARTS = 150, 8


def asked(
    model: Model,
    given: Mapping[str, object],
    *,
    made: str = "",
    noises: int = 16,
    orders: int = 8,
    seed: int = 0,
    labels: Labels | None = None,
) -> Explained:
    """What explainers see of a model.

    Args:
        model: the model.
        given: one value for each entry that is given.
        made: the made entry that is looked at; default: the first.
        noises: how many samples are made each time.
        orders: how many random orders tests compare with.
        seed: decides the noise and the orders.
        labels: what an evaluator reads of samples of the made entry, if one is at hand.

    Raises:
        UsageError: if several values of an entry are given, or there is no such entry.
    """
    name = made or model.made[0]
    if name not in model.made:
        raise UsageError(f"{model.name} has no entry {name!r}", hint=nearest(name, model.made))
    model.refuse_unknown(given)
    several = next((entry for entry, value in given.items() if isinstance(value, list)), "")
    if several:
        raise UsageError(
            f"{several} is given several times", hint=f"give one value of: {', '.join(model.given)}"
        )
    realness = realness_of(model, name, given, seed)
    modalities = {entry: model.gan.encoder(entry).modality for entry in given}
    modalities[name] = model.gan.modalities[name]
    noise = shifted(sampled_noise(model.gan, model.made, seed, noises), model.shift)

    def make(values: Mapping[str, object]) -> Tensor:
        return _made(model, name, noise, values, seed)

    def shares() -> Mapping[str, float]:
        return shares_of(model, given, name)

    def nearest_to(wanted: Tensor, values: Mapping[str, object]) -> Tensor:
        (value,) = model.gan.modalities[name].present(wanted[None])
        found = model.invert(name, value, steps=_STEPS, starts=_STARTS, seed=seed, **values)
        return found.sample[0].detach().float().cpu()

    searched = nearest_to if model.gan.noise_dims[model.gan.noise_of(name)] else None
    training = partial(training_samples, model, name)

    def inputs(entry: str) -> Inputs | None:
        return inputs_of(model, name, entry, given, noise, seed)

    def inner() -> Inner:
        with torch.no_grad():
            condition = _condition(model, name, noise, given, seed)
        again = partial(_made_of, model, name, noise, condition)
        axes = len(model.gan.modalities[name].space.shape) - 1
        return inner_of(model.gan.generator(name), again, axes)

    return Explained(
        given,
        name,
        modalities,
        make,
        shares,
        orders,
        seed,
        realness=realness,
        nearest=searched,
        training=training,
        inputs=inputs,
        inner=inner,
        labels=labels,
    )


@torch.no_grad()
def shares_of(model: Model, given: Mapping[str, object], made: str) -> dict[str, float]:
    """Which part of the condition of a made entry is due to each given entry, if that is known."""
    fusion, read = model.gan.fusion, model.gan.conditioned_on(made)
    if fusion is None:
        return {}
    prepared = {name: model.gan.preparing(name)([one]) for name, one in given.items()}
    moved = {n: {k: t.to(model.device) for k, t in rows.items()} for n, rows in prepared.items()}
    encodings = {
        name: space.zeros(1, model.device) for name, space in model.gan.spaces.items()
    } | model.gan.encode(moved)
    there = {
        name: torch.tensor([name in given and name in read], device=model.device)
        for name in encodings
    }
    shares = fusion.shares(encodings, there)
    return {name: float(rows[0]) for name, rows in shares.items() if not name or name in given}


@torch.no_grad()
def _made(
    model: Model,
    name: str,
    noise: Mapping[str, Tensor],
    values: Mapping[str, object],
    seed: int,
) -> Tensor:
    """Samples of one made entry, within their range; values of others are not even presented."""
    return _made_of(model, name, noise, _condition(model, name, noise, values, seed))


def _condition(
    model: Model,
    name: str,
    noise: Mapping[str, Tensor],
    values: Mapping[str, object],
    seed: int,
) -> Condition:
    """The condition of each sample; of one row, if it is that of all."""
    count = len(noise[model.gan.noise_of(name)])
    drawn = model.prior is not None and len(values) < len(model.given)
    # Equal rows are encoded once, but entries that are drawn differ from row to row.
    rows = count if drawn else 1
    repeated = {entry: [value] * rows for entry, value in values.items()}
    return model.conditions(repeated, rows, seed=seed)[name]


@torch.no_grad()
def _made_of(model: Model, name: str, noise: Mapping[str, Tensor], condition: Condition) -> Tensor:
    count, each = len(noise[model.gan.noise_of(name)]), len(condition.pooled) > 1
    most = min(model.at_once, _AT_ONCE)
    parts = []
    for start in range(0, count, most):
        numbers = torch.arange(start, min(start + most, count), device=model.device)
        parts.append(_batch(model, name, noise, condition, numbers, each))
    space = model.gan.modalities[name].space
    return torch.cat(parts).clamp(space.low, space.high)


def _batch(
    model: Model,
    name: str,
    noise: Mapping[str, Tensor],
    condition: Condition,
    numbers: Tensor,
    each: bool,
) -> Tensor:
    seen = condition.take(numbers if each else torch.zeros_like(numbers))
    cut = {entry: rows[numbers.cpu()].to(model.device) for entry, rows in noise.items()}
    made: Tensor = model.gan.make(cut, seen, entries=[name])[name]
    return made.float().cpu()
