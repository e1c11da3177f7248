"""Broken components: padding that makes a difference."""

from __future__ import annotations

import torch
from torch import nn

from mmgan_core import BadValue
from mmgan_core import contracts as c

from .. import healthy as h
from .registry import caught_by

ENDS = "its samples hold padding where its values have ended"


class Ends(h.Number):
    """A list of numbers that ends with its first 0."""

    length_axes = (0,)

    def prepare(self, values):
        found = super().prepare(values)
        return torch.where(found > 0, found, 0.0)

    def places(self, values):
        return self.prepare(values) != 0


@caught_by("modality", ENDS)
class EndsElsewhere(Ends):
    """What it calls padding is the value."""

    def places(self, values):
        return ~super().places(values)


@caught_by("modality", ENDS)
class OtherPadding(Ends):
    padding = -1.0


@caught_by("modality", ENDS)
class PlacesOfOneRow(Ends):
    def places(self, values):
        return super().places(values)[0]


LOGITS = "logits of padding make no difference if it says so"


@caught_by("loss", LOGITS)
class CountsPadding(h.Loss):
    ignores_padding = True


@caught_by("loss", LOGITS)
class DividesByAll(h.Loss):
    """Padding is left out of the sum, and not of the number."""

    ignores_padding = True

    def discriminator(self, real, fake):
        return super().discriminator(*(_zeroed(side) for side in (real, fake)))

    def generator(self, real, fake):
        return super().generator(real, _zeroed(fake))


def _zeroed(critique):
    return c.Critique(c.cut(critique.logits, critique.places))


PADDING = "padding makes no difference if it says so"


class Strided(c.Discriminator):
    """Two convolutions along numbers, which count as far as they are real."""

    ignores_padding = True

    def __init__(self, options, space, condition):
        super().__init__(options, space, condition)
        if len(space.shape) != 1:
            raise BadValue(f"samples must be (N,), not {space.shape}")
        self.first = nn.Conv1d(1, 4, 3, padding=1)
        self.last = nn.Conv1d(4, 1, 3, padding=1)
        self.embed = nn.Linear(condition.dim, 1) if condition.dim else None

    def sees(self, sample, places):
        return c.cut(sample, places)

    def forward(self, sample, condition):
        sample = sample[:, None]
        places = None if condition.places is None else condition.places[:, None]
        x = c.cut(self.first(self.sees(sample, places)).tanh(), places)
        logits = self.last(x)[:, 0]
        if self.embed is not None:
            logits = logits + self.embed(condition.pooled)
        return c.Critique(logits, (x,), None, None if places is None else places[:, 0], (places,))


@caught_by("discriminator", PADDING)
class SeesPadding(Strided):
    def sees(self, sample, places):
        return sample


@caught_by("discriminator", PADDING)
class SaysItDoesNot(Strided):
    ignores_padding = False
