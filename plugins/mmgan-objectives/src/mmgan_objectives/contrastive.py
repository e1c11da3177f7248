"""Contrastive alignment: InfoNCE between every two given entries, in both directions.

Encodings of one row in different entries are pulled together, those of other rows apart. For the
encoding u of a row in one entry and the encodings v_j in another, all scaled to unit length,

    L = -mean over positives p of log [exp(u.v_p / t) / sum_j exp(u.v_j / t)]

where every row with the same meaning is a positive p. van den Oord et al. 2018, "Representation
learning with contrastive predictive coding", https://arxiv.org/abs/1807.03748; for several
positives Khosla et al. 2020, "Supervised contrastive learning", https://arxiv.org/abs/2004.11362.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import permutations

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import log_softmax, normalize

from mmgan_core.contracts import Alignment, Encoding
from mmgan_core.errors import BadValue
from mmgan_core.options import Options


class ContrastiveOptions(Options):
    """Options of `objectives/contrastive`."""

    temperature: float = Field(0.1, gt=0, description="t: a smaller one weighs similar rows more")
    dim: int | None = Field(
        None, ge=1, description="project encodings to this size; needed if their sizes differ"
    )


class Contrastive(Alignment):
    """Encodings (B, E_m) of all entries to a scalar."""

    Options = ContrastiveOptions
    options: ContrastiveOptions
    takes_present = True

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({}, {"dim": 4, "temperature": 0.5})

    def __init__(self, options: ContrastiveOptions, dims: Mapping[str, int]) -> None:
        super().__init__(options, dims)
        if len(dims) < 2:
            raise BadValue("only one entry is given, with nothing to align it to: leave out align")
        if options.dim is None and len(set(dims.values())) > 1:
            raise BadValue(f"encodings differ in size, {dict(dims)}: make them equal, or set dim")
        self.project = nn.ModuleDict(
            {
                name: nn.Identity() if options.dim is None else nn.Linear(size, options.dim)
                for name, size in dims.items()
            }
        )

    def forward(
        self,
        encodings: Mapping[str, Encoding],
        same: Tensor,
        present: Mapping[str, Tensor] | None = None,
    ) -> Tensor:
        """The mean over ordered pairs of entries and over rows that have a value and a positive."""
        unit = {
            name: normalize(project(encodings[name].pooled).float(), dim=1)
            for name, project in self.project.items()
        }
        if present is not None:
            losses = [
                self._of_present(unit[one], unit[other], same, present[one], present[other])
                for one, other in permutations(unit, 2)
            ]
            return torch.stack(losses).mean()
        positives = same.float() / same.float().sum(1, keepdim=True)
        losses = [
            -(positives * self._likelihood(unit[one], unit[other])).sum(1).mean()
            for one, other in permutations(unit, 2)
        ]
        return torch.stack(losses).mean()

    def _of_present(
        self, one: Tensor, other: Tensor, same: Tensor, of: Tensor, to: Tensor
    ) -> Tensor:
        """The mean over rows ``of`` that have a positive among the rows ``to``; 0 if none has."""
        positive = (same & to[None, :]).float()
        counted = (of & (positive.sum(1) > 0)).float()
        similar = one @ other.T / self.options.temperature
        # Not minus infinity, whose product with 0 is no number.
        logs = log_softmax(similar.masked_fill(~to[None, :], -1e9), dim=1)
        losses = -(positive * logs).sum(1) / positive.sum(1).clamp_min(1)
        return (losses * counted).sum() / counted.sum().clamp_min(1)

    def _likelihood(self, one: Tensor, other: Tensor) -> Tensor:
        return log_softmax(one @ other.T / self.options.temperature, dim=1)  # (B, B)
