"""Several runs beside one another: numbers over seeds, what their recipes differ in, curves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmgan_core.foundation.yaml_text import from_yaml
from mmgan_core.recipe.old_spellings import with_present_spellings
from mmgan_core.reports.curves import Metrics, points_of, wanted
from mmgan_core.reports.pages import page
from mmgan_core.reports.plots import COLOURS, Line, NoPlots, Plot, plot
from mmgan_core.reports.sheets import Sheet, newest_sheet
from mmgan_core.runs.across_seeds import Group, OverSeeds, grouped
from mmgan_core.runs.run_directory import read_metrics

# What is said of a run, and does not change what it learns.
SAID_ONLY = ("seed", "name", "summary", "about")
LONGEST = 60
UNMEASURED = "None of these runs was evaluated: mmgan-zoo evaluate RUN measures one."
ABSENT = "-"


@dataclass(frozen=True)
class Number:
    """A number of every group.

    Attributes:
        name: what it is called.
        cells: its mean and deviation in each group, or ``ABSENT``.
        best: the place of the group with the best mean, if it is better by more than by seeds.
        better: which is better, ``higher`` or ``lower``; "" if neither is.
    """

    name: str
    cells: Sequence[str]
    best: int | None
    better: str


@dataclass(frozen=True)
class Difference:
    """A key of the recipe that is not alike in all groups, with its value in each."""

    key: str
    cells: Sequence[str]


@dataclass(frozen=True)
class Comparison:
    """Several runs, in groups of those that differ in nothing but the seed.

    Attributes:
        titles: what each group is called.
        seeds: the seeds of each group, as words.
        measured: the numbers that ``evaluate`` measured.
        logged: the last line of each training's metrics.
        differences: the keys of the recipe that differ between groups.
    """

    groups: Sequence[Group]
    titles: Sequence[str]
    seeds: Sequence[str]
    measured: Sequence[Number]
    logged: Sequence[Number]
    differences: Sequence[Difference]


def compared(runs: Sequence[Path]) -> Comparison:
    """Put runs beside one another.

    Args:
        runs: their directories; those whose recipes differ only in the seed are one group.

    Raises:
        UsageError: if there is no run in one of them.
    """
    groups = grouped(list(dict.fromkeys(runs)))
    numbers = list(_numbers(groups))
    evaluated = {name for group in groups for name in group.better}
    return Comparison(
        groups,
        [group.name for group in groups],
        [_seeds(group.seeds) for group in groups],
        [number for number in numbers if number.name in evaluated],
        [number for number in numbers if number.name not in evaluated],
        list(_differences(groups)),
    )


def compare_html(found: Comparison) -> str:
    """Return a comparison as HTML that needs no network and no script."""
    logs = [[read_metrics(run) for run in group.runs] for group in found.groups]
    try:
        plots, missing = list(_curves(found.titles, logs)), ""
    except NoPlots as error:
        plots, missing = [], error.message
    return page(
        "compare.html.jinja",
        title=f"{sum(len(group.runs) for group in found.groups)} runs compared",
        found=found,
        unmeasured=UNMEASURED,
        sheets=list(_sheets(found)),
        plots=plots,
        missing=missing,
        colours=COLOURS,
    )


def _numbers(groups: Sequence[Group]) -> Iterator[Number]:
    better = {name: which for group in groups for name, which in group.better.items()}
    for name in dict.fromkeys(name for group in groups for name in group.metrics):
        each = [group.metrics.get(name) for group in groups]
        which = better.get(name, "")
        yield Number(name, [_cell(one) for one in each], _best(each, which), which)


def _cell(number: OverSeeds | None) -> str:
    return ABSENT if number is None else str(number)


def _best(each: Sequence[OverSeeds | None], better: str) -> int | None:
    """The place of the best mean, if the next one is further away than both deviate by seed."""
    found = [(one.mean, one.deviation or 0.0, place) for place, one in enumerate(each) if one]
    if not better or len(found) < 2:
        return None
    first, second = sorted(found, reverse=better == "higher")[:2]
    return first[2] if abs(first[0] - second[0]) > max(first[1], second[1]) else None


def _seeds(seeds: Sequence[int]) -> str:
    return f"seed{'s'[: len(seeds) != 1]} {', '.join(map(str, seeds))}"


def _differences(groups: Sequence[Group]) -> Iterator[Difference]:
    recipes = [dict(_flat(_recipe(group.runs[0]))) for group in groups]
    for key in sorted({key for recipe in recipes for key in recipe}):
        values = [recipe.get(key, ABSENT) for recipe in recipes]
        if len(set(values)) > 1:
            yield Difference(key, [_short(value) for value in values])


def _recipe(run: Path) -> Mapping[str, object]:
    written = from_yaml((run / "resolved.yaml").read_text(encoding="utf-8")) or {}
    recipe = with_present_spellings(written)[0]
    return {key: value for key, value in recipe.items() if key not in SAID_ONLY}


def _flat(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    """The values of a recipe by dotted key."""
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _flat(inner, f"{key}.{name}" if key else str(name))
    elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        for number, inner in enumerate(value):
            yield from _flat(inner, f"{key}.{number}")
    else:
        yield key, str(value)


def _short(value: str) -> str:
    return value if len(value) <= LONGEST else f"{value[: LONGEST - 3]}..."


def _curves(titles: Sequence[str], logs: Sequence[Sequence[Metrics]]) -> Iterator[Plot]:
    """The plots of every metric, with a line for each run in the colour of its group."""
    everything = [row for group in logs for metrics in group for row in metrics]
    for title, words, names, kind in wanted(everything):
        for said, name in names.items():
            lines = [
                Line(titles[number], points_of(metrics, name), number)
                for number, group in enumerate(logs)
                for metrics in group
            ]
            full = title if len(names) == 1 else f"{title}, {said}"
            limits, usual = (kind.limits, kind.usual) if kind else (None, None)
            found = plot(full, lines, words=words, limits=limits, usual=usual)
            if found:
                yield found


def _sheets(found: Comparison) -> Iterator[tuple[str, int, int, Sheet]]:
    """The newest sheet of each run, with its group's title and number, and its seed."""
    for number, group in enumerate(found.groups):
        for run, seed in zip(group.runs, group.seeds, strict=True):
            sheet = newest_sheet(run)
            if sheet:
                yield found.titles[number], number, seed, sheet
