"""A sweep: one training for each choice of some values of a recipe, and each seed."""

from __future__ import annotations

import itertools
import json
import math
import re
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mmgan_core.assembly.measurable import are_default, default_entries
from mmgan_core.assembly.opening import open_recipe
from mmgan_core.errors import UsageError, nearest
from mmgan_core.evaluation.evaluate import NOTHING, evaluate
from mmgan_core.foundation.devices import AUTO
from mmgan_core.foundation.files import atomically
from mmgan_core.foundation.progress import console
from mmgan_core.foundation.yaml_text import from_yaml
from mmgan_core.recipe.choices import Choice
from mmgan_core.recipe.reading import dump
from mmgan_core.recipe.schema import Recipe
from mmgan_core.runs.across_seeds import grouped, measured_name, over_seeds
from mmgan_core.runs.checkpoint import checkpoints
from mmgan_core.runs.measurements import Measured, of_the_model
from mmgan_core.training.going_on import train_or_go_on
from mmgan_core.training.trainer import Diverged
from mmgan_core.zoo.loading import frozen_model

Values = Mapping[str, object]
ASKED = "sweep.yaml"
# What may differ when a sweep goes on: more values, more seeds, another order of the results.
_FREE = ("values", "seeds", "by", "trials")


@dataclass(frozen=True)
class Trial:
    """One training of a sweep.

    Attributes:
        name: its folder in that of the sweep, such as ``learning_rate=0.001,width=16-seed0``.
        values: what it sets, by dotted key.
        recipe: its recipe.
    """

    name: str
    values: Values
    recipe: Recipe


class Stopped(Exception):
    """A signal has stopped a training, which was saved."""

    def __init__(self, signal: int | None) -> None:
        self.signal = signal


def grid(over: Mapping[str, Sequence[object]]) -> Iterator[Values]:
    """Yield every choice of one value for each key."""
    for values in itertools.product(*over.values()):
        yield dict(zip(over, values, strict=True))


def refuse_no_choice(over: Mapping[str, Sequence[object]]) -> None:
    """Refuse a sweep over nothing, and a key with one value only.

    Raises:
        UsageError: names the key.
    """
    if not over:
        raise UsageError("a sweep needs something to vary", hint="--over KEY=VALUE,VALUE")
    for key, values in over.items():
        if key in ("seed", "name"):
            raise UsageError(f"--over {key}: this is no setting", hint="seeds: --seed 0,1,2")
        if len(values) < 2:
            raise UsageError(
                f"--over {key}: there is no choice, with {len(values)} value",
                hint=f"give several, {key}=A,B; or --set {key}=...",
            )


def folder_name(values: Values, seed: int) -> str:
    """A readable name for the folder of a trial."""
    last = [key.rpartition(".")[2] for key in values]
    short = dict(zip(values, last, strict=True)) if len(set(last)) == len(last) else {}
    said = ",".join(f"{short.get(key, key)}={_plain(value)}" for key, value in values.items())
    return f"{said[:150]}-seed{seed}"


def _plain(value: object) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return re.sub(r"[^A-Za-z0-9.+-]+", "-", text).strip("-")


def refuse_other_sweep(folder: Path, asked: Mapping[str, object]) -> None:
    """Write down what a sweep was asked, or compare it with what was written down before.

    Raises:
        UsageError: if the folder holds another sweep.
    """
    file = folder / ASKED
    if file.is_file():
        before = from_yaml(file.read_text(encoding="utf-8"))
        for key in asked:
            if key not in _FREE and before.get(key) != asked[key]:
                raise UsageError(
                    f"{folder} holds another sweep: its {key} is {before.get(key)!r}, "
                    f"not {asked[key]!r}",
                    hint="name another folder: --out DIR",
                )
    folder.mkdir(parents=True, exist_ok=True)
    with atomically(file) as beside:
        beside.write_text(dump(asked), encoding="utf-8")


def refuse_unmeasured(recipe: Recipe, by: str) -> Choice:
    """The metric of a recipe with this id.

    Raises:
        UsageError: if the recipe does not measure it: names the nearest.
    """
    chosen: Iterable[Choice] = recipe.evaluate.metrics
    if are_default(recipe):
        chosen = itertools.chain(*default_entries(recipe).values())
    found = {choice.use.partition("@")[0]: choice for choice in chosen}
    if by not in found:
        raise UsageError(f"--by {by}: the recipe does not measure it", hint=nearest(by, found))
    return found[by]


def refuse_unworkable(trials: Sequence[Trial]) -> None:
    """Check every trial's recipe and components before the first is trained."""
    for trial in trials:
        open_recipe(trial.recipe, frozen_model)


@dataclass
class Sweep:
    """The trials of a sweep in a folder.

    Attributes:
        folder: the folder, in which each trial has one of its own.
        metric: the metric that says which is best, or None.
        scores: by the folder of a finished trial, what this metric said of it.
        diverged: the folders of trials that came to no end.
    """

    folder: Path
    metric: Choice | None = None
    cpu: bool = False
    device: str = AUTO
    scores: dict[Path, Measured | None] = field(default_factory=dict)
    diverged: list[Path] = field(default_factory=list)

    def do(self, trials: Iterable[Trial]) -> float:
        """Train and measure trials from where they stand; return their mean, smaller is better.

        Raises:
            Stopped: if a signal has stopped one.
        """
        losses = []
        for trial in trials:
            run = self.folder / trial.name
            try:
                result = train_or_go_on(trial.recipe, run, cpu=self.cpu, device=self.device)
            except Diverged as error:
                console().print(str(error), markup=False)
                self.diverged.append(run)
                return math.inf
            if result is not None and result.outcome == "stopped":
                raise Stopped(result.signal)
            row = self.scores[run] = self._measured(run)
            if row:
                losses.append(row["value"] * (1 if row["better"] == "lower" else -1))
        return statistics.fmean(losses) if losses else 0.0

    def _measured(self, run: Path) -> Measured | None:
        """What the metric says of a run, given everything; it is measured once."""
        if self.metric is None:
            return None
        file = run / f"evaluation-{_plain(self.metric.use)}.json"
        rows: list[Measured] = json.loads(file.read_text("utf-8")) if file.is_file() else []
        if not rows or rows[0]["samples"] != int(checkpoints(run)[-1].name):
            chosen = {"use": self.metric.use, **self.metric.options}
            rows = evaluate(run, changes={"evaluate.metrics": [chosen]}, out=file).rows
        given = [row for row in rows if not row["given"].endswith("shuffled") and of_the_model(row)]
        if not given:
            raise UsageError(f"{self.metric.use} measures nothing of {run}")
        most = max(given, key=lambda row: (row["given"] != NOTHING, row["given"].count(" + ")))
        return next(row for row in given if row["given"] == most["given"])

    @property
    def higher(self) -> bool:
        """Whether more of the metric is better."""
        return any(row is not None and row["better"] == "higher" for row in self.scores.values())

    def table(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """The heading and a line for each choice: the best first, if a metric says which it is."""
        groups = grouped(list(self.scores))
        scored = [[r for run in g.runs if (r := self.scores[run]) is not None] for g in groups]
        rows: list[tuple[float, tuple[str, ...]]] = []
        names = list(dict.fromkeys(name for group in groups for name in group.metrics))[:4]
        for group, found in zip(groups, scored, strict=True):
            cells = [str(group.metrics[n]) if n in group.metrics else "" for n in names]
            loss, said = 0.0, []
            if found:
                score = over_seeds(row["value"] for row in found)
                loss = score.mean * (1 if found[0]["better"] == "lower" else -1)
                said = [str(score)]
            rows.append((loss, (group.name, *said, *cells)))
        first = [measured_name(r["entry"], r["name"], r["given"]) for g in scored for r in g][:1]
        lines = [line for _, line in sorted(rows, key=lambda row: row[0])]
        head = ("trial", *first, *names)
        blank = ("",) * (len(head) - 2)
        lines += [(run.name, "diverged", *blank)[: len(head)] for run in self.diverged]
        return head, lines
