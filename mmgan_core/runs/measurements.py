"""The measurements of a model: as its run keeps them, and as one table for readers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NotRequired, TypedDict, cast

from mmgan_core.recipe.old_spellings import present_measurement

# What stands in the place of the given entries where real samples alone were measured.
DECODED = "real samples, encoded and decoded"
# What begins it where something made the samples that is not the model.
BASELINE = "baseline: "
COLUMNS = ("makes", "given", "number", "value", "95 %", "real", "n")


class Number(TypedDict):
    """One number, and the evaluator or matcher that measured it.

    ``evaluator``, ``evaluator_hash`` and ``target`` are empty if no network measured it;
    ``evaluator_accuracy`` is None if none was trained to predict the target.
    ``floor`` is the same number for real data, ``low`` and ``high`` are the ends of its 95 %
    interval; ``evaluator_stopped`` says after what a network's lesson was cut short, for lack of
    time; and ``made`` counts the made samples that the classifier of a classification score
    was trained on.
    """

    entry: str
    given: str
    name: str
    value: float
    floor: float | None
    low: float | None
    high: float | None
    better: str
    n: int
    target: str
    evaluator: str
    evaluator_hash: str
    evaluator_accuracy: float | None
    evaluator_stopped: NotRequired[str]
    made: NotRequired[int]


class Measured(Number):
    """A number with everything that it depends on."""

    split: str
    seed: int
    samples: int


def read_measurements(run: Path) -> list[Measured]:
    """Read the numbers in a run's ``evaluation.json``; there are none before it is evaluated."""
    file = run / "evaluation.json"
    if not file.is_file():
        return []
    rows = json.loads(file.read_text(encoding="utf-8"))
    return [cast(Measured, present_measurement(row)) for row in rows]


def of_the_model(row: Mapping[str, object]) -> bool:
    """Whether a number says something of the model, and not of real samples or of a baseline."""
    given = str(row["given"])
    return given != DECODED and not given.startswith(BASELINE)


def measured_table(rows: Iterable[Mapping[str, object]]) -> list[tuple[str, ...]]:
    """Return a line of cells for each number, in the order of ``COLUMNS``."""
    return [
        (
            str(row["entry"]),
            str(row["given"]),
            str(row["name"]),
            f"{row['value']:.3f}",
            "" if row.get("low") is None else f"{row['low']:.3f}-{row['high']:.3f}",
            "" if row.get("floor") is None else f"{row['floor']:.3f}",
            str(row["n"]),
        )
        for row in rows
    ]


def measured_notes(rows: Iterable[Measured]) -> list[str]:
    """Return sentences that say how the numbers of each made entry were measured."""
    rows = list(rows)
    named: dict[tuple[str, str], dict[str, None]] = {}
    for row in rows:
        end = f"seed {row['seed']}, trained on {row['samples']:,} samples."
        named.setdefault((row["entry"], f"{_measured_by(row)}; {end}"), {})[row["name"]] = None
    notes = {
        f"{entry}: {said}" if "predicts" in said else f"{entry}: {', '.join(names)}: {said}"
        for (entry, said), names in named.items()
    }
    notes |= {
        f"{row['entry']}: classification score: the accuracy on real samples of the same network, "
        f"trained on {row['made']:,} made samples alone; real: trained on as many real samples."
        for row in rows
        if "made" in row
    }
    return sorted(notes)


def _measured_by(row: Measured) -> str:
    """Return which network measured a number, and what it was trained to do."""
    if not row["evaluator"]:
        return f"measured on {row['split']} without a network"
    network = f"measured on {row['split']} by {row['evaluator']} ({row['evaluator_hash']})"
    cut = _cut_short(row)
    if row["evaluator_accuracy"] is not None:
        return (
            f"{network}, which predicts {row['target']} correctly for "
            f"{row['evaluator_accuracy']:.1%} of real samples{cut}"
        )
    if row["target"]:
        return f"{network}, trained to match samples and {row['target']}{cut}"
    return f"{network}, which was not trained on these data"


def _cut_short(row: Measured) -> str:
    after = row.get("evaluator_stopped")
    return f"; its lesson was cut short after {after}" if after else ""


def markdown_table(rows: Iterable[Mapping[str, object]]) -> list[str]:
    """Return the lines of ``measured_table`` as a Markdown table with a heading."""
    head, *lines = (f"| {' | '.join(line)} |" for line in (COLUMNS, *measured_table(rows)))
    return [head, f"|{'---|' * len(COLUMNS)}", *lines]
