"""Broken components: networks."""

from __future__ import annotations

import random

import torch
from torch import nn
from torch.nn import functional

from mmgan_core import contracts as c

from .. import healthy as h
from ..unusual import LooksFirst
from .registry import caught_by

# Shapes.

SHAPE = "its output has the declared shape, is float32 and finite"


@caught_by("generator", SHAPE)
class FixedSize(h.Generator):
    def forward(self, noise, condition):
        return super().forward(noise, condition)[:, :4]


@caught_by("discriminator", SHAPE)
class Infinite(h.Discriminator):
    def forward(self, sample, condition):
        return c.Critique(super().forward(sample, condition).logits / 0)


@caught_by("encoder", SHAPE)
class Double(h.Encoder):
    def forward(self, tensors):
        return c.Encoding(super().forward(tensors).pooled.double())


SURROUNDINGS = "its other outputs are as declared too"


@caught_by("discriminator", SURROUNDINGS)
class ListOfFeatures(h.Discriminator):
    def forward(self, sample, condition):
        critique = super().forward(sample, condition)
        return c.Critique(critique.logits, list(critique.features))


@caught_by("encoder", SURROUNDINGS)
class OddTokens(h.Encoder):
    def forward(self, tensors):
        pooled = super().forward(tensors).pooled
        return c.Encoding(pooled, tokens=pooled[:, None, :2])


@caught_by("fusion", SURROUNDINGS)
class PromisesTokens(h.Fusion):
    def __init__(self, options, spaces):
        super().__init__(options, spaces)
        self.space = c.ConditionSpace(4, token_dim=3)


@caught_by("generator", "made samples are roughly in the range of real ones")
class FarOff(h.Generator):
    def forward(self, noise, condition):
        return super().forward(noise, condition) * 1000


@caught_by("discriminator", "a batch of one works")
class Squeezed(h.Discriminator):
    def forward(self, sample, condition):
        return c.Critique(super().forward(sample, condition).logits[:, None].squeeze())


@caught_by("encoder", "it runs in bf16 under autocast, forward and backward")
class MixesTypes(h.Encoder):
    def forward(self, tensors):
        pooled = super().forward(tensors).pooled
        summed = torch.zeros(len(pooled), self.dim)
        return c.Encoding(summed.index_add(0, torch.arange(len(pooled)), pooled))


# Gradients.


@caught_by("generator", "gradients reach every weight")
class UnusedLayer(h.Generator):
    def __init__(self, options, sample, condition):
        super().__init__(options, sample, condition)
        self.forgotten = nn.Linear(2, 2)


@caught_by("encoder", "gradients reach every weight")
class Rounded(h.Encoder):
    def forward(self, tensors):
        pooled = super().forward(tensors).pooled
        return c.Encoding(pooled.round() + 0 * pooled)


INPUTS = "gradients reach its inputs"


@caught_by("discriminator", INPUTS)
class Detached(h.Discriminator):
    def forward(self, sample, condition):
        return super().forward(sample.detach(), condition)


@caught_by("augmentation", INPUTS)
class Thresholded(h.Augmentation):
    def sample(self, like):
        return lambda sample: (sample > 0).float() + 0 * sample


# Noise, condition, chance.


@caught_by("generator", "noise matters")
class IgnoresNoise(h.Generator):
    def forward(self, noise, condition):
        return super().forward(noise * 0, condition)


@caught_by("generator", "the condition matters")
class IgnoresCondition(h.Generator):
    def forward(self, noise, condition):
        return super().forward(noise, c.Condition(condition.pooled * 0))


@caught_by("discriminator", "the condition matters")
class DiscriminatesAlone(h.Discriminator):
    def forward(self, sample, condition):
        return super().forward(sample, c.Condition(condition.pooled * 0))


PARTIAL = "the known part and the mask matter"


@caught_by("generator", PARTIAL, repairs=True)
class RepairsNothing(h.Generator):
    pass


@caught_by("generator", PARTIAL, repairs=True)
class IgnoresMask(h.Repairer):
    def forward(self, noise, condition):
        known = condition.masked.known
        masked = c.Masked(known, torch.ones_like(known))
        return super().forward(noise, c.Condition(condition.pooled, masked=masked))


@caught_by("generator", "the same seed gives the same result in evaluation")
class NoiseOfItsOwn(h.Generator):
    def forward(self, noise, condition):
        return super().forward(noise + torch.randn_like(noise), condition)


# Slopes.


class Once(torch.autograd.Function):
    """Its gradient is correct, but the gradient of that is lost."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.sin()

    @staticmethod
    def backward(ctx, gradient):
        (x,) = ctx.saved_tensors
        return gradient * x.cos().detach()


@caught_by("discriminator", "its double backward agrees with finite differences")
class WrongTwice(h.Discriminator):
    def forward(self, sample, condition):
        inputs = torch.cat([sample, condition.pooled.to(sample.dtype)], dim=1)
        return c.Critique(self.head(Once.apply(self.layer(inputs))).squeeze(1))


@caught_by("augmentation", "a sampled change is the same at every call, and differentiable twice")
class DrawsLate(h.Augmentation):
    def sample(self, like):
        return lambda sample: sample + torch.rand_like(sample)


@caught_by("augmentation", "a sampled change is the same at every call, and differentiable twice")
class OtherChance(h.Augmentation):
    def sample(self, like):
        scale = random.SystemRandom().random()
        return lambda sample: sample * scale


# Rows.


@caught_by("discriminator", "rows of a training batch do not affect one another")
class Normalised(h.Discriminator):
    def __init__(self, options, sample, condition):
        super().__init__(options, sample, condition)
        self.norm = nn.BatchNorm1d(8)

    def forward(self, sample, condition):
        inputs = torch.cat([sample, condition.pooled.to(sample.dtype)], dim=1)
        return c.Critique(self.head(self.norm(self.layer(inputs))).squeeze(1))


@caught_by("generator", "a row alone gives the same result as in a batch", keeps_batch_state=True)
class Centred(h.Generator):
    def forward(self, noise, condition):
        made = super().forward(noise, condition)
        return made - made.mean(0)


@caught_by("encoder", "preparing a value does not depend on the others")
class ScaledByTheChunk(h.Encoder):
    def prepare(self, values):
        prepared = self.modality.prepare(values)
        return {"prepared": prepared / prepared.abs().max()}


# Copies.

COPY = "its state is constant in evaluation mode, and a copy is independent"


@caught_by("encoder", COPY)
class Counts(h.Encoder):
    def __init__(self, options, modality):
        super().__init__(options, modality)
        self.register_buffer("seen", torch.zeros(()))

    def forward(self, tensors):
        self.seen += 1
        return super().forward(tensors)


@caught_by("generator", COPY)
class Clingy(h.Generator):
    def __deepcopy__(self, memo):
        return self


FILE = "it can be saved and loaded by safetensors, and averages of its weights too"


@caught_by("generator", FILE)
class Tied(h.Generator):
    def __init__(self, options, sample, condition):
        super().__init__(options, sample, condition)
        self.again = nn.Linear(self.layer.in_features, self.layer.out_features)
        self.again.weight = self.layer.weight


@caught_by("generator", FILE)
class HiddenWeights(h.Generator):
    def __init__(self, options, sample, condition):
        super().__init__(options, sample, condition)
        self.hidden = torch.randn(sample.shape[0])

    def forward(self, noise, condition):
        return super().forward(noise, condition) + self.hidden


@caught_by("generator", "it can be built on the meta device")
class ReadsValues(h.Generator):
    def __init__(self, options, sample, condition):
        super().__init__(options, sample, condition)
        self.scale = self.layer.weight.std().item()


@caught_by("generator", "torch.export takes it", exportable=True)
class DependsOnValues(h.Generator):
    def forward(self, noise, condition):
        made = super().forward(noise, condition)
        return made if float(noise.sum()) > 0 else -made


# Frozen weights.

FROZEN = "what it freezes stays as it is in training"


@caught_by("encoder", FROZEN)
class FrozenStatistics(h.Frozen):
    """Its frozen network goes into training mode with the rest."""

    def train(self, mode=True):
        return nn.Module.train(self, mode)


@caught_by("encoder", FROZEN)
class Thaws(h.Frozen):
    def train(self, mode=True):
        return super().train(mode).requires_grad_(mode)


@caught_by("encoder", FROZEN)
class Remembers(h.Frozen):
    """What it calls frozen follows what it sees."""

    def forward(self, tensors):
        with torch.no_grad():
            self.network[0].bias.lerp_(tensors["prepared"].mean(), 0.1)
        return super().forward(tensors)


# Looking first.

LOOKED = "what it has looked at, it judges as in one call"


@caught_by("discriminator", LOOKED)
class ForgetsWhatIsAsked(LooksFirst):
    def forward(self, sample, condition):
        critique = super().forward(sample, condition)
        return c.Critique(critique.logits + condition.pooled.sum(1), critique.features)


@caught_by("discriminator", LOOKED)
class LooksAtWhatIsAsked(LooksFirst):
    def look_at(self, sample, condition):
        return [super().look_at(sample, condition)[0] + condition.pooled.mean(1, keepdim=True)]


@caught_by("discriminator", LOOKED)
class LooksAtOtherRows(LooksFirst):
    def look_at(self, sample, condition):
        return [super().look_at(sample - sample.mean(0), condition)[0]]


@caught_by("discriminator", LOOKED)
class CountsLooks(LooksFirst):
    def __init__(self, options, sample, condition):
        super().__init__(options, sample, condition)
        self.looks = nn.Buffer(torch.zeros(()))

    def look_at(self, sample, condition):
        self.looks.add_(1)
        return super().look_at(sample, condition)


@caught_by("discriminator", LOOKED)
class LooksByChance(LooksFirst):
    def look_at(self, sample, condition):
        return [functional.dropout(super().look_at(sample, condition)[0], 0.5, self.training)]


@caught_by("discriminator", LOOKED)
class OtherFeatures(LooksFirst):
    def forward(self, sample, condition):
        critique = super().forward(sample, condition)
        return c.Critique(critique.logits, (2 * critique.features[0],))
