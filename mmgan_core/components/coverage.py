"""Precision, recall, density and coverage in the evaluator's features.

Naeem et al. 2020, "Reliable fidelity and diversity metrics for generative models",
https://arxiv.org/abs/2002.09797. The ball of a real sample reaches to its k-th nearest neighbour
among the real samples.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor

from mmgan_core.contracts import Evaluated, Measurement, Metric
from mmgan_core.options import Options

# Rows compared at a time, so that memory grows with n and not with its square.
CHUNK = 1_024


class CoverageOptions(Options):
    """Options of `core/coverage`."""

    neighbours: int = Field(5, ge=1, description="k: which neighbour a ball reaches to")


class Coverage(Metric):
    """Measures four numbers; the floors are those of other real samples, with the same n."""

    Options = CoverageOptions
    needs = frozenset({"features"})
    explains: ClassVar[Mapping[str, str]] = {
        "precision": "The fraction of made samples that look like some real one.",
        "recall": "The fraction of real samples that look like some made one.",
        "density": "How densely real samples surround the made ones; 1 is as densely as "
        "themselves.",
        "coverage": "The fraction of real samples that have a made one in their neighbourhood.",
    }
    options: CoverageOptions

    def measure(self, fake: Evaluated, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        """Return precision, recall, density and coverage, or nothing for fewer than two samples."""
        count = min(len(fake.features), len(real.features), len(held_out.features))
        if count < 2:
            return []
        k = min(self.options.neighbours, count - 1)
        made = four(real.features[:count], fake.features[:count], k)
        floor = four(real.features[:count], held_out.features[:count], k)
        return [Measurement(name, made[name], floor[name], n=count) for name in made]


def four(real: Tensor, fake: Tensor, k: int) -> dict[str, float]:
    """Precision, recall, density and coverage of features (N, F), by name."""
    # In double precision: the fast form of cdist() is inexact for large features.
    real, fake = real.double(), fake.double()
    reach_real, reach_fake = _reach(real, k), _reach(fake, k)
    balls = torch.zeros(len(fake), device=fake.device)  # in how many real balls each fake lies
    covered = recalled = 0
    for rows in torch.arange(len(real), device=real.device).split(CHUNK):
        distance = torch.cdist(real[rows], fake)  # (rows, N fake)
        inside = distance < reach_real[rows, None]
        balls += inside.sum(0)
        covered += int(inside.any(1).sum())
        recalled += int((distance < reach_fake).any(1).sum())
    return {
        "precision": float((balls > 0).float().mean()),
        "recall": recalled / len(real),
        "density": float(balls.mean() / k),
        "coverage": covered / len(real),
    }


def _reach(features: Tensor, k: int) -> Tensor:
    """The distance from each sample to its k-th nearest neighbour, (N,)."""
    return torch.cat(
        [
            # Each sample is its own nearest neighbour, so one more is counted.
            torch.cdist(part, features).kthvalue(k + 1, dim=1).values
            for part in features.split(CHUNK)
        ]
    )
