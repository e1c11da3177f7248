"""Broken components: augmentations."""

from __future__ import annotations

import torch

from mmgan_core import contracts as c

from .. import healthy as h
from .registry import caught_by

# What augmentations say.

TOLD = "augmentation parameters have the declared size, and are finite"


@caught_by("augmentation", TOLD)
class TellsMore(h.Augmentation):
    def sample(self, like):
        change = super().sample(like)
        return c.Change(change, change.augmentation_parameters.repeat(1, 2))


@caught_by("augmentation", TOLD)
class DeclaresAlone(h.Augmentation):
    def sample(self, like):
        return super().sample(like).apply


@caught_by("augmentation", TOLD)
class TellsInfinity(h.Augmentation):
    def sample(self, like):
        change = super().sample(like)
        return c.Change(change, change.augmentation_parameters / 0)


MIXED = "rows are mixed only as declared"


@caught_by("augmentation", MIXED)
class TeachesBoth(h.Mixing):
    def sample(self, like):
        change = super().sample(like)
        return c.Change(
            lambda sample: (sample + sample[change.rows]) / 2, None, change.rows, change.share
        )


@caught_by("augmentation", MIXED)
class MixesAll(h.Mixing):
    def sample(self, like):
        change = super().sample(like)
        return c.Change(
            lambda sample: (sample + sample.mean(0).detach()) / 2, None, change.rows, change.share
        )


@caught_by("augmentation", MIXED)
class NoShares(h.Mixing):
    def sample(self, like):
        change = super().sample(like)
        return c.Change(change, None, change.rows)


OWN = "every row gets a change of its own, from the global random state"


@caught_by("augmentation", OWN)
class OneForAll(h.Augmentation):
    def sample(self, like):
        scale = 1 + 0.1 * torch.rand((), device=like.device)
        return lambda sample: sample * scale


@caught_by("augmentation", OWN)
class FixedSeed(h.Augmentation):
    """A generator of its own, which begins again at every call."""

    def sample(self, like):
        own = torch.Generator().manual_seed(0)
        scale = 1 + 0.1 * torch.rand(len(like), 1, generator=own).to(like.device)
        return lambda sample: sample * scale


@caught_by("augmentation", OWN)
class ChangesNothing(h.Augmentation):
    def sample(self, like):
        return lambda sample: sample.clone()


@caught_by("augmentation", "a change does not depend on the values that it is sampled for")
class LooksAtTheSamples(h.Augmentation):
    def sample(self, like):
        change, middle = super().sample(like), like.mean(1, keepdim=True)
        return lambda sample: change(sample - middle)


@caught_by("augmentation", "changed samples stay near the range of samples")
class OfPixels(h.Augmentation):
    """For samples from 0 to 255."""

    def sample(self, like):
        shift = 128 * torch.rand(len(like), 1, device=like.device)
        return lambda sample: sample + shift


@caught_by("augmentation", TOLD)
class TellsDegrees(h.Augmentation):
    def sample(self, like):
        change = super().sample(like)
        return c.Change(change, 360 * change.augmentation_parameters)


@caught_by("augmentation", MIXED)
class SharesOverOne(h.Mixing):
    def sample(self, like):
        change = super().sample(like)
        return c.Change(change, None, change.rows, change.share + 1)


@caught_by("augmentation", MIXED)
class RowsAsFloats(h.Mixing):
    def sample(self, like):
        change = super().sample(like)
        return c.Change(change, None, change.rows.float(), change.share)


@caught_by("augmentation", "rows of a training batch do not affect one another")
class MixesInSecret(h.Mixing):
    def sample(self, like):
        return super().sample(like).apply


@caught_by("augmentation", "its output has the declared shape, is float32 and finite")
class Crops(h.Augmentation):
    def sample(self, like):
        return lambda sample: sample[:, 1:]


@caught_by("augmentation", "maps move as the places of samples do")
class DropsMaps(h.Augmentation):
    """It moves maps as if they had one channel."""

    def sample(self, like):
        change = super().sample(like)
        return c.Change(change, change.augmentation_parameters, move=lambda maps: maps[:, :1])
