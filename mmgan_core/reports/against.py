"""Numbers drawn against each other: those of the model beside real samples and baselines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress

from mmgan_core.errors import MmganError
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.reports.plots import Line, Plot, Point, plot
from mmgan_core.runs.measurements import BASELINE, Measured, of_the_model

REAL = "real samples"
WORDS = "Each point is a set of samples. A line joins those of one baseline with other settings."
Pair = tuple[str, str]


def drawn(measured: Sequence[Measured]) -> Iterator[Plot]:
    """Draw the numbers of each made entry that their metrics draw against each other.

    Raises:
        NoPlots: if matplotlib is not installed.
    """
    pairs = list(_pairs()) if measured else []
    for entry in dict.fromkeys(row["entry"] for row in measured):
        rows = [row for row in measured if row["entry"] == entry]
        for across, up in dict.fromkeys(found for pair in pairs for found in _names(rows, pair)):
            lines = lines_of(rows, (across, up))
            found = plot(f"{entry}: {up}", lines, words=WORDS, across=across)
            if found:
                yield found


def lines_of(rows: Sequence[Measured], pair: Pair) -> list[Line]:
    """A line for real samples, for what was given to the model, and for each baseline.

    What stands after a comma in the name of a baseline are its settings.
    """
    values: dict[str, dict[str, Measured]] = {}
    for row in rows:
        if row["name"] in pair and not row["given"].endswith("shuffled"):
            values.setdefault(row["given"], {})[row["name"]] = row
    points: dict[str, list[Point]] = {}
    for given, found in values.items():
        if len(found) < 2:
            continue
        one, other = (found[name] for name in pair)
        if of_the_model(one) and one["floor"] is not None and other["floor"] is not None:
            points.setdefault(REAL, [(one["floor"], other["floor"])])
        name = given.partition(", ")[0] if given.startswith(BASELINE) else f"given {given}"
        points.setdefault(name, []).append((one["value"], other["value"]))
    return [Line(name, sorted(some), at) for at, (name, some) in enumerate(points.items())]


def _pairs() -> Iterator[Pair]:
    for spec in catalogue().of("metric"):
        with suppress(MmganError):  # what cannot be imported cannot be drawn
            yield from catalogue().load("metric", spec.id).draws


def _names(rows: Sequence[Measured], pair: Pair) -> Iterator[Pair]:
    """The names of numbers that a pair of beginnings means."""
    names = dict.fromkeys(row["name"] for row in rows)
    firsts, seconds = ([name for name in names if name.startswith(start)] for start in pair)
    yield from ((first, second) for first in firsts for second in seconds)
