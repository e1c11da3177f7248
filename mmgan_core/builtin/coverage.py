"""Precision, recall, density and coverage in the judge's features.

Naeem et al. 2020, "Reliable fidelity and diversity metrics for generative models",
https://arxiv.org/abs/2002.09797. A real sample's ball reaches to its k-th nearest real neighbour.
"""

from __future__ import annotations

import torch
from pydantic import Field
from torch import Tensor

from mmgan_core.contracts import Judged, Measurement, Metric
from mmgan_core.options import Options


class CoverageOptions(Options):
    """Options of `core/coverage`."""

    neighbours: int = Field(5, ge=1, description="k")


class Coverage(Metric):
    """Four numbers; the floors are those of other real samples at the same n."""

    Options = CoverageOptions
    options: CoverageOptions

    def measure(self, fake: Judged, real: Judged, held_out: Judged) -> list[Measurement]:
        """Precision, recall, density, coverage."""
        count = min(len(fake.features), len(real.features), len(held_out.features))
        k = min(self.options.neighbours, count - 1)
        made = four(real.features[:count], fake.features[:count], k)
        floor = four(real.features[:count], held_out.features[:count], k)
        return [Measurement(f"{name} (n = {count})", made[name], floor[name]) for name in made]


def four(real: Tensor, fake: Tensor, k: int) -> dict[str, float]:
    """The four numbers of features (N, F)."""
    reach_real, reach_fake = _reach(real, k), _reach(fake, k)
    apart = torch.cdist(real, fake)  # (N real, N fake)
    inside_real = apart < reach_real[:, None]
    return {
        "precision": float(inside_real.any(0).float().mean()),
        "recall": float((apart < reach_fake[None, :]).any(1).float().mean()),
        "density": float(inside_real.float().sum(0).mean() / k),
        "coverage": float(inside_real.any(1).float().mean()),
    }


def _reach(features: Tensor, k: int) -> Tensor:
    return torch.cdist(features, features).kthvalue(k + 1, dim=1).values
