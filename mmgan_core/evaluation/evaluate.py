"""Measures a run for every subset of the given entries, and with shuffled conditions."""

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
from mmgan_core.evaluation.likelihood import known_likelihoods, likelihood_rows
from mmgan_core.foundation.progress import progress
from mmgan_core.plugins.events import Events
from mmgan_core.recipe.schema import Choice
from mmgan_core.runs.measurements import Measured, Number, markdown_table, measured_notes
from mmgan_core.zoo.loading import load_run

NOTHING = "nothing"


@dataclass(frozen=True)
class Evaluation:
    """The numbers of one run, each with all that it depends on.

    Attributes:
        rows: one mapping for each number.
        path: the JSON file that the numbers were written to.
    """

    rows: list[Measured] = field(repr=False)
    path: Path

    def table(self) -> str:
        """Return the numbers as a Markdown table, with notes."""
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
        run: the directory of the run.
        count: how many samples are made for each number; default: the recipe's count.
        seed: decides the noise and the shuffling.
        target: the column that the evaluators predict, in place of the recipe's target. The names
            of the numbers then contain it, and they are written to ``evaluation-TARGET.json``, so
            that the numbers for the recipe's target stay.
        metrics: the ids of metrics, in place of the recipe's; they have their default options. The
            name of the file then contains them too.
        classification: the number of made samples for a classification score; 0 means no score.

    Raises:
        UsageError: if the recipe names no evaluator and no generator that knows the likelihood of a
            sample, or no given entry holds the target of the classification
            score.
        DataError: if the data has no target column beside the evaluated one, or no evaluator can
            learn to predict it.
    """
    model = load_run(run, device=torch.device("cpu"))
    recipe = model.blueprint.recipe
    evaluators = {name: entry.evaluator for name, entry in recipe.make.items() if entry.evaluator}
    # Numbers for another target, or of chosen metrics alone, stand in files of their own.
    likely = [] if target or metrics else known_likelihoods(model)
    if not evaluators and (not likely or classification):
        raise UsageError(
            f"the recipe of {run} names no evaluator",
            hint="add to make.NAME: evaluator: {encoder: {use: ENCODER}, target: label}; "
            "mmgan-zoo ls encoders lists the encoders",
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
        # The score comes first, because it may be refused.
        scored = classification_score(entry, classification, seed) if classification else None
        found = _numbers(entry, measures, wanted, seed)
        numbers += [_row(entry, *number, wanted) for number in found]
        if scored:
            numbers.append({**_row(entry, *scored, classification), "made": classification})
    plans = list(_plans(model.given))
    for name in likely:
        numbers += likelihood_rows(model, name, test, plans, count=wanted, seed=seed)
    rows = [_whole(number, target, seed, model.samples) for number in numbers]
    path = run / _file_name(target, *metrics)
    path.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    Events(run).tell("evaluated", model.samples, measurements=rows)
    return Evaluation(rows, path)


def _numbers(
    entry: EvaluatedEntry, metrics: Sequence[Metric], count: int, seed: int
) -> Iterator[tuple[str, Measurement]]:
    """Yield what was given, and each number for it."""
    sampled = entry.test.rows(0, count)
    real = entry.real(entry.test, min(count, len(entry.test)))
    held_out = entry.real(entry.train, min(len(real.features), len(entry.train)))
    looked_for = any(metric.needs_training_set for metric in metrics)
    everything = entry.all_real(entry.train) if looked_for else held_out
    plans = list(_plans(entry.model.given))
    with progress(f"evaluating {entry.name}", len(plans)) as advance:
        for label, given, shuffled in plans:
            fake = entry.made(sampled, given, seed, shuffled)
            for metric in metrics:
                other = everything if metric.needs_training_set else held_out
                for measured in metric.measure(fake, real, other):
                    yield label, measured
            advance(1)


def _plans(entries: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...], bool]]:
    """Yield titles with the entries to give, and whether their values are shuffled."""
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
    """Return the name of the file for the numbers; characters that files cannot have become -."""
    plain = [re.sub(r"[^a-zA-Z0-9_]+", "-", word) for word in chosen if word]
    return "-".join(["evaluation", *plain]) + ".json"
