"""Broken components: announced."""

from __future__ import annotations

import torch
from torch import nn

from mmgan_core import Options
from mmgan_core import contracts as c

from .. import healthy as h
from .registry import caught_by

# What it says of itself.

CONTRACT = "its class keeps the contract of its kind"


@caught_by("generator", CONTRACT)
class NoGenerator(nn.Linear):
    Options = Options
    examples = h.Generator.examples

    def __init__(self, options, sample, condition):
        super().__init__(1, 1)


@caught_by("modality", CONTRACT)
class OtherKind(h.Number):
    kind = "letter"


@caught_by("loss", "its options refuse unknown keys, and have a schema")
class Lenient(h.Loss):
    class Options(Options):
        model_config = {"extra": "allow"}  # noqa: RUF012


@caught_by("loss", "its options refuse unknown keys, and have a schema")
class NoSchema(h.Loss):
    class Options(Options):
        model_config = {"arbitrary_types_allowed": True}  # noqa: RUF012
        layer: nn.Module | None = None


@caught_by("loss", "its examples can be built, and read from a recipe")
class ChangedByFile(h.Loss):
    class Options(Options):
        parts: tuple[object, ...] = ()

    @classmethod
    def examples(cls):
        return ({"parts": ((1, 2),)},)


@caught_by("generator", "its examples can be built, and read from a recipe")
class RefusesAll(h.Generator):
    def __init__(self, options, sample, condition):
        raise h.BadValue("nothing will do")


# Bad input.


@caught_by("generator", "a sample space that it cannot work on is refused by a BadValue")
class Unprepared(h.Generator):
    def __init__(self, options, sample, condition):
        c.Generator.__init__(self, options, sample, condition)
        self.noise_dim = 3
        (size,) = sample.shape
        self.layer = nn.Linear(3 + condition.dim, size)


@caught_by("modality", "values that it cannot read are refused by a BadValue")
class Trusting(h.Number):
    def decode(self, value):
        return [float(number) for number in value]


@caught_by("modality", "values that it cannot read are refused by a BadValue")
class TakesNothing(h.Number):
    def decode(self, value):
        return super().decode([0.0] * self.options.size if value is None else value)


@caught_by("generator", CONTRACT)
class Unfinished(c.Generator):
    """Its forward() is missing."""


@caught_by("loss", "its spec says what it is", summary=" ")
class WithoutASummary(h.Loss):
    pass


@caught_by("generator", "its spec says what it is", unconditional=True)
class NotForGenerators(h.Generator):
    pass


@caught_by("loss", "its examples can be built, and read from a recipe")
class UnknownExample(h.Loss):
    @classmethod
    def examples(cls):
        return ({"smooth": 0.1},)


@caught_by("generator", "its examples can be built, and read from a recipe")
class CrashesWhenBuilt(h.Generator):
    def __init__(self, options, sample, condition):
        super().__init__(options, sample, condition)
        self.head = nn.Linear(self.width, 1)


@caught_by("generator", "it can be used")
class CrashesWhenUsed(h.Generator):
    def forward(self, noise, condition):
        return self.layer(torch.cat([noise, condition.pooled, noise], dim=1))
