"""Measures a run: every subset of what may be given, true against shuffled."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch

from mmgan_core.assembly.choosing import chosen_part
from mmgan_core.contracts import Measurement, Metric
from mmgan_core.data.feed import open_splits
from mmgan_core.errors import UsageError
from mmgan_core.evaluation.classification import classification_score
from mmgan_core.evaluation.evaluated_entry import EvaluatedEntry
from mmgan_core.foundation.progress import progress
from mmgan_core.plugins.events import Events
from mmgan_core.recipe.schema import Choice
from mmgan_core.runs.measurements import Measured, Number, markdown_table, measured_notes
from mmgan_core.zoo.loading import load_run

NOTHING = "nothing"


@dataclass(frozen=True)
class Evaluation:
    """The numbers of one run, each with its conditions.

    Attributes:
        rows: one mapping a number.
        path: the JSON file that holds them.
    """

    rows: list[Measured] = field(repr=False)
    path: Path

    def table(self) -> str:
        """The numbers as a Markdown table."""
        return "\n".join([*markdown_table(self.rows), "", *measured_notes(self.rows)])


def evaluate(
    run: Path,
    *,
    count: int | None = None,
    seed: int = 0,
    target: str = "",
    metrics: Sequence[str] = (),
    classification: int = 0,
) -> Evaluation:
    """Measure the newest checkpoint of a run and write ``evaluation.json`` into it.

    Args:
        count: samples made for each number; default: the recipe's.
        seed: decides the noise and the shuffling.
        target: the column that the evaluators read, in place of the recipe's; the numbers are then
            called by it and go into ``evaluation-TARGET.json``, so that those by the recipe's stay.
        metrics: ids of metrics, with their defaults, in place of the recipe's; the numbers then go
            into a file that is called by them too.
        classification: also the classification score of so many made samples, if not 0.

    Raises:
        UsageError: if the recipe names no evaluator, or nothing that is given decides the target
            that the classification score needs.
        DataError: if a target is no column beside what is evaluated, or no evaluator can read it.
    """
    model = load_run(run, device=torch.device("cpu"))
    recipe = model.blueprint.recipe
    evaluators = {name: entry.evaluator for name, entry in recipe.make.items() if entry.evaluator}
    if not evaluators:
        raise UsageError(
            f"the recipe of {run} names no evaluator",
            hint="add to make.NAME: evaluator: {encoder: {use: ENCODER}, target: label}; "
            "mmgan-zoo ls encoders names them",
        )
    measures = [_metric(Choice(use=name), "--metric") for name in metrics] or [
        _metric(choice, "evaluate.metrics") for choice in recipe.evaluate.metrics
    ]
    test, train = open_splits(model.blueprint, model.gan)
    wanted = count or recipe.evaluate.count
    numbers: list[Number] = []
    for name, choice in evaluators.items():
        chosen = choice.model_copy(update={"target": target}) if target else choice
        entry = EvaluatedEntry(model, name, chosen, test, train)
        if target:
            entry.refuse_unreadable()
        # First, for it may be refused.
        scored = classification_score(entry, classification, seed) if classification else None
        found = _numbers(entry, measures, wanted, seed)
        numbers += [_row(entry, *number, wanted) for number in found]
        if scored:
            numbers.append({**_row(entry, *scored, classification), "made": classification})
    rows = [_whole(number, target, seed, model.samples) for number in numbers]
    path = run / _file_name(target, *metrics)
    path.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    Events(run).tell("evaluated", model.samples, measurements=rows)
    return Evaluation(rows, path)


def _numbers(
    entry: EvaluatedEntry, metrics: Sequence[Metric], count: int, seed: int
) -> Iterator[tuple[str, Measurement]]:
    """What was given, and every number for it."""
    drawn = entry.test.rows(0, count)
    real = entry.real(entry.test, min(count, len(entry.test)))
    held_out = entry.real(entry.train, min(len(real.features), len(entry.train)))
    looked_for = any(metric.needs_training_set for metric in metrics)
    everything = entry.all_real(entry.train) if looked_for else held_out
    plans = list(_plans(entry.model.given))
    with progress(f"evaluating {entry.name}", len(plans)) as advance:
        for label, given, shuffled in plans:
            fake = entry.made(drawn, given, seed, shuffled)
            for metric in metrics:
                other = everything if metric.needs_training_set else held_out
                for measured in metric.measure(fake, real, other):
                    yield label, measured
            advance(1)


def _plans(entries: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...], bool]]:
    """What is given, and whether it is shuffled against what is asked."""
    everything = tuple(entries)
    if len(entries) <= 3:
        subsets = [s for n in range(len(entries) + 1) for s in itertools.combinations(entries, n)]
    else:
        subsets = [(), *((name,) for name in entries), everything]
    for subset in subsets:
        yield " + ".join(subset) or NOTHING, subset, False
    if entries:
        yield f"{' + '.join(everything)}, shuffled", everything, True


def _row(entry: EvaluatedEntry, given: str, measured: Measurement, count: int) -> Number:
    return {
        "entry": entry.name,
        "given": given,
        "name": measured.name,
        "value": measured.value,
        "floor": measured.floor,
        "low": measured.low,
        "high": measured.high,
        "better": measured.better,
        "n": measured.n or count,
        "target": entry.lesson.target,
        "evaluator": entry.part.spec.id,
        "evaluator_hash": entry.evaluator.digest,
        "evaluator_accuracy": round(entry.evaluator.accuracy, 4),
    }


def _metric(choice: Choice, where: str) -> Metric:
    metric: Metric = chosen_part("metric", choice.use, choice.options, where).build()
    return metric


def _whole(number: Number, target: str, seed: int, samples: int) -> Measured:
    name = f"{number['name']} ({target})" if target else number["name"]
    return {**number, "name": name, "split": "test", "seed": seed, "samples": samples}


def _file_name(*chosen: str) -> str:
    """Where the numbers of a choice go; a column may be called what no file can be."""
    plain = [re.sub(r"[^a-zA-Z0-9_]+", "-", word) for word in chosen if word]
    return "-".join(["evaluation", *plain]) + ".json"
