"""Classification accuracy score: how well a classifier trained on made samples reads real ones.

Ravuri and Vinyals 2019, "Classification accuracy score for conditional generative models",
https://arxiv.org/abs/1905.10887. The model makes samples for the labels of training samples; a
classifier like the evaluator is trained on these alone and predicts the labels of the real test
samples. Classes that the model never makes, or makes wrongly, lower its accuracy. The floor is the
accuracy of the same classifier trained on those real training samples.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from mmgan_core.components.condition_accuracy import ConditionAccuracy, ConditionAccuracyOptions
from mmgan_core.contracts import Measurement
from mmgan_core.data.pairing import Rows
from mmgan_core.data.prepared import Arrays
from mmgan_core.errors import UsageError
from mmgan_core.evaluation.evaluated_entry import EvaluatedEntry, chunks
from mmgan_core.evaluation.evaluator import Evaluator, new_evaluator, teach
from mmgan_core.foundation.progress import progress
from mmgan_core.foundation.randomness import derived_seed

SCORE = "classification score"
# How many training rows are compared to find the given entry that holds the target.
LOOKED_AT = 64


def classification_score(entry: EvaluatedEntry, count: int, seed: int) -> tuple[str, Measurement]:
    """Compute the classification accuracy score of a made entry.

    Args:
        entry: the made entry.
        count: how many samples are made.
        seed: decides the noise.

    Returns:
        The name of the given entry that held the labels, and the accuracy on real test samples.

    Raises:
        UsageError: if no given entry holds the evaluator's target.
    """
    given = _target_entry(entry)
    feed = entry.train
    rows = entry.rows_of(feed, feed.rows(0, count))
    rows = rows[entry.evaluator.classes(entry.asked(feed, rows)) >= 0]

    def made(some: Rows) -> Sequence[object]:
        chunk = derived_seed(seed, SCORE, some.tolist())
        return entry.generated({given: entry.asked(feed, some)}, len(some), chunk)[entry.name]

    def real(some: Rows) -> Sequence[object]:
        return entry.carried(feed, some)

    by_made, by_real = (
        entry.all_real(entry.test, _taught(entry, rows, values, what))
        for values, what in ((made, "made samples"), (real, "real samples"))
    )
    (accuracy,) = ConditionAccuracy(ConditionAccuracyOptions()).measure(by_made, by_real, by_real)
    return given, replace(accuracy, name=SCORE)


def _target_entry(entry: EvaluatedEntry) -> str:
    """Return a given entry whose values are the evaluator's target, a label if there is one."""
    sampled = entry.train.rows(0, min(LOOKED_AT, len(entry.train)))
    asked = entry.asked(entry.train, entry.rows_of(entry.train, sampled))
    conditions = entry.model.blueprint.recipe.given_of(entry.name)
    fitting = [name for name in conditions if entry.train.raw(name, sampled) == asked]
    modalities = entry.model.gan.modalities
    fitting.sort(key=lambda name: modalities[name].kind != "label")
    if not fitting:
        given = ", ".join(conditions) or "nothing"
        raise UsageError(
            f"the classification score needs samples of every {entry.lesson.target!r}, "
            f"which {entry.model.name} cannot be given",
            hint=f"its given entries: {given}; leave out --classification",
        )
    return fitting[0]


def _taught(
    entry: EvaluatedEntry, rows: Rows, values: Callable[[Rows], Sequence[object]], what: str
) -> Evaluator:
    """Train a new evaluator on these values alone, with the labels of these training rows."""
    evaluator = new_evaluator(entry.part, entry.modality.shown, entry.evaluator.names)
    parts: list[Arrays] = []
    with progress(f"preparing {what}", len(rows)) as advance:
        for some in chunks(rows):
            prepared = evaluator.encoder.prepare(values(some))
            parts.append({key: tensor.numpy() for key, tensor in prepared.items()})
            advance(len(some))
    arrays = {key: np.concatenate([part[key] for part in parts]) for key in parts[0]}

    def take(picked: Rows) -> Arrays:
        return {key: array[picked] for key, array in arrays.items()}

    classes = evaluator.classes(entry.asked(entry.train, rows))
    lesson = entry.lesson
    teach(
        evaluator,
        take,
        classes,
        samples=lesson.samples,
        seconds=lesson.seconds,
        what=f"on {what}",
    )
    return evaluator
