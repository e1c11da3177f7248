"""Measures a run for every subset of the given entries, and with shuffled conditions."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from functools import cache
from pathlib import Path

import torch

from mmgan_core.assembly.measurable import (
    WHAT_TO_ADD,
    Chosen,
    Kinds,
    are_default,
    chosen_metric,
    default_entries,
    fitted,
    measured_entries,
)
from mmgan_core.contracts import Evaluated, Measurement
from mmgan_core.data.feed import open_splits
from mmgan_core.errors import DataError, UsageError
from mmgan_core.evaluation.classification import classification_score
from mmgan_core.evaluation.evaluated_entry import EvaluatedEntry
from mmgan_core.evaluation.likelihood import known_likelihoods, likelihood_rows
from mmgan_core.evaluation.measure import Extractor, Measure, evaluator_extractor
from mmgan_core.evaluation.measurements import Evaluation as Evaluation
from mmgan_core.evaluation.teaching import seconds_for
from mmgan_core.foundation.devices import device_of
from mmgan_core.foundation.files import atomically, writing
from mmgan_core.foundation.progress import progress
from mmgan_core.inference.model import Model
from mmgan_core.plugins.events import Events
from mmgan_core.recipe.choices import choice_of
from mmgan_core.recipe.schema import Recipe
from mmgan_core.runs.measurements import BASELINE, DECODED, Measured, Number
from mmgan_core.runs.run_directory import training_seconds
from mmgan_core.zoo.loading import load_run

NOTHING = "nothing"


def evaluate(
    run: Path | Model,
    *,
    count: int | None = None,
    seed: int = 0,
    target: str = "",
    metrics: Sequence[str] = (),
    classification: int = 0,
    changes: Mapping[str, object] | None = None,
    device: str | torch.device = "cpu",
    out: Path | None = None,
    data: str | Mapping[str, object] = "",
    write: bool = True,
) -> Evaluation:
    """Measure the newest checkpoint of a run, or a model, and write the numbers as JSON.

    Args:
        run: the directory of the run, into which ``evaluation.json`` is written; or a loaded model,
            whose numbers are written to ``evaluation-NAME.json``.
        count: how many samples are made for each number; default: the recipe's count.
        seed: decides the noise and the shuffling.
        target: the column that the evaluators predict, in place of the recipe's target. The names
            of the numbers then contain it, and they are written to ``evaluation-TARGET.json``, so
            that the numbers for the recipe's target stay.
        metrics: the ids of metrics, in place of the recipe's; they have their default options. The
            name of the file then contains them too.
        classification: the number of made samples for a classification score; 0 means no score.
        changes: new values of the run's recipe by dotted key, such as ``{"bad_rows": 0.1}``; of
            what it was not trained with.
        device: where the model makes its samples; evaluators run on the CPU.
        out: the file to write instead; the report and the card of the run do not read it.
        data: a data source like ``folder:photos``, or a section ``data``, in place of the recipe's.
            The name of the file then contains it too.
        write: whether to write a file although none is named.

    Raises:
        UsageError: if nothing can be measured, or a metric lacks what it needs, or no given entry
            holds the target of the classification score.
        DataError: if the data has no target column beside the evaluated one, or no evaluator can
            learn to predict it.
    """
    model = _model_of(run, device_of(device), changes)
    if data:
        measure_with(model, data)
    model.own_size = False  # samples are compared with real ones, which are prepared at one size
    recipe = with_target(model.blueprint.recipe, target)
    # Numbers for another target, or of chosen metrics alone, stand in files of their own.
    likely = [] if target or metrics else known_likelihoods(model)
    measured = _measured_entries(model, recipe, metrics, needed=not likely)
    scored_entries = {n for n, e in recipe.make.items() if e.evaluator and e.evaluator.target}
    whose = run.name if isinstance(run, Model) else run
    if classification and not scored_entries:
        raise UsageError(
            f"the classification score needs an evaluator with a target; {whose} has none",
            hint="leave out --classification",
        )
    try:
        test, train = open_splits(model.blueprint, model.gan)
    except DataError as error:
        if data or not isinstance(run, Model):
            raise
        raise DataError(error.message, hint="name the data to measure with: --data") from error
    wanted = count or recipe.evaluate.count
    seconds = None if isinstance(run, Model) else network_seconds(run, recipe)
    numbers: list[Number] = []
    for name, chosen in measured.items():
        scoring = bool(classification) and name in scored_entries
        if not chosen and not scoring:
            continue
        entry = EvaluatedEntry(model, name, recipe.make[name].evaluator, test, train, seconds)
        if target and recipe.make[name].evaluator:
            entry.refuse_unreadable()
        # The score comes first, because it may be refused.
        scored = classification_score(entry, classification, seed) if scoring else None
        measures = [Measure(entry, one) for one in chosen]
        for given, number, by in _numbers(entry, measures, wanted, seed):
            row = _row(entry, given, number, wanted, by.extractor())
            numbers.append(_about(row, target) if by.reads_labels else row)
        if scored:
            row = _row(entry, *scored, classification, evaluator_extractor(entry))
            numbers.append({**row, "made": classification})
    for name in likely:
        plans = list(conditions(recipe.given_of(name)))
        numbers += likelihood_rows(model, name, test, plans, count=wanted, seed=seed)
    rows = [_whole(number, target, seed, model.samples) for number in numbers]
    folder, owner = (Path(), model.name) if isinstance(run, Model) else (run, "")
    where = data if isinstance(data, str) else str(data.get("use", ""))
    path = out or (folder / _file_name(owner, where, target, *metrics) if write else None)
    if path:
        with writing(path, "the numbers", training=False), atomically(path) as beside:
            beside.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    if not isinstance(run, Model):
        Events(run).tell("evaluated", model.samples, measurements=rows)
    return Evaluation(rows, path)


def network_seconds(run: Path, recipe: Recipe) -> float | None:
    """Return how long each evaluation network of a run may learn, as its training took long."""
    entries = recipe.make.values()
    trained = sum(bool(e.evaluator and e.evaluator.target) + bool(e.matcher) for e in entries)
    return seconds_for(training_seconds(run), trained)


def _model_of(
    run: Path | Model, device: torch.device, changes: Mapping[str, object] | None
) -> Model:
    if not isinstance(run, Model):
        return load_run(run, device=device, changes=changes)
    if changes:
        raise UsageError(
            f"{run.name} is no run: only what a run was not trained with can be changed",
            hint="leave out --set; other data are named with --data",
        )
    return copy(run)  # what is changed below is not the caller's


def measure_with(model: Model, data: str | Mapping[str, object]) -> None:
    """Let a model be measured with other data than its recipe's."""
    section = {"use": data} if isinstance(data, str) else dict(data)
    recipe = model.blueprint.recipe.model_copy(update={"data": choice_of(section)})
    model.blueprint = replace(model.blueprint, recipe=recipe)


def with_target(recipe: Recipe, target: str) -> Recipe:
    """Return the recipe with another target of every evaluator."""
    if not target:
        return recipe
    make = {
        name: entry.model_copy(
            update={"evaluator": entry.evaluator.model_copy(update={"target": target})}
        )
        if entry.evaluator
        else entry
        for name, entry in recipe.make.items()
    }
    if not any(entry.evaluator for entry in make.values()):
        raise UsageError(
            f"no evaluator can predict {target!r}: the recipe names no evaluator",
            hint="leave out --target",
        )
    return recipe.model_copy(update={"make": make})


def _measured_entries(
    model: Model, recipe: Recipe, metrics: Sequence[str], *, needed: bool = True
) -> dict[str, list[Chosen]]:
    """Return the metrics of each made entry: the named ones, or the recipe's, or the default."""
    kinds = {name: Kinds.of(model.gan.modalities[name]) for name in recipe.make}
    if metrics:
        chosen = [chosen_metric(choice_of({"use": use}), "--metric") for use in metrics]
    elif not are_default(recipe):
        chosen = [chosen_metric(choice, "evaluate.metrics") for choice in recipe.evaluate.metrics]
    else:
        by_default = {
            name: [
                fitted(chosen_metric(one, "evaluate.metrics"), kinds[name].values)
                for one in choices
            ]
            for name, choices in default_entries(recipe, kinds).items()
        }
        if needed and not any(by_default.values()):
            raise UsageError(
                f"the recipe of {recipe.name or 'this run'} names no evaluator, and no metrics "
                "that need none",
                hint=WHAT_TO_ADD,
            )
        return by_default
    return measured_entries(recipe, kinds, chosen)


def _numbers(
    entry: EvaluatedEntry, measures: Sequence[Measure], count: int, seed: int
) -> Iterator[tuple[str, Measurement, Measure]]:
    """Yield what was given, and each number for it with the measure that it comes from."""
    if not measures:
        return
    sampled = entry.test.rows(0, count)
    shown = min(count, len(entry.test))
    real, train = entry.real(entry.test, shown), entry.train

    @cache
    def held_out(rows: int | None) -> Evaluated:
        return (
            entry.all_real(train)
            if rows is None
            else entry.real(train, min(max(rows, shown), len(train)))
        )

    metrics = [measure.metric for measure in measures]
    others = [held_out(None if m.needs_training_set else m.needs_training_rows) for m in metrics]
    for measure, other in zip(measures, others, strict=True):
        for measured in measure.numbers_of_real(real, other):
            yield _whose(measured, DECODED), measured, measure
    plans = list(conditions(entry.model.blueprint.recipe.given_of(entry.name)))
    with progress(f"evaluating {entry.name}", len(plans)) as advance:
        for label, given, shuffled in plans:
            fake = entry.made(sampled, given, seed, shuffled)
            for measure, other in zip(measures, others, strict=True):
                for measured in measure.numbers(fake, real, other):
                    yield _whose(measured, label), measured, measure
            advance(1)


def _whose(measured: Measurement, label: str) -> str:
    return f"{BASELINE}{measured.baseline}" if measured.baseline else label


def conditions(entries: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...], bool]]:
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


def _row(
    entry: EvaluatedEntry, given: str, measured: Measurement, count: int, by: Extractor
) -> Number:
    row: Number = {
        "entry": entry.name,
        "given": given,
        "name": measured.name,
        "value": measured.value,
        "floor": measured.floor,
        "low": measured.low,
        "high": measured.high,
        "better": measured.better,
        "n": measured.n or count,
        "target": by.target,
        "evaluator": by.name,
        "evaluator_hash": by.digest,
        "evaluator_accuracy": by.accuracy,
    }
    return {**row, "evaluator_stopped": by.stopped} if by.stopped else row


def _about(number: Number, target: str) -> Number:
    """Return a number with the target in its name, if it is another one than the recipe's."""
    return {**number, "name": f"{number['name']} ({target})"} if target else number


def _whole(number: Number, target: str, seed: int, samples: int) -> Measured:
    named = _about(number, target) if number["target"] else number
    return {**named, "split": "test", "seed": seed, "samples": samples}


def _file_name(*chosen: str) -> str:
    """Return the name of the file for the numbers; characters that files cannot have become -."""
    plain = [re.sub(r"[^a-zA-Z0-9_]+", "-", word) for word in chosen if word]
    return "-".join(["evaluation", *plain]) + ".json"
