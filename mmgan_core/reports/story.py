"""What a run trained, in one plain sentence, and the commands to go on with."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmgan_core.recipe.schema import Recipe
from mmgan_core.runs.checkpoint import checkpoints
from mmgan_core.runs.run_directory import training_seconds


@dataclass(frozen=True)
class Story:
    """What a run trained.

    Attributes:
        sentences: from what to what, on what, how long, where.
        samples: how many samples training has seen.
        wanted: how many it shall see; 0 if that is not known.
    """

    sentences: Sequence[str]
    samples: int
    wanted: int

    @property
    def finished(self) -> bool:
        """Whether training has seen as many samples as it shall."""
        return bool(self.wanted) and self.samples >= self.wanted


@dataclass(frozen=True)
class Command:
    """A command to go on with, and what it does."""

    words: str
    command: str


def story(run: Path, recipe: Recipe | None, metrics: Sequence[Mapping[str, object]]) -> Story:
    """Return what a run trained, from its files.

    Args:
        recipe: its recipe; None if this version cannot read it.
        metrics: the lines that it logged.
    """
    lock = _lock(run)
    saved = [int(folder.name) for folder in checkpoints(run)]
    logged = [x for row in metrics[-1:] if isinstance(x := row.get("samples"), int)]
    samples = max([*saved, *logged, 0])
    if not recipe:
        return Story([_seen(samples, 0, lock)], samples, 0)
    said = [f"{_from_what(recipe)}.", f"{_on_what(recipe, lock)}."]
    said.append(f"{_how_long(run, samples, recipe, lock)}.")
    return Story(said, samples, recipe.train.samples)


def commands(run: Path, recipe: Recipe | None, samples: int) -> list[Command]:
    """Return the commands to go on with."""
    path = shlex.quote(str(run))
    measured = recipe is None or any(
        entry.evaluator or entry.matcher or entry.repair for entry in recipe.make.values()
    )
    more = max(2 * samples, recipe.train.samples if recipe else 0)
    found = [
        Command(
            "train longer",
            f"mmgan-zoo train {path}/recipe.yaml --run {path} --resume --set train.samples={more}",
        )
    ]
    if not checkpoints(run):
        return found
    name = shlex.quote(recipe.name or run.name) if recipe else shlex.quote(run.name)
    found.insert(0, Command("make samples", f"mmgan-zoo generate run:{path}{_example(recipe)}"))
    if measured:
        found.insert(1, Command("measure it", f"mmgan-zoo evaluate {path}"))
    return [
        *found,
        Command("write the model as files", f"mmgan-zoo export {path} --out models/{name}"),
        Command("publish it on the Hub", f"mmgan-zoo push {path} --to YOU/{name}"),
        Command("write this page anew", f"mmgan-zoo report {path}"),
    ]


def listed(words: Sequence[str]) -> str:
    """Words as a list in a sentence: ``a, b and c``."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def duration(seconds: float) -> str:
    """A time in the unit that fits: ``14 seconds``, ``3.5 hours``."""
    for unit, length in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.3g} {unit}"
    whole = round(seconds)
    return f"{whole} second{'s'[: whole != 1]}"


def _from_what(recipe: Recipe) -> str:
    made = listed(list(recipe.make))
    repaired = [name for name, entry in recipe.make.items() if entry.repair]
    if repaired:
        return f"A GAN that fills in what is missing of {listed(repaired)}"
    given = listed(list(recipe.given))
    return f"A GAN that makes {made} from {given}" if given else f"A GAN that makes {made}"


def _on_what(recipe: Recipe, lock: Mapping[str, object]) -> str:
    data = recipe.about.data_source or _named(recipe)
    rows = lock.get("rows")
    return f"It learned from {rows:,} rows of {data}" if rows else f"It learned from {data}"


def _named(recipe: Recipe) -> str:
    path = recipe.data.model_dump().get("path")
    use = str(recipe.data.use)
    return f"{use}:{path}" if path and ":" not in use else use


def _how_long(run: Path, samples: int, recipe: Recipe, lock: Mapping[str, object]) -> str:
    seconds = training_seconds(run)
    said = _seen(samples, recipe.train.samples, lock)
    if seconds:
        said += f", in {duration(seconds)}"
    device, machine = lock.get("device"), lock.get("machine")
    if device:
        said += f" on {device}" + (f" ({machine})" if machine else "")
    return f"{said}, with seed {recipe.seed}"


def _seen(samples: int, wanted: int, lock: Mapping[str, object]) -> str:
    of = f" of {wanted:,}" if samples < wanted else ""
    rows = lock.get("rows")
    times = f", each row {samples / rows:.3g} times" if isinstance(rows, int) and rows else ""
    return f"Training has seen {samples:,}{of} samples{times}"


def _example(recipe: Recipe | None) -> str:
    """A given value for ``generate``: a name that is known, or a place to fill in."""
    if recipe is None or not recipe.given:
        return " --count 8"
    for name, entry in recipe.given.items():
        names = entry.modality.model_dump().get("names")
        if isinstance(names, list) and names:
            return f" {shlex.quote(f'{name}={names[0]}')} --count 8"
    return f" {next(iter(recipe.given))}=... --count 8"


def _lock(run: Path) -> Mapping[str, object]:
    file = run / "lock.json"
    found: Mapping[str, object] = (
        json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    )
    return found
