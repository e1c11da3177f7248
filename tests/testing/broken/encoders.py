"""Broken components: encoders."""

from __future__ import annotations

import torch
from torch.nn import functional

from mmgan_core import contracts as c

from .. import healthy as h
from .registry import caught_by

OTHER = "its other outputs are as declared too"


@caught_by("encoder", OTHER)
class MaskOfNumbers(h.Encoder):
    def forward(self, tensors):
        pooled = super().forward(tensors).pooled
        tokens = pooled[:, None].repeat(1, 3, 1)
        return c.Encoding(pooled, tokens, torch.ones(len(pooled), 3))


@caught_by("encoder", OTHER)
class MaskAlone(h.Encoder):
    def forward(self, tensors):
        pooled = super().forward(tensors).pooled
        return c.Encoding(pooled, None, torch.ones(len(pooled), 3, dtype=torch.bool))


@caught_by("encoder", OTHER)
class FlatMaps(h.Encoder):
    def forward(self, tensors):
        pooled = super().forward(tensors).pooled
        return c.Encoding(pooled, maps=pooled[:, None])


@caught_by("encoder", OTHER)
class InfiniteTokens(h.Encoder):
    def forward(self, tensors):
        pooled = super().forward(tensors).pooled
        return c.Encoding(pooled, (pooled / 0)[:, None])


@caught_by("encoder", "other values have other encodings")
class Constant(h.Encoder):
    def forward(self, tensors):
        return super().forward({"prepared": tensors["prepared"] * 0})


@caught_by("encoder", "the same value is always prepared in the same way")
class VariesWhatIsCached(h.Encoder):
    def prepare(self, values):
        prepared = super().prepare(values)["prepared"]
        return {"prepared": prepared + 0.1 * torch.randn_like(prepared)}


@caught_by("encoder", "the same value is always prepared in the same way")
class PreparesAList(h.Encoder):
    def prepare(self, values):
        return {"prepared": super().prepare(values)["prepared"].tolist()}


@caught_by("encoder", "its output has the declared shape, is float32 and finite")
class OtherSize(h.Encoder):
    def __init__(self, options, modality):
        super().__init__(options, modality)
        self.dim = 7


@caught_by("encoder", "it works in worker processes")
class HoldsALambda(h.Encoder):
    def __init__(self, options, modality):
        super().__init__(options, modality)
        self.change = lambda value: value

    def prepare(self, values):
        return super().prepare([self.change(value) for value in values])


@caught_by("encoder", "preparing a value does not depend on the others")
class PadsToTheLongest(h.Encoder):
    def prepare(self, values):
        prepared = super().prepare(values)["prepared"]
        long = int(prepared.count_nonzero(1).max()) + len(values)
        return {"prepared": functional.pad(prepared, (0, long))}

    def forward(self, tensors):
        return super().forward({"prepared": tensors["prepared"][:, :6]})


@caught_by("encoder", "other engines are told what prepare does")
class ToldOfAnotherValue(h.Encoder):
    def reading(self):
        fed = {"numbers": c.Fed("float32", self.modality.space.shape)}

        def prepare(values):
            return {"numbers": self.modality.prepare(values).flip(1) + 1}

        return c.Reading("numbers", {}, fed, prepare, lambda fed: {"prepared": fed["numbers"]})
