"""Healthy components of unusual kinds, which must pass: (kind, class, changes of the spec)."""

from __future__ import annotations

import random

import torch
from torch import nn
from torch.nn import functional

from mmgan_core import BadValue
from mmgan_core import contracts as c

from . import healthy as h


class TokensAlone(h.Generator):
    """A generator that is conditioned on tokens and on nothing else."""

    def __init__(self, options, sample, condition):
        if not condition.token_dim:
            raise BadValue("it needs tokens")
        super().__init__(options, sample, c.ConditionSpace(condition.token_dim))
        self.reads = frozenset({"tokens"})

    def forward(self, noise, condition):
        there = condition.padding_mask[..., None].to(condition.tokens)
        mean = (condition.tokens * there).sum(1) / there.sum(1).clamp_min(1)
        return super().forward(noise, c.Condition(mean))


class MapsAlone(h.Discriminator):
    """A discriminator that is conditioned on maps and on nothing else."""

    def __init__(self, options, sample, condition):
        if not condition.map_channels:
            raise BadValue("it needs maps")
        super().__init__(options, sample, c.ConditionSpace(condition.map_channels))
        self.reads = frozenset({"maps"})

    def forward(self, sample, condition):
        return super().forward(sample, c.Condition(condition.maps.mean((2, 3))))


class Unconditional(h.Discriminator):
    """A discriminator that ignores the condition on purpose, and declares it."""

    def __init__(self, options, sample, condition):
        super().__init__(options, sample, c.ConditionSpace(0))

    def forward(self, sample, condition):
        return super().forward(sample, c.Condition(condition.pooled[:, :0]))


class TokensOfEntries(h.Fusion):
    """A fusion to one token for each entry, with no vector at all."""

    def __init__(self, options, spaces):
        super().__init__(options, spaces)
        self.space = c.ConditionSpace(0, token_dim=4)

    def forward(self, encodings, present):
        tokens = torch.stack([layer(encodings[n].pooled) for n, layer in self.layers.items()], 1)
        there = torch.stack([present[name] for name in self.layers], 1)
        tokens = torch.where(there[..., None], tokens, 0.0)
        return c.Condition(tokens.new_zeros(len(tokens), 0), tokens, there)


class OneEntry(h.Fusion):
    """A fusion of exactly one entry."""

    def __init__(self, options, spaces):
        super().__init__(options, spaces)
        if len(spaces) != 1:
            raise BadValue("it works on one given entry: choose core/concatenation for several")


class NoiseInTraining(h.Generator):
    """Noise of learned strength on what it makes, in training only."""

    def __init__(self, options, sample, condition):
        super().__init__(options, sample, condition)
        self.strength = nn.Parameter(torch.full((), 0.1))

    def forward(self, noise, condition):
        made = super().forward(noise, condition)
        return made + self.strength * torch.randn_like(made) if self.training else made


class Dropout(h.Encoder):
    def forward(self, tensors):
        pooled = super().forward(tensors).pooled
        return c.Encoding(functional.dropout(pooled, 0.3, self.training))


class LooksFirst(h.Discriminator):
    """It looks by half of its layer, and adds the other half when it judges."""

    looks_first = True

    def look_at(self, sample, condition):
        return [sample @ self.layer.weight[:, : sample.shape[1]].T]

    def critique_of(self, looked, condition):
        asked = condition.pooled @ self.layer.weight[:, self.space.shape[0] :].T
        hidden = functional.silu(looked[0] + asked + self.layer.bias)
        return c.Critique(self.head(hidden).squeeze(1), (hidden,))

    def forward(self, sample, condition):
        return self.critique_of(self.look_at(sample, condition), condition)


class DepthByChance(h.Discriminator):
    """A layer that half of the batches in training skip."""

    def __init__(self, options, sample, condition):
        super().__init__(options, sample, condition)
        self.more = nn.Linear(sample.shape[0], sample.shape[0])

    def forward(self, sample, condition):
        if not self.training:
            sample = sample + 0.5 * self.more(sample)
        elif torch.rand(()) < 0.5:
            sample = sample + self.more(sample)
        return super().forward(sample, condition)


class HeadInTraining(h.Discriminator):
    """A second head, whose logit counts in training only."""

    def __init__(self, options, sample, condition):
        super().__init__(options, sample, condition)
        self.second = nn.Linear(8, 1)

    def forward(self, sample, condition):
        critique = super().forward(sample, condition)
        (hidden,) = critique.features
        second = self.second(hidden).squeeze(1) if self.training else 0
        return c.Critique(critique.logits + second, critique.features)


class Directions(h.Metric):
    """The distance of mean directions: it does not change with the scale of the features."""

    def measure(self, fake, real, held_out):
        def apart(one, other):
            units = [functional.normalize(e.features, dim=1).mean(0) for e in (one, other)]
            return float((units[0] - units[1]).norm())

        return [c.Measurement("angle", apart(fake, real), apart(held_out, real), better="lower")]


class Spread(h.Metric):
    """How different made samples are, relative to their size."""

    def measure(self, fake, real, held_out):
        def spread(one):
            return float(functional.normalize(one.features, dim=1).std(0, correction=0).mean())

        return [c.Measurement("spread", spread(fake), spread(held_out))]


class FromPython(h.Augmentation):
    """Its chance is Python's, which is seeded for each step too."""

    num_augmentation_parameters = 0

    def sample(self, like):
        scale = torch.tensor([1 + 0.1 * random.random() for _ in like], device=like.device)
        return lambda sample: sample * scale[:, None]


class RelativeAverage(h.Loss):
    """Relativistic averages: logits are compared with the mean of the others."""

    needs_real_in_generator_phase = True

    def discriminator(self, real, fake):
        above = real.logits - fake.logits.mean()
        below = fake.logits - real.logits.mean()
        return functional.softplus(-above).mean() + functional.softplus(below).mean()

    def generator(self, real, fake):
        return self.discriminator(fake, real)


class WithoutSame(h.Alignment):
    """Rows are pulled together, and none apart, so that it needs no `same`."""

    def forward(self, encodings, same):
        units = [
            functional.normalize(layer(encodings[n].pooled).float(), dim=1)
            for n, layer in self.layers.items()
        ]
        return sum((units[0] - other).square().sum(1).mean() for other in units[1:])


UNUSUAL = [
    ("generator", TokensAlone, {"condition_parts": ("tokens",)}),
    ("discriminator", MapsAlone, {"condition_parts": ("maps",)}),
    ("discriminator", Unconditional, {"unconditional": True}),
    ("fusion", TokensOfEntries, {}),
    ("fusion", OneEntry, {}),
    ("generator", NoiseInTraining, {}),
    ("encoder", Dropout, {}),
    ("discriminator", LooksFirst, {}),
    ("discriminator", DepthByChance, {}),
    ("discriminator", HeadInTraining, {}),
    ("metric", Directions, {}),
    ("metric", Spread, {}),
    ("augmentation", FromPython, {}),
    ("loss", RelativeAverage, {}),
    ("alignment", WithoutSame, {}),
]
