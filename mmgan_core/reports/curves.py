"""Which curves a page shows of the metrics that a training logs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mmgan_core.recipe.schedule import value_at
from mmgan_core.recipe.schema import Recipe
from mmgan_core.recipe.training_keys import LearningRates
from mmgan_core.reports.plots import Line, Plot, Point, plot

Metrics = Sequence[Mapping[str, object]]

_NO_CURVES = ("samples", "health")


@dataclass(frozen=True)
class Kind:
    """How the metrics of one kind are shown.

    Attributes:
        title: what the plot is called.
        words: what it shows, for readers who do not know it.
        lines: what each metric is called, without the name of its made entry.
        limits: the ends of the y axis.
        usual: the range of a training that goes well.
    """

    title: str
    words: str
    lines: Mapping[str, str]
    limits: tuple[float, float] | None = None
    usual: tuple[float, float] | None = None


KINDS = (
    Kind(
        "losses",
        "What each network tries to make small. In a GAN they say little about quality: they "
        "should stay in balance, and neither should go to zero or run away.",
        {"d": "discriminator", "g": "generator"},
    ),
    Kind(
        "discriminator accuracy",
        "How often the discriminator tells the real sample of a pair from the made one. Shaded: "
        "the range in which both networks learn; 0.5 is guessing.",
        {"discriminator_accuracy": "discriminator accuracy"},
        limits=(0.0, 1.02),
        usual=(0.5, 0.9),
    ),
    Kind(
        "diversity",
        "How much made samples vary, compared with real ones: 1 is as much, near 0 all samples "
        "are alike.",
        {"diversity": "diversity"},
        usual=(0.5, 1.5),
    ),
    Kind(
        "auxiliary losses",
        "The sum of the weighted losses beside the adversarial one.",
        {"auxiliary": "auxiliary losses"},
    ),
)
ALIGN = "How far the given entries of a row are from meaning the same; lower is better aligned."
RATE = "How many samples a second training has seen since it was last started."
LEARNING_RATE = "How large the steps of learning are, as the recipe says."
NAMED = {"align": ("alignment loss", ALIGN), "rate": ("speed, samples a second", RATE)}


def training_curves(metrics: Metrics, recipe: Recipe | None) -> Iterator[Plot]:
    """Return the plots of everything that was logged, and of the learning rate."""
    for title, words, names, kind in wanted(metrics):
        lines = [
            Line(said, points_of(metrics, name), number)
            for number, (said, name) in enumerate(names.items())
        ]
        found = plot(
            title,
            lines,
            words=words,
            limits=kind.limits if kind else None,
            usual=kind.usual if kind else None,
        )
        if found:
            yield found
    if recipe and metrics:
        yield from _learning_rate(recipe, metrics)


def wanted(metrics: Metrics) -> Iterator[tuple[str, str, dict[str, str], Kind | None]]:
    """Return each plot's title, its words, and the metric of each line by the line's name."""
    logged = dict.fromkeys(name for row in metrics for name in row if name not in _NO_CURVES)
    entries = list(dict.fromkeys(name.partition("/")[0] for name in logged if "/" in name))
    left = dict(logged)
    for kind in KINDS:
        for entry in entries:
            names = {said: f"{entry}/{key}" for key, said in kind.lines.items()}
            names = {said: name for said, name in names.items() if name in logged}
            for name in names.values():
                left.pop(name)
            if names:
                yield f"{entry}: {kind.title}", kind.words, names, kind
    for name in sorted(left, key=lambda name: name in NAMED):
        title, words = NAMED.get(name, (name.replace("/", ": ").replace("_", " "), ""))
        yield title, words, {title: name}, None


def points_of(metrics: Metrics, name: str) -> list[Point]:
    """Return the points of a metric; values that are not finite numbers are left out."""
    rows = ((row.get("samples"), row.get(name)) for row in metrics)
    numbers = [(x, y) for x, y in rows if isinstance(x, int) and isinstance(y, (int, float))]
    return [(x, y) for x, y in numbers if math.isfinite(y)]


def _learning_rate(recipe: Recipe, metrics: Metrics) -> Iterator[Plot]:
    rate = recipe.train.learning_rate
    rates = (
        {"generator": rate.generator, "discriminator": rate.discriminator}
        if isinstance(rate, LearningRates)
        else {"learning rate": rate}
    )
    seen = [x for x, _ in points_of(metrics, "samples")]
    lines = [
        Line(name, [(x, value_at(number, int(x))) for x in (0, *seen)], place)
        for place, (name, number) in enumerate(rates.items())
    ]
    found = plot("learning rate", lines, words=LEARNING_RATE)
    if found:
        yield found
