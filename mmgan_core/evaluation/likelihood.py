"""How likely held-out samples are, for generators that know it; no evaluator is needed.

The numbers are per number or choice of a sample (``Generator.likelihood_dims``), so that samples of
different lengths are compared fairly. With nats h, the bits are h / log 2 and the perplexity e^h.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from mmgan_core.contracts import Measurement
from mmgan_core.data.feed import Feed
from mmgan_core.inference.model import Model
from mmgan_core.runs.measurements import Number

BATCH = 256


def known_likelihoods(model: Model) -> list[str]:
    """The made entries whose generators know the likelihood of a sample."""
    return [n for n, part in model.blueprint.make.items() if part.generator.spec.knows_likelihood]


def likelihood_rows(
    model: Model,
    name: str,
    test: Feed,
    plans: Sequence[tuple[str, Sequence[str], bool]],
    *,
    count: int,
    seed: int,
) -> Iterator[Number]:
    """Yield the numbers of one made entry.

    Args:
        model: the model.
        name: a made entry whose generator knows the likelihood.
        test: the held-out rows; each is measured at most once.
        plans: titles with the entries to give, and whether to give another row's values.
        count: how many rows are measured.
        seed: decides which other rows.
    """
    count = min(count, len(test))
    for title, given, shuffled in plans:
        nats, dims = _measured(model, name, test, given, count, seed if shuffled else None)
        for found in measurements(nats, dims, choices=model.gan.generator(name).makes_choices):
            yield {
                "entry": name,
                "given": title,
                "name": found.name,
                "value": found.value,
                "floor": None,
                "low": found.low,
                "high": found.high,
                "better": found.better,
                "n": count,
                "target": "",
                "evaluator": "",
                "evaluator_hash": "",
                "evaluator_accuracy": None,
            }


def measurements(nats: Tensor, dims: Tensor, *, choices: bool) -> list[Measurement]:
    """The numbers of some samples, with 95 % intervals over the samples.

    Args:
        nats: the negative log-likelihood of each sample, (N,).
        dims: of how many numbers or choices each likelihood is a product, (N,).
        choices: whether they are choices, which have a perplexity.
    """
    nats, dims = nats.double(), dims.double()
    mean = float(nats.sum() / dims.sum())
    # The standard error of a ratio of two means.
    apart = (nats - mean * dims) / dims.mean()
    half = 1.96 * float(apart.std()) / math.sqrt(len(nats)) if len(nats) > 1 else math.nan
    low, high = (None, None) if math.isnan(half) else (mean - half, mean + half)
    scales: dict[str, Callable[[float], float]] = {
        "nats per dimension": float,
        "bits per dimension": lambda h: h / math.log(2),
    }
    if choices:
        scales["perplexity"] = lambda h: math.exp(min(h, 700.0))  # more is no float
    return [
        Measurement(
            title,
            scale(mean),
            low=None if low is None else scale(low),
            high=None if high is None else scale(high),
            better="lower",
            n=len(nats),
        )
        for title, scale in scales.items()
    ]


@torch.no_grad()
def _measured(
    model: Model, name: str, test: Feed, given: Sequence[str], count: int, seed: int | None
) -> tuple[Tensor, Tensor]:
    """The negative log-likelihood and the dimensions of each row, (count,); a seed shuffles."""
    generator, nats, dims = model.gan.generator(name), [], []
    for start in range(0, count, BATCH):
        rows = min(BATCH, count - start)
        batch = test.batch(0, start, rows, model.device)
        chosen = {n: batch.given[n] for n in given}
        condition = model.gan.given_conditions(chosen, rows, model.device)[name]
        if seed is not None:
            random = torch.Generator().manual_seed(seed + start)
            order = torch.randperm(rows, generator=random).to(model.device)
            # The text that is measured is as long as its own given value says.
            condition = replace(condition.take(order), places=condition.places)
        own = model.gan.condition_for(name, condition, None)
        real = model.gan.cut(name, batch.real[name], own)
        nats.append(-generator.log_likelihood(real, own, own.places).cpu())
        dims.append(generator.likelihood_dims(real, own.places).cpu())
    return torch.cat(nats), torch.cat(dims)
