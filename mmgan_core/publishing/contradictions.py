"""Contradictions: what in a manifest does not agree with the rest of it.

Most numbers in it cannot be measured again without the data; a number must at least be possible.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from mmgan_core.components.condition_accuracy import wilson
from mmgan_core.evaluation.evaluate import NOTHING, conditions
from mmgan_core.foundation.plain import Plain
from mmgan_core.inference.model import Model
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.recipe.old_spellings import present_component
from mmgan_core.runs.measurements import of_the_model
from mmgan_core.zoo.manifest import PARTS, Manifest

# Numbers that are shares of the samples that they were measured on, with Wilson's interval.
_SHARES = re.compile("condition accuracy|read by .*")
_ROUNDED = 1e-6
_ROW = (
    *("entry", "given", "name", "value", "floor", "low", "high", "better", "n", "split", "seed"),
    *("samples", "target", "evaluator", "evaluator_accuracy"),
)


def contradictions(manifest: Manifest, model: Model) -> Iterator[str]:
    """Say what in a manifest does not agree with the rest of it."""
    lock, versions = manifest.made_with, dict[str, str]()
    for part in manifest.parts:
        before = versions.setdefault(part.distribution, part.distribution_version)
        # A part of a carried model was made when that was exported.
        if before != part.distribution_version and not part.slot.startswith(PARTS):
            yield f"{part.distribution} has the versions {before} and {part.distribution_version}"
    if lock.get("seed", manifest.seed) != manifest.seed:
        yield f"the seed {manifest.seed}, and {lock['seed']!r:.40} in made_with"
    if lock.get("device", manifest.cost.device) != manifest.cost.device:
        yield f"trained on {manifest.cost.device!r}, and on {lock['device']!r:.40} in made_with"
    cost = manifest.cost
    if cost.seconds is not None and not 0 < cost.seconds < math.inf:
        yield f"a training of {cost.seconds} seconds"
    yield from _metrics(manifest, model)


def _metrics(manifest: Manifest, model: Model) -> Iterator[str]:
    rows, seen = manifest.metrics, set()
    combinations = {name: _combinations(model, name) for name in model.made}
    for number, row in enumerate(rows):
        where = f"metrics.{number}"
        missing = [key for key in _ROW if key not in row]
        if missing:
            yield f"{where} lacks {missing[0]}"
            continue
        if row["entry"] not in combinations:
            yield f"{where} is of the entry {row['entry']!r:.40}, which the model does not make"
            continue
        if of_the_model(row) and row["given"] not in combinations[row["entry"]]:
            yield f"{where} was measured given {row['given']!r:.60}, which cannot be given"
        place = tuple(str(row.get(key)) for key in ("entry", "given", "name", "split", "evaluator"))
        if place in seen:
            yield f"{where} says {row['name']!r:.40} twice"
        seen.add(place)
        yield from (f"{where}: {fault}" for fault in _row_faults(row, manifest, model))
    for key in ("seed", "split"):
        if len({str(row.get(key)) for row in rows}) > 1:
            yield f"metrics were measured with several values of {key}"
    directions: dict[str, str] = {}
    evaluators: dict[tuple[str, ...], object] = {}
    for row in rows:
        if directions.setdefault(str(row["name"]), str(row["better"])) != row["better"]:
            yield f"of {row['name']!r:.40} both higher and lower is better"
        by = tuple(str(row.get(key)) for key in ("entry", "evaluator", "target", "evaluator_hash"))
        accuracy = row.get("evaluator_accuracy")
        if evaluators.setdefault(by, accuracy) != accuracy:
            yield f"the evaluator {by[1]} is right in {evaluators[by]} and in {accuracy}"


def _row_faults(row: Plain, manifest: Manifest, model: Model) -> Iterator[str]:
    value, low, high, n = row["value"], row["low"], row["high"], row["n"]
    floor, accuracy = row["floor"], row["evaluator_accuracy"]
    numbers = (low, high, floor, accuracy)
    if not _is_number(value) or not all(one is None or _is_number(one) for one in numbers):
        yield "a value that is no finite number"
        return
    if (
        not all(type(row[key]) is int and row[key] >= 0 for key in ("n", "seed", "samples"))
        or not n
    ):
        yield "n, seed and samples are whole numbers"
        return
    inside = low is None or low - _ROUNDED <= value <= high + _ROUNDED
    if (low is None) != (high is None) or not inside:
        yield f"{value} is outside its interval, {low} to {high}"
    if row["better"] not in ("higher", "lower"):
        yield f"better is {row['better']!r:.20}"
    make = model.blueprint.recipe.make[row["entry"]]
    if (row["given"], row["name"]) == (NOTHING, "condition accuracy") and not make.repair:
        yield "nothing was given, so that no condition could be met"
    if row["split"] not in ("test", "train"):
        yield f"the split is {row['split']!r:.20}"
    if row["samples"] != manifest.cost.samples:
        yield f"measured after {row['samples']} samples, and trained on {manifest.cost.samples}"
    if accuracy is not None and not 0 <= accuracy <= 1:
        yield f"an evaluator that is right in {accuracy}"
    evaluator = row["evaluator"]
    if evaluator and present_component(str(evaluator)) not in {
        spec.id for spec in catalogue().of("encoder")
    }:
        yield f"{evaluator!r:.40} is no installed encoder"
    if accuracy is not None and (
        make.evaluator is None
        or evaluator != make.evaluator.encoder.use
        or row["target"] != make.evaluator.target
    ):
        yield f"measured by {evaluator!r:.40}, which is not the evaluator of its recipe"
    if _SHARES.fullmatch(str(row["name"])) and low is not None:
        right = round(value * n)
        ends = wilson(right, n) if 0 <= right <= n else (math.nan, math.nan)
        shares = ((right / n, value), (ends[0], low), (ends[1], high))
        if not all(math.isclose(one, said, abs_tol=_ROUNDED) for one, said in shares):
            yield f"{value} of {n} samples has another interval than {low} to {high}"
        if floor is not None and not 0 <= floor <= 1:
            yield f"a share of {floor} of real samples"
    if row["name"] in ("precision", "recall", "coverage") and not 0 <= value <= 1:
        yield f"a share of {value}"


def _combinations(model: Model, entry: str) -> set[str]:
    """What can be given for an entry, in the words of measurements."""
    return {title for title, _, _ in conditions(model.blueprint.recipe.given_of(entry))}


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and type(value) is not bool and math.isfinite(value)
