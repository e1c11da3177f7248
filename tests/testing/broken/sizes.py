"""Broken components: what says that it takes any size, and does not."""

from __future__ import annotations

import math

import torch
from torch import nn

from mmgan_core import BadValue
from mmgan_core import contracts as c

from .. import healthy as h
from .registry import caught_by


@caught_by("modality", "values keep their size along its free axes")
class OneSize(h.Number):
    """It calls its axis free, and has no sized()."""

    free_axes = (0,)

    def decode(self, value):
        return value


@caught_by("encoder", "its maps grow with the value, if it says so", modalities=("image",))
class FixedMaps(c.Encoder):
    """It hands pictures on at the size of the training data, whatever they are."""

    any_size = True

    def __init__(self, options, modality):
        super().__init__(options, modality)
        shape = modality.space.shape
        self.dim, self.map_channels, self.map_shape = 0, shape[0], shape[1:]

    def forward(self, tensors):
        maps = self.modality.to_sample(tensors["prepared"])
        fitted = nn.functional.interpolate(maps, self.map_shape)
        return c.Encoding(torch.zeros(len(maps), 0), maps=fitted)


GROWS = "its samples are as large as the maps demand, if it says so"
FOLLOWS = {"modalities": ("image",), "condition_parts": ("maps",)}


class Follower(c.Generator):
    """Maps to pictures, by a convolution."""

    reads = frozenset({"maps"})

    def __init__(self, options, space, condition):
        super().__init__(options, space, condition)
        if not condition.map_shape:
            raise BadValue("there is nothing to follow")
        self.noise_dim, self.any_size = 1, True
        self.paint = nn.Conv2d(condition.map_channels, space.shape[0], 1)

    def forward(self, noise, condition):
        return self.paint(nn.functional.interpolate(condition.maps, self.size(condition)))

    def size(self, condition):
        return self.shape_of(condition)[1:]


@caught_by("generator", GROWS, any_size=True, **FOLLOWS)
class AlwaysItsOwnSize(Follower):
    def size(self, condition):
        return self.space.shape[1:]


@caught_by("generator", GROWS, **FOLLOWS)
class Undeclared(Follower):
    """It makes any size, but its spec does not say so."""


@caught_by("generator", GROWS, any_size=True, **FOLLOWS)
class Remembers(Follower):
    """It goes on at the size that it was asked for last."""

    largest = (0, 0)

    def size(self, condition):
        self.largest = max(self.largest, super().size(condition))
        return self.largest


@caught_by("generator", GROWS, any_size=True, **FOLLOWS)
class SeesNothingLarger(Follower):
    """It ignores maps of other sizes."""

    def forward(self, noise, condition):
        made = super().forward(noise, condition)
        return made if made.shape[1:] == self.space.shape else made * 0


@caught_by(
    "generator",
    "its samples are as large as it is asked, if it says so",
    modalities=("image",),
)
class AlwaysAsBuilt(c.Generator):
    """It says that it can be resized, and makes samples as large as before."""

    resizable = True

    def __init__(self, options, space, condition):
        super().__init__(options, space, condition)
        self.noise_dim = 2
        self.paint = nn.Linear(2 + condition.dim, math.prod(space.shape))

    def sized(self, shape):
        return self

    def forward(self, noise, condition):
        made = self.paint(torch.cat([noise, condition.pooled], dim=1))
        return made.view(-1, *self.space.shape)
