"""Memorisation: are made samples copies of training samples, in the evaluator's features?

How near a sample x comes to its nearest training sample t means little by itself: where training
samples lie close together everything is near one. So it is compared with how near t is to the
training sample next to it: r(x) = |x - t| / |t - next(t)|, about 1 for fresh samples and 0 for
copies. Authenticity is the share with r > 1: Alaa et al. 2022, "How faithful is your synthetic
data? Sample-level metrics for evaluating and auditing generative models",
https://arxiv.org/abs/2102.08921.
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
        0.01, gt=0, lt=0.5, description="share of real test samples that are counted as copies"
    )


class Memorisation(Metric):
    """Authenticity, and the share of samples that are as near as real ones but rarely are.

    The floors are those of real test samples, which nobody copied.
    """

    Options = MemorisationOptions
    options: MemorisationOptions
    needs_training_set: ClassVar[bool] = True

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({}, {"rare": 0.1})

    def measure(self, fake: Evaluated, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        """Two shares; no copies where real samples are too few to say what is rare, and nothing
        where there are fewer than two training samples.
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
    """r of features (N, F) among training features (T, F), (N,)."""
    distance, found = _nearest(samples, training)
    hit, back = found.unique(return_inverse=True)
    around, _ = _nearest(training[hit], training, own=hit)
    # Of training samples that are there twice, only copies are near.
    return distance / around.clamp_min(1e-9)[back]


def _nearest(samples: Tensor, training: Tensor, own: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Distance to the nearest training sample and its number, each (N,).

    Args:
        own: the number of each sample among the training ones: it is not its own neighbour.
    """
    distances, numbers = [], []
    for rows in torch.arange(len(samples)).split(FEW):
        lowest = torch.full((len(rows),), torch.inf, dtype=torch.float64)
        number = torch.zeros(len(rows), dtype=torch.long)
        for others in torch.arange(len(training)).split(MANY):
            # In double precision: see core/coverage.
            far = torch.cdist(samples[rows].double(), training[others].double())
            if own is not None:
                far[others == own[rows, None]] = torch.inf
            low, at = far.min(1)
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
