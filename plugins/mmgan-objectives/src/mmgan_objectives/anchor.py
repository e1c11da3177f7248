"""Anchor alignment: pulls the encodings of all given entries towards that of one, the anchor.

    L = mean over the other entries m and the rows of 1 - cos(project(u_m), u_anchor)

The anchor gets no gradient. With a frozen pretrained encoder as the anchor this is distillation:
the regression baseline of Tian et al. 2020, "Contrastive representation distillation",
https://arxiv.org/abs/1910.10699.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity

from mmgan_core.contracts import Alignment, Encoding
from mmgan_core.errors import BadValue, nearest
from mmgan_core.options import Options


class AnchorOptions(Options):
    """Options of `objectives/anchor`."""

    anchor: str = Field(description="the given entry that the others are pulled towards")


class Anchor(Alignment):
    """Encodings (B, E_m) of all entries to a scalar."""

    Options = AnchorOptions
    options: AnchorOptions
    takes_present = True

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"anchor": "a"},)

    def __init__(self, options: AnchorOptions, dims: Mapping[str, int]) -> None:
        super().__init__(options, dims)
        if len(dims) < 2:
            raise BadValue("only one entry is given, with nothing to align it to: leave out align")
        if options.anchor not in dims:
            raise BadValue(
                f"anchor {options.anchor!r} is not given: {nearest(options.anchor, dims)}"
            )
        target = dims[options.anchor]
        self.project = nn.ModuleDict(
            {n: nn.Linear(size, target) for n, size in dims.items() if n != options.anchor}
        )

    def forward(
        self,
        encodings: Mapping[str, Encoding],
        same: Tensor,
        present: Mapping[str, Tensor] | None = None,
    ) -> Tensor:
        """The mean over the other entries and the rows that have both values."""
        target = encodings[self.options.anchor].pooled.detach().float()
        distances = {
            name: 1 - cosine_similarity(project(encodings[name].pooled).float(), target)
            for name, project in self.project.items()
        }
        if present is None:
            return torch.stack([rows.mean() for rows in distances.values()]).mean()
        losses = []
        for name, rows in distances.items():
            both = (present[name] & present[self.options.anchor]).float()
            losses.append((rows * both).sum() / both.sum().clamp_min(1))
        return torch.stack(losses).mean()
