"""Broken components: what they read and what they ignore."""

from __future__ import annotations

import torch
from torch.nn import functional

from mmgan_core import contracts as c

from .. import healthy as h
from .. import unusual as u
from .registry import caught_by

CONDITION = "the condition matters"


@caught_by("generator", CONDITION)
class FirstNumberOnly(h.Generator):
    def forward(self, noise, condition):
        first = torch.zeros_like(condition.pooled)
        first[:, :1] = condition.pooled[:, :1]
        return super().forward(noise, c.Condition(first))


@caught_by("discriminator", CONDITION, unconditional=True)
class SaysItIgnores(h.Discriminator):
    pass


@caught_by("generator", "noise matters")
class HalfOfTheNoise(h.Generator):
    def forward(self, noise, condition):
        half = torch.cat([noise[:, :1], torch.zeros_like(noise[:, 1:])], dim=1)
        return super().forward(half, condition)


CHANCE = "the same seed gives the same result in evaluation"


@caught_by("encoder", CHANCE)
class DropsAlways(h.Encoder):
    def forward(self, tensors):
        return c.Encoding(functional.dropout(super().forward(tensors).pooled, 0.5))


@caught_by("fusion", CHANCE)
class SamplesAlways(h.Fusion):
    def forward(self, encodings, present):
        pooled = super().forward(encodings, present).pooled
        return c.Condition(pooled + 0.1 * torch.randn_like(pooled))


@caught_by("discriminator", CHANCE)
class NoisyInput(h.Discriminator):
    def forward(self, sample, condition):
        return super().forward(sample + 0.1 * torch.randn_like(sample), condition)


LOGITS = "it returns logits, which have no bounds"


@caught_by("discriminator", LOGITS)
class Sigmoid(h.Discriminator):
    def forward(self, sample, condition):
        critique = super().forward(sample, condition)
        return c.Critique(critique.logits.sigmoid(), critique.features)


@caught_by("discriminator", LOGITS)
class Tanh(h.Discriminator):
    def forward(self, sample, condition):
        critique = super().forward(sample * 10, condition)
        return c.Critique((10 * critique.logits).tanh(), critique.features)


@caught_by("discriminator", LOGITS)
class Softplus(h.Discriminator):
    def forward(self, sample, condition):
        critique = super().forward(sample, condition)
        return c.Critique(functional.softplus(critique.logits), critique.features)


FEATURES = "gradients reach the samples from every feature"


@caught_by("discriminator", FEATURES)
class DetachedFeatures(h.Discriminator):
    def forward(self, sample, condition):
        critique = super().forward(sample, condition)
        return c.Critique(critique.logits, tuple(f.detach() for f in critique.features))


@caught_by("discriminator", FEATURES)
class FeaturesOfTheCondition(h.Discriminator):
    def forward(self, sample, condition):
        critique = super().forward(sample, condition)
        return c.Critique(critique.logits, (*critique.features, condition.pooled * 1.0))


@caught_by("discriminator", "gradients reach its inputs")
class DetachesTheCondition(h.Discriminator):
    def forward(self, sample, condition):
        return super().forward(sample, condition.detach())


WEIGHTS = "gradients reach every weight"


@caught_by("generator", WEIGHTS)
class FrozenByMistake(h.Generator):
    def __init__(self, options, sample, condition):
        super().__init__(options, sample, condition)
        self.requires_grad_(False)


@caught_by("discriminator", WEIGHTS)
class WithoutGradients(h.Discriminator):
    @torch.no_grad()
    def forward(self, sample, condition):
        return super().forward(sample, condition)


@caught_by("encoder", WEIGHTS)
class DeadUnits(h.Encoder):
    def forward(self, tensors):
        pooled = super().forward(tensors).pooled
        return c.Encoding(functional.relu(pooled - 1e4) + tensors["prepared"][:, :5])


@caught_by("fusion", WEIGHTS)
class DetachesTheSum(h.Fusion):
    def forward(self, encodings, present):
        pooled = super().forward(encodings, present).pooled
        first = next(iter(encodings.values())).pooled
        return c.Condition(pooled.detach() + first.mean(1, keepdim=True))


@caught_by("generator", CONDITION, condition_parts=("pooled", "tokens"))
class ReadsInSilence(u.TokensAlone):
    """It reads tokens, and says that it reads the vector alone."""

    reads = frozenset({"pooled"})

    def __init__(self, options, sample, condition):
        super().__init__(options, sample, condition)
        del self.reads


@caught_by("generator", CONDITION, condition_parts=("pooled", "maps"))
class PromisesToRead(h.Generator):
    """It says that it reads maps, and does not."""

    reads = frozenset({"pooled", "maps"})


@caught_by("generator", CONDITION)
class AnnouncesNothing(h.Generator):
    """It says that it reads maps, and its spec does not say that it can."""

    reads = frozenset({"pooled", "maps"})
