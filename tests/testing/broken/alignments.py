"""Broken components: alignments."""

from __future__ import annotations

import torch
from torch.nn import functional

from .. import healthy as h
from .registry import caught_by

TOGETHER = "it is smaller where encodings of the same meaning are alike"


@caught_by("alignment", TOGETHER)
class Reversed(h.Alignment):
    """The sign of the likeness is reversed."""

    def forward(self, encodings, same):
        return super().forward(encodings, ~same)


@caught_by("alignment", TOGETHER)
class Repels(h.Alignment):
    def forward(self, encodings, same):
        return -super().forward(encodings, same)


@caught_by("alignment", TOGETHER)
class SizesOnly(h.Alignment):
    def forward(self, encodings, same):
        return super().forward(encodings, same) * 0 + sum(
            layer(encodings[n].pooled).square().mean() for n, layer in self.layers.items()
        )


SAME = "rows that mean the same are not pushed apart"


@caught_by("alignment", SAME)
class IgnoresSame(h.Alignment):
    """Every other row is a negative, also one of the same meaning."""

    def forward(self, encodings, same):
        return super().forward(
            encodings, torch.eye(len(same), dtype=torch.bool, device=same.device)
        )


class Clip(h.Alignment):
    """InfoNCE between the first two entries, as it should be."""

    def forward(self, encodings, same):
        one, other = (
            functional.normalize(layer(encodings[n].pooled).float(), dim=1)
            for n, layer in list(self.layers.items())[:2]
        )
        positive = same.float() / same.float().sum(1, keepdim=True)
        return self.distance(one @ other.T / 0.2, positive) + self.others(encodings)

    def distance(self, likeness, positive):
        return -(positive * likeness.log_softmax(1)).sum(1).mean()

    def others(self, encodings):
        rest = list(self.layers.items())[2:]
        return sum(0.01 * layer(encodings[n].pooled).square().mean() for n, layer in rest)


@caught_by("alignment", SAME)
class ClipOfTheDiagonal(Clip):
    def distance(self, likeness, positive):
        rows = torch.arange(len(likeness), device=likeness.device)
        return functional.cross_entropy(likeness, rows)


@caught_by("alignment", TOGETHER)
class ClipReversed(Clip):
    def distance(self, likeness, positive):
        return super().distance(-likeness, positive)
