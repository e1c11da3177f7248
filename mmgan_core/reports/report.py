"""The report of a run: one HTML file that shows what was trained, and how it went."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from mmgan_core.errors import MmganError
from mmgan_core.foundation.yaml_text import from_yaml
from mmgan_core.health.advice import advise
from mmgan_core.recipe.reading import dump
from mmgan_core.recipe.schema import Recipe
from mmgan_core.reports.against import drawn
from mmgan_core.reports.curves import Metrics, training_curves
from mmgan_core.reports.examples import examples
from mmgan_core.reports.health_strip import strips
from mmgan_core.reports.numbers import columns, explained, rows
from mmgan_core.reports.pages import page
from mmgan_core.reports.plots import MOST_POINTS, NoPlots, Plot
from mmgan_core.reports.sheets import earlier_sheets, newest_sheet
from mmgan_core.reports.story import commands, listed, story
from mmgan_core.runs.changes import changed_recipe
from mmgan_core.runs.measurements import measured_notes, read_measurements
from mmgan_core.runs.run_directory import read_metrics

# How many lines of a log are shown.
LINES = 200


def report_html(run: Path, changes: Mapping[str, object] | None = None, *, samples: int = 0) -> str:
    """Return the report of a run's directory as HTML that needs no network and no script.

    Args:
        run: the directory of the run; it may have just begun, or have been stopped.
        changes: new values of the run's recipe by dotted key, such as ``{"summary": "Cats."}``; of
            what it was not trained with.
        samples: how many samples are made for the page for each of a few rows of the test split,
            to hear, to read and to compare with real ones; 0 shows only what is on disk.

    Raises:
        UsageError: if a change is of what the run was trained with.
    """
    changes = changes or {}
    recipe = _recipe(run, changes)
    written = dump(recipe.plain()) if recipe and changes else _text(run / "resolved.yaml")
    known = from_yaml(written) or {}
    metrics, measured = read_metrics(run), read_measurements(run)
    told = story(run, recipe, metrics)
    plots, missing = curves_or_why(metrics, recipe)
    return page(
        "report.html.jinja",
        title=known.get("name") or run.name,
        summary=known.get("summary", ""),
        story=told,
        limits=recipe.about.limits if recipe else [],
        strips=strips(metrics),
        advice=advise(metrics, recipe) if recipe else [],
        sheet=newest_sheet(run),
        earlier=earlier_sheets(run),
        given=listed(list(recipe.given)) if recipe else "",
        made=listed(list(recipe.make)) if recipe else "",
        examples=examples(run, changes, samples),
        numbers=rows(measured),
        explained=explained(measured),
        columns=columns(measured),
        notes=measured_notes(measured),
        against=[] if missing else list(drawn(measured)),
        plots=plots,
        missing=missing,
        banded=bool(plots) and len(metrics) > MOST_POINTS,
        commands=commands(run, recipe, told.samples),
        texts={
            "What the log says": _beginning(_text(run / "run.log")),
            "Data": _data(run),
            "Made with": _versions(run),
            "The recipe, with every default filled in": written,
        },
    )


def curves_or_why(metrics: Metrics, recipe: Recipe | None) -> tuple[Sequence[Plot], str]:
    """Return the curves of a training; or none, and why."""
    try:
        return list(training_curves(metrics, recipe)), ""
    except NoPlots as error:
        return [], error.message


def _recipe(run: Path, changes: Mapping[str, object]) -> Recipe | None:
    """The recipe of a run; None if it was written for another version, which is no reason to stop.

    Raises:
        MmganError: if it is to be changed, and cannot be.
    """
    try:
        return changed_recipe(run, changes)
    except MmganError:
        if changes:
            raise
        return None


def _beginning(text: str) -> str:
    lines = text.splitlines()
    more = len(lines) - LINES
    return "\n".join([*lines[:LINES], f"... and {more:,} more lines"]) if more > 0 else text


def _data(run: Path) -> str:
    """What training found in its data, in the words in which it said so."""
    said = _text(run / "data.json")
    return "\n".join(f"{what}: {words}" for what, words in json.loads(said)) if said else ""


def _versions(run: Path) -> str:
    lock = _text(run / "lock.json")
    return yaml.safe_dump(json.loads(lock), sort_keys=False) if lock else ""


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.is_file() else ""
