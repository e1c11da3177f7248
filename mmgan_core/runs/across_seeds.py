"""The final numbers of several runs, with mean and deviation over those that differ in the seed."""

from __future__ import annotations

import json
import re
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from mmgan_core.errors import MmganError, UsageError
from mmgan_core.foundation.yaml_text import from_yaml
from mmgan_core.recipe.reading import check
from mmgan_core.runs.measurements import read_measurements
from mmgan_core.runs.run_directory import read_metrics

# None of these changes what is learned.
_SAID_ONLY = ("seed", "name", "summary", "about")
_NOT_A_NUMBER = ("samples", "rate", "health")
_SEED_AT_END = re.compile(r"-seed\d+$")


class OverSeeds(NamedTuple):
    """A number over several runs.

    Attributes:
        mean: the mean.
        deviation: the standard deviation (with n - 1), or None of a single run.
        n: how many runs have this number.
    """

    mean: float
    deviation: float | None
    n: int

    def __str__(self) -> str:
        return f"{self.mean:.4g}" + (
            f" ± {self.deviation:.2g}" if self.deviation is not None else ""
        )


@dataclass(frozen=True)
class Group:
    """Runs whose recipes differ in nothing but the seed.

    Attributes:
        name: the name of their folders, without the seed.
        runs: their folders, in the order given.
        seeds: the seed of each.
        metrics: each final number, as ``final_metrics`` names them.
        better: which is better, ``"higher"`` or ``"lower"``, of the numbers of which it is known.
    """

    name: str
    runs: tuple[Path, ...]
    seeds: tuple[int, ...]
    metrics: Mapping[str, OverSeeds] = field(repr=False)
    better: Mapping[str, str] = field(repr=False)


def grouped(runs: Sequence[Path]) -> list[Group]:
    """Put runs whose resolved recipes differ only in seed and name into one group.

    Args:
        runs: the folders of the runs; the groups stand in the order of their first runs.

    Raises:
        UsageError: if a folder holds no run.
    """
    found: dict[str, list[tuple[Path, int]]] = {}
    for run in runs:
        recipe = _recipe_of(run)
        seed = int(str(recipe.get("seed", 0)))
        learned = {key: value for key, value in recipe.items() if key not in _SAID_ONLY}
        found.setdefault(json.dumps(learned, sort_keys=True, default=str), []).append((run, seed))
    groups = [_group(members) for members in found.values()]
    names = [group.name for group in groups]
    return [group if names.count(group.name) == 1 else _renamed(group) for group in groups]


def final_metrics(run: Path) -> dict[str, float]:
    """The last numbers that a run has.

    What was evaluated is called ``ENTRY: NAME (WHAT WAS GIVEN)``, such as ``image: condition
    accuracy (label)``; the last line of the training's metrics keeps its names, such as
    ``image/diversity``.
    """
    numbers = {
        measured_name(row["entry"], row["name"], row["given"]): float(row["value"])
        for row in read_measurements(run)
    }
    last = (read_metrics(run) or [{}])[-1]
    return numbers | {
        name: float(value)
        for name, value in last.items()
        if name not in _NOT_A_NUMBER and isinstance(value, (int, float))
    }


def measured_name(entry: str, name: str, given: str) -> str:
    """What an evaluated number is called in tables of several runs."""
    return f"{entry}: {name} ({given})"


def over_seeds(values: Iterable[float]) -> OverSeeds:
    """The mean of some numbers, their standard deviation, and how many they are."""
    found = list(values)
    deviation = statistics.stdev(found) if len(found) > 1 else None
    return OverSeeds(statistics.fmean(found), deviation, len(found))


def _recipe_of(run: Path) -> Mapping[str, object]:
    file = run / "resolved.yaml"
    if not file.is_file():
        raise UsageError(
            f"{run} holds no run", hint="name the folder of a run, such as runs/digits"
        )
    written = from_yaml(file.read_text(encoding="utf-8"))
    try:  # keys that came after this run was written have their defaults
        return check(written, str(file)).plain()
    except MmganError:
        return dict(written)


def _group(members: Sequence[tuple[Path, int]]) -> Group:
    runs = tuple(run for run, _ in members)
    finals = [final_metrics(run) for run in runs]
    names = dict.fromkeys(name for final in finals for name in final)
    metrics = {n: over_seeds(final[n] for final in finals if n in final) for n in names}
    better = {
        measured_name(row["entry"], row["name"], row["given"]): row["better"]
        for run in runs
        for row in read_measurements(run)
    }
    name = runs[0].name if len(runs) == 1 else _SEED_AT_END.sub("", runs[0].name)
    return Group(name, runs, tuple(seed for _, seed in members), metrics, better)


def _renamed(group: Group) -> Group:
    """The same group under a name that no other group has: the path of its first run."""
    return Group(str(group.runs[0]), group.runs, group.seeds, group.metrics, group.better)
