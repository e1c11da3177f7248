"""What to change in a recipe after a training, with the evidence."""

from __future__ import annotations

import json
import shlex
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mmgan_core.health.illness import Changes, Illness
from mmgan_core.health.illnesses import ILLNESSES
from mmgan_core.health.words import EXPLAINED, STARTING, plays
from mmgan_core.recipe.schema import Recipe

# A training is judged by this share of it, the last; an illness must hold in half of its lines.
LAST = 1 / 3
Metrics = Sequence[Mapping[str, object]]


@dataclass(frozen=True)
class Advice:
    """What to change in a recipe, and why.

    Attributes:
        entry: the made entry that is ill.
        illness: what it has.
        evidence: the number that shows it, beside the range that is well.
        changes: new values of the recipe by dotted key; empty if no known change applies to it.
    """

    entry: str
    illness: Illness
    evidence: str
    changes: Changes

    @property
    def page(self) -> str:
        """Where the illness is explained."""
        return f"{EXPLAINED}#{self.illness.anchor}"

    @property
    def options(self) -> str:
        """The changes as options of ``mmgan-zoo train``."""
        return " ".join(
            f"--set {shlex.quote(f'{key}={json.dumps(value)}')}"
            for key, value in self.changes.items()
        )

    def __str__(self) -> str:
        turn = self.options or self.illness.helps
        return f"{self.entry}: {self.illness.word} ({self.evidence}). Try: {turn} ({self.page})"


def advise(metrics: Metrics, recipe: Recipe) -> list[Advice]:
    """Return what to change after a training, the gravest first.

    Args:
        metrics: its lines of metrics, the oldest first.
        recipe: its recipe.
    """
    if not metrics:
        return []
    seen = _number(metrics[-1].get("samples"))
    last = [row for row in metrics if _counts(row, seen)]
    return [one for entry in recipe.make for one in _of(entry, last, recipe)]


def _of(entry: str, rows: Metrics, recipe: Recipe) -> Iterator[Advice]:
    discriminator = teacher(recipe, entry)
    for illness in ILLNESSES:
        key = illness.key(entry, discriminator)
        values = [_number(row[key]) for row in rows if key in row and plays_in(row, discriminator)]
        ill = [value for value in values if illness.holds(value)]
        if not ill or 2 * len(ill) < len(values):
            continue
        evidence = (
            f"{illness.measures} {statistics.median(ill):.3g} in {len(ill)} of the last "
            f"{len(values)} lines; well is {illness.well}"
        )
        turned = (remedy(recipe, entry) for remedy in illness.remedies)
        yield Advice(entry, illness, evidence, next(filter(None, turned), {}))
        if illness.explains_others:
            return


def teacher(recipe: Recipe, entry: str) -> str:
    """What the metrics of a made entry's discriminator are called; a joint one's, if alone."""
    if recipe.make[entry].discriminators:
        return entry
    return next((name for name, one in recipe.joint.items() if entry in one.of), entry)


def plays_in(row: Mapping[str, object], discriminator: str) -> bool:
    """Whether a discriminator took part in a line of metrics."""
    return plays({k: v for k, v in row.items() if isinstance(v, float | int)}, discriminator)


def _counts(row: Mapping[str, object], seen: float) -> bool:
    samples = _number(row.get("samples"))
    return samples > STARTING and samples > (1 - LAST) * seen


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
