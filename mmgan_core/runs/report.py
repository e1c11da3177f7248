"""The report of a run: one self-contained HTML file, made from ``report.html.jinja``."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import yaml

from mmgan_core.recipe.reading import dump
from mmgan_core.runs.changes import changed_recipe
from mmgan_core.runs.checkpoint import checkpoints
from mmgan_core.runs.curve import Curve, Point, curve
from mmgan_core.runs.measurements import (
    COLUMNS,
    measured_notes,
    measured_table,
    read_measurements,
)
from mmgan_core.runs.run_directory import read_metrics

SHEETS = 3
# The curves of each made entry: a title, and the label of each metric.
CURVES: Mapping[str, Mapping[str, str]] = {
    "losses": {"d": "discriminator", "g": "generator"},
    "auxiliary losses": {"auxiliary": "auxiliary losses"},
    "discriminator accuracy, diversity": {
        "discriminator_accuracy": "discriminator accuracy",
        "diversity": "diversity",
    },
}

Metrics = Sequence[Mapping[str, object]]


def report_html(run: Path, changes: Mapping[str, object] | None = None) -> str:
    """Return the report of a run's directory as HTML.

    Args:
        changes: new values of the run's recipe by dotted key, such as ``{"summary": "Cats."}``; of
            what it was not trained with.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    pages = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    recipe = (run / "resolved.yaml").read_text(encoding="utf-8")
    if changes:
        recipe = dump(changed_recipe(run, changes).plain())
    resolved = yaml.safe_load(recipe)
    metrics, measured = read_metrics(run), read_measurements(run)
    return pages.get_template("report.html.jinja").render(
        name=resolved.get("name") or run.name,
        summary=resolved.get("summary", ""),
        state=_state(run, metrics),
        sheets=list(_sheets(run)),
        columns=COLUMNS,
        numbers=measured_table(measured),
        notes=measured_notes(measured),
        curves=list(_curves(metrics)),
        texts={
            "Rows that were skipped": _text(run / "run.log"),
            "Made with": _versions(run),
            "Recipe, with every default filled in": recipe,
        },
    )


def _state(run: Path, metrics: Metrics) -> str:
    saved = [int(folder.name) for folder in checkpoints(run)]
    seen = f"trained on {saved[-1]:,} samples" if saved else "no checkpoint yet"
    words = metrics[-1]["health"] if metrics else {}
    health = ", ".join(f"{k}: {v}" for k, v in words.items()) if isinstance(words, dict) else ""
    return f"{seen}. {health}"


def _sheets(run: Path) -> Iterator[dict[str, str | int]]:
    """Return the last sample sheets, the newest first."""
    for file in sorted((run / "samples").glob("*.png"))[-SHEETS:][::-1]:
        if file.stem.isdigit():
            png = base64.b64encode(file.read_bytes()).decode()
            yield {"png": png, "samples": int(file.stem)}


def _curves(metrics: Metrics) -> Iterator[Curve]:
    entries = sorted({name.partition("/")[0] for row in metrics for name in row if "/" in name})
    wanted = {
        f"{entry}: {title}": {said: f"{entry}/{name}" for name, said in names.items()}
        for entry in entries
        for title, names in CURVES.items()
    }
    wanted["align"] = {"align": "align"}
    for title, names in wanted.items():
        found = curve(title, {said: _line(metrics, name) for said, name in names.items()})
        if found:
            yield found


def _line(metrics: Metrics, name: str) -> list[Point]:
    """Return the points of a metric; values that are not finite numbers are left out."""
    rows = ((row["samples"], row.get(name)) for row in metrics)
    numbers = [(x, y) for x, y in rows if isinstance(x, int) and isinstance(y, (int, float))]
    return [(x, y) for x, y in numbers if math.isfinite(y)]


def _versions(run: Path) -> str:
    lock = _text(run / "lock.json")
    return yaml.safe_dump(json.loads(lock), sort_keys=False) if lock else ""


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""
