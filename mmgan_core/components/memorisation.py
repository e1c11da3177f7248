"""Memorisation: are made samples copies of training samples, in the evaluator's features?

The distance from a sample x to its nearest training sample t means little by itself, because
training samples lie closer together in some places than in others. So it is divided by the distance
from t to its own nearest training sample: r(x) = |x - t| / |t - nearest(t)|, which is about 1 for
new samples and 0 for copies. Authenticity is the share of samples with r > 1: Alaa et al. 2022,
"How faithful is your synthetic data? Sample-level metrics for evaluating and auditing generative
models", https://arxiv.org/abs/2102.08921.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor

from mmgan_core.components.condition_accuracy import wilson
from mmgan_core.contracts import Evaluated, Measurement, Metric
from mmgan_core.options import Options

# Rows compared at a time, so that memory does not grow with the training set.
FEW, MANY = 512, 8_192


class MemorisationOptions(Options):
    """Options of `core/memorisation`."""

    rare: float = Field(
        0.01, gt=0, lt=0.5, description="share of real test samples that count as copies"
    )


class Memorisation(Metric):
    """Measures authenticity, and the share of copies among the samples.

    A sample counts as a copy if its r is smaller than that of all but a share ``rare`` of real test
    samples. The floors are those of real test samples, which are not copies.
    """

    Options = MemorisationOptions
    options: MemorisationOptions
    explains: ClassVar[Mapping[str, str]] = {
        "authenticity": "The fraction of samples that are no nearer to a training sample than "
        "training samples are to one another.",
        "copies": "The fraction of samples that are nearly copies of training samples.",
    }
    needs = frozenset({"features"})
    needs_training_set: ClassVar[bool] = True

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({}, {"rare": 0.1})

    def measure(self, fake: Evaluated, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        """Return both shares.

        Copies are left out if there are too few real samples to say what is rare. Nothing is
        returned if there are fewer than two training samples.
        """
        if len(held_out.features) < 2 or not len(fake.features) or not len(real.features):
            return []
        made, true = (apart(evaluated.features, held_out.features) for evaluated in (fake, real))
        rows = [_share("authenticity", made > 1, true > 1, "higher")]
        if len(true) * self.options.rare >= 1:
            rare = true.quantile(self.options.rare)
            rows.append(_share("copies", made < rare, true < rare, "lower"))
        return rows


def apart(samples: Tensor, training: Tensor) -> Tensor:
    """r of features (N, F), with training features (T, F), as (N,)."""
    distance, found = _nearest(samples, training)
    nearest, back = found.unique(return_inverse=True)
    around, _ = _nearest(training[nearest], training, own=nearest)
    # Around a training sample that occurs twice the distance is 0; then r is small for copies only.
    return distance / around.clamp_min(1e-9)[back]


def _nearest(samples: Tensor, training: Tensor, own: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """The distance to the nearest training sample, and the number of that sample, each (N,).

    Args:
        own: if samples are training samples, the number of each, (N,): a sample is not its own
            neighbour.
    """
    distances, numbers = [], []
    for rows in torch.arange(len(samples)).split(FEW):
        lowest = torch.full((len(rows),), torch.inf, dtype=torch.float64)
        number = torch.zeros(len(rows), dtype=torch.long)
        for others in torch.arange(len(training)).split(MANY):
            # In double precision: see core/coverage.
            distance = torch.cdist(samples[rows].double(), training[others].double())
            if own is not None:
                distance[others == own[rows, None]] = torch.inf
            low, at = distance.min(1)
            number = torch.where(low < lowest, others[at], number)
            lowest = torch.minimum(low, lowest)
        distances.append(lowest)
        numbers.append(number)
    return torch.cat(distances), torch.cat(numbers)


def _share(name: str, of_fake: Tensor, of_real: Tensor, better: str) -> Measurement:
    count, size = int(of_fake.sum()), len(of_fake)
    low, high = wilson(count, size)
    floor = float(of_real.double().mean())
    return Measurement(name, count / size, floor, low, high, better, n=size)
