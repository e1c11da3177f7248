"""Rules of thumb for settings, fitted on many short trainings by `benchmarks/suggest_sweep.py`.

The logarithm of the Fréchet distance, in units of that between real samples, is a weighted sum of
the features of a setting, and so is the logarithm of its uncertainty: how far trainings with such a
setting, which had no part in the fit, fell from what was expected of them. The weights are data, so
that a new sweep changes no code.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypedDict

FILE = Path(__file__).with_name("rules.json")


@dataclass(frozen=True)
class Setting:
    """What the rules look at.

    Attributes:
        kind: the generator's id.
        width: how wide its networks are, in the sweep's unit.
        loss: the adversarial loss's id.
        penalty: the ids of the penalties, joined by ``+``; empty for none.
        weight: the weight of the penalties.
        rate: the learning rate.
        batch: the batch size.
    """

    kind: str
    width: float
    loss: str
    penalty: str
    weight: float
    rate: float
    batch: int

    def features(self) -> dict[str, float]:
        """Its features by name; those that are left out are 0."""
        rate, width, batch = math.log10(self.rate) + 3, math.log2(self.width / 16), self.batch / 32
        found = {
            "one": 1.0,
            "rate": rate,
            "rate squared": rate**2,
            "width": width,
            "batch": math.log2(batch),
            "batch, rate": math.log2(batch) * rate,
            f"kind {self.kind}": 1.0,
            f"kind {self.kind}, rate": rate,
            f"kind {self.kind}, rate squared": rate**2,
            f"loss {self.loss}": 1.0,
            f"penalty {self.penalty}": 1.0,
        }
        if self.penalty:
            weight = math.log10(self.weight) + 0.5
            found |= {"weight": weight, "weight squared": weight**2}
        return found


class Networks(TypedDict):
    """How the networks of one kind are written in a recipe: their options, and their width's."""

    generator: dict[str, object]
    discriminator: dict[str, object]
    width: str
    per_width: float
    layers: int


class Facts(TypedDict):
    """What a file of rules holds."""

    runs: int
    seconds: float
    distance: dict[str, float]
    distance_spread: dict[str, float]
    distance_errors: list[float]
    speed: dict[str, float]
    speed_spread: dict[str, float]
    speed_errors: list[float]
    networks: dict[str, Networks]
    ranges: dict[str, list[float]]
    losses: list[str]
    penalties: list[str]


@dataclass(frozen=True)
class Expected:
    """A number that is expected, with the ends of the interval of nine cases in ten."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Rules:
    """Fitted rules."""

    facts: Facts

    def distance(self, setting: Setting) -> Expected:
        """The Fréchet distance in units of that between real samples, after short training."""
        facts = self.facts
        errors = facts["distance_errors"]
        return _expected(setting, facts["distance"], facts["distance_spread"], errors)

    def unlucky(self, setting: Setting) -> float:
        """The distance that about five trainings of six stay below; fewer bad ones make it less."""
        expected = _sum(setting, self.facts["distance"])
        return math.exp(expected + math.exp(_sum(setting, self.facts["distance_spread"])))

    def speed(self, setting: Setting) -> Expected:
        """Samples a second on one core, for pictures of the sweep's size."""
        facts = self.facts
        return _expected(setting, facts["speed"], facts["speed_spread"], facts["speed_errors"])


@cache
def rules() -> Rules:
    """The rules that are shipped."""
    return Rules(json.loads(FILE.read_text(encoding="utf-8")))


def _expected(
    setting: Setting,
    weights: Mapping[str, float],
    spread: Mapping[str, float],
    errors: Sequence[float],
) -> Expected:
    found, unit = _sum(setting, weights), math.exp(_sum(setting, spread))
    low, high = (math.exp(found + error * unit) for error in errors)
    return Expected(math.exp(found), low, high)


def _sum(setting: Setting, weights: Mapping[str, float]) -> float:
    return sum(weights.get(name, 0.0) * x for name, x in setting.features().items())
