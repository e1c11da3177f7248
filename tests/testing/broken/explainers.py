"""Broken components: explainers."""

from __future__ import annotations

import random
from dataclasses import replace

import torch

from .. import healthy as h
from .registry import caught_by

NUMBERS = (
    "its explanations have a finite number and a name for each unit, and say how far to believe it"
)
LITTLE = "it accepts a single entry or none, samples that follow nothing, and no discriminator"


class Says(h.Explainer):
    """The healthy explanation with changes."""

    changes: dict[str, object] = {}  # noqa: RUF012

    def explain(self, explained):
        (found,) = super().explain(explained)
        return [replace(found, **self.changes)]


@caught_by("explainer", NUMBERS)
class SaysNotHowFar(Says):
    changes = {"believe": " "}  # noqa: RUF012


@caught_by("explainer", NUMBERS)
class Unmeasured(Says):
    changes = {"measure": ""}  # noqa: RUF012


@caught_by("explainer", NUMBERS)
class OneForAll(Says):
    changes = {"influence": (1.0,)}  # noqa: RUF012


@caught_by("explainer", NUMBERS)
class NoUnits(Says):
    changes = {"units": (), "influence": ()}  # noqa: RUF012


@caught_by("explainer", NUMBERS)
class NotesForOne(Says):
    changes = {"notes": ("much",)}  # noqa: RUF012


@caught_by("explainer", NUMBERS)
class SamplesForOne(Says):
    changes = {"samples": torch.zeros(1, 3)}  # noqa: RUF012


@caught_by("explainer", NUMBERS)
class NumbersForNames(h.Explainer):
    def explain(self, explained):
        (found,) = super().explain(explained)
        return [replace(found, units=tuple(range(len(found.units))))]


@caught_by("explainer", NUMBERS)
class Endless(h.Explainer):
    def explain(self, explained):
        (found,) = super().explain(explained)
        return [replace(found, influence=(float("inf"), *found.influence[1:]))]


@caught_by("explainer", NUMBERS)
class Tensors(h.Explainer):
    def explain(self, explained):
        (found,) = super().explain(explained)
        return [replace(found, influence=tuple(torch.tensor(found.influence)))]


@caught_by("explainer", NUMBERS)
class Guesses(h.Explainer):
    def explain(self, explained):
        (found,) = super().explain(explained)
        chance = random.SystemRandom()
        return [replace(found, influence=tuple(chance.random() for _ in found.units))]


@caught_by("explainer", NUMBERS)
class SaysItTwice(h.Explainer):
    def explain(self, explained):
        return super().explain(explained) * 2


@caught_by("explainer", NUMBERS)
class ReturnsOne(h.Explainer):
    def explain(self, explained):
        return super().explain(explained)[0]


@caught_by("explainer", LITTLE)
class NeedsTwo(h.Explainer):
    def explain(self, explained):
        assert len(explained.given) > 1
        return super().explain(explained)


@caught_by("explainer", LITTLE)
class DividesByTheWhole(h.Explainer):
    def explain(self, explained):
        (found,) = super().explain(explained)
        whole = sum(found.influence)
        return [replace(found, influence=tuple(one / whole for one in found.influence))]


@caught_by("explainer", LITTLE)
class NeedsOne(h.Explainer):
    def explain(self, explained):
        assert explained.given
        return super().explain(explained)


@caught_by("explainer", LITTLE)
class NeedsTheDiscriminator(h.Explainer):
    def explain(self, explained):
        assert explained.realness(explained.samples).isfinite().all()
        return super().explain(explained)


@caught_by("explainer", "it leaves the values and the samples that it sees as they are")
class WritesIntoSamples(h.Explainer):
    def explain(self, explained):
        found = super().explain(explained)
        explained.samples[0] += 1
        return found


@caught_by("explainer", "it leaves the values and the samples that it sees as they are")
class TakesValues(h.Explainer):
    def explain(self, explained):
        found = super().explain(explained)
        if len(explained.given) > 1:
            del explained.given["little"]
        return found
