"""Concatenation: encodings side by side, with bits that say which entries are present.

The encoding of an absent entry is replaced by zeros.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor, nn

from mmgan_core.components.presence import PresenceOptions, dropped, no_vectors
from mmgan_core.contracts import Condition, ConditionSpace, Encoding, EncodingSpace, Fusion
from mmgan_core.foundation.init_weights import init_variance_scaling, kaiming_gain


class ConcatenationOptions(PresenceOptions):
    """Options of `core/concatenation`."""


class Concatenation(Fusion):
    """Turns the encodings (B, E_m) of all entries into conditions (B, dim), by a small network."""

    Options = ConcatenationOptions
    options: ConcatenationOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"dim": 6},)

    def __init__(self, options: ConcatenationOptions, spaces: Mapping[str, EncodingSpace]) -> None:
        super().__init__(options, spaces)
        self.space = ConditionSpace(dim=options.dim if self.dims else 0)
        if not self.dims:
            return
        width = sum(self.dims.values()) + len(self.dims)
        first, last = nn.Linear(width, options.dim), nn.Linear(options.dim, options.dim)
        # As large as the noise beside it: networks learn late to use a faint condition.
        init_variance_scaling(first, kaiming_gain(0.2), keep_bias=True)
        init_variance_scaling(last, keep_bias=True)
        self.mix = nn.Sequential(first, nn.LeakyReLU(0.2), last)

    def forward(
        self, encodings: Mapping[str, Encoding], present: Mapping[str, Tensor]
    ) -> Condition:
        """Fuse the encodings that are present."""
        if not self.dims:
            return no_vectors(present)
        parts = []
        for name in self.dims:
            there = present[name][:, None]
            # where(), not a product: the encoding of an absent entry may hold anything.
            parts += [torch.where(there, encodings[name].pooled, 0.0), there.float()]
        condition = Condition(self.mix(torch.cat(parts, dim=1)))
        return condition.bounded() if self.options.bounded else condition

    def keep(self, present: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Modality dropout by the options ``drop`` and ``drop_all``."""
        return dropped(present, drop=self.options.drop, drop_all=self.options.drop_all)
