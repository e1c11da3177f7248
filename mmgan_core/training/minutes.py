"""A recipe whose training takes so many minutes on this machine.

The rate is measured by steps that are thrown away. What follows from it stands in the recipe of the
run as if it had been written there, so that the run can be repeated without measuring anything.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from copy import deepcopy
from math import floor, log10

from mmgan_core.errors import UsageError
from mmgan_core.foundation.devices import AUTO
from mmgan_core.foundation.plain import Plain
from mmgan_core.foundation.progress import console
from mmgan_core.recipe.reading import check
from mmgan_core.recipe.schedule import Schedule
from mmgan_core.recipe.schema import Recipe
from mmgan_core.training.timing import samples_of_step, time_recipe

# What sheets, checkpoints and lines of metrics take of the time.
BESIDE = 0.05
Changes = dict[str, tuple[object, object]]


def recipe_for_minutes(recipe: Recipe, minutes: float, *, device: str = AUTO) -> Recipe:
    """Return the recipe with a training of so many minutes; says what it chose.

    The samples, all schedules, the half-life of the average and the intervals of logs, sheets and
    checkpoints change in the same proportion.

    Args:
        minutes: how long training may take; ``evaluate`` may take a fifth of that more.
        device: as for ``train``.

    Raises:
        UsageError: if no step can be measured, or several processes train together.
    """
    if not 0 < minutes < float("inf"):
        raise UsageError(f"a training of {minutes} minutes is none", hint="name a number above 0")
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise UsageError(
            "the minutes of several processes are not known: each would measure its own rate",
            hint="say how long in samples: --set train.samples=N; the rate is in metrics.jsonl",
        )
    _say("measuring the rate of training")
    found = time_recipe(recipe, device=device)
    if found.over:
        raise UsageError(
            f"a step takes more than {found.slowest:.0f} seconds on {found.device}: "
            f"{minutes:g} minutes would teach nothing",
            hint="make the samples, the networks or train.batch_size smaller; "
            "mmgan-zoo plan shows their sizes",
        )
    wanted = readable(max(samples_of_step(recipe), 60 * minutes * (1 - BESIDE) * found.rate))
    fitted, changes = fit(recipe, wanted)
    chosen = ", ".join(f"{key} {_shown(new)} (was {_shown(old)})" for key, (old, new) in changes)
    _say(
        f"{minutes:g} minutes at {found.rate:,.3g} samples a second on {found.device}: {chosen}; "
        "mmgan-zoo evaluate may take a fifth of that more"
    )
    return fitted


def refuse_both(changes: Mapping[str, object]) -> None:
    """Refuse minutes for a training whose samples are set too.

    Args:
        changes: new values of the recipe by dotted key.

    Raises:
        UsageError: if they set ``train.samples``.
    """
    block = changes.get("train")
    if "train.samples" in changes or (isinstance(block, Mapping) and "samples" in block):
        raise UsageError(
            "minutes and train.samples both say how long training is", hint="leave out one of them"
        )


def refuse_seeds(count: int) -> None:
    """Refuse minutes for runs of several seeds, each of which would be fitted to another rate.

    Raises:
        UsageError: if there are several seeds.
    """
    if count > 1:
        raise UsageError(
            "--minutes fits one training, and several seeds shall be trained alike",
            hint="train one with --minutes, then the recipe in its run with the other seeds: "
            "mmgan-zoo train RUN/recipe.yaml --seed 1,2",
        )


def fit(recipe: Recipe, samples: int) -> tuple[Recipe, list[tuple[str, tuple[object, object]]]]:
    """Return the recipe with a training of so many samples, and what changed by dotted key.

    Each change is a pair of the old and the new value.
    """
    before, settings = recipe.train.samples, recipe.train
    raw: Plain = deepcopy(recipe.as_given)
    factor = samples / before
    changes: Changes = {"train.samples": (before, samples)}
    train = raw.setdefault("train", {})
    train["samples"] = samples
    for schedule, key in _schedules(raw, ""):
        old = int(schedule["over"])
        schedule["over"] = samples if old == before else scaled(old, factor)
        changes[f"{key}.over"] = (old, schedule["over"])
    for key in ("log_every", "sample_every", "checkpoint_every"):
        every = getattr(settings, key)
        if every is not None:
            train[key] = scaled(every, factor)
            changes[f"train.{key}"] = (every, train[key])
    average = train.setdefault("ema", {})
    average["half_life"] = _half_life(settings.ema.half_life, average, factor)
    changes["train.ema.half_life"] = (settings.ema.half_life, average["half_life"])
    for name, entry in recipe.make.items():
        if entry.adversarial_start:
            start = scaled(entry.adversarial_start, factor)
            raw["make"][name]["adversarial_start"] = start
            changes[f"make.{name}.adversarial_start"] = (entry.adversarial_start, start)
    return check(raw, recipe.name or "the recipe"), list(changes.items())


def readable(number: float) -> int:
    """Round down to two digits, so that people can read it: 123,456 becomes 120,000."""
    if number < 100:
        return max(1, int(number))
    unit = 10 ** (floor(log10(number)) - 1)
    return int(number // unit * unit)


def scaled(samples: float, factor: float) -> int:
    """So many samples of a training that becomes ``factor`` times as long."""
    return readable(samples * factor)


def _half_life(number: float | Schedule, given: Plain, factor: float) -> object:
    if not isinstance(number, Schedule):
        return scaled(number, factor) if number else 0
    schedule: Plain = given["half_life"]  # its `over` is fitted already
    ends = {key: scaled(schedule[key], factor) if schedule[key] else 0 for key in ("from", "to")}
    return {**schedule, **ends}


def _schedules(here: object, key: str) -> Iterator[tuple[Plain, str]]:
    """The schedules in plain data, with their dotted keys."""
    if isinstance(here, dict):
        if {"from", "to", "over"} <= set(here) <= {"from", "to", "over", "shape"}:
            yield here, key
            return
        for name, value in here.items():
            yield from _schedules(value, f"{key}.{name}" if key else str(name))
    elif isinstance(here, list):
        for at, value in enumerate(here):
            yield from _schedules(value, f"{key}.{at}")


def _shown(value: object) -> str:
    if isinstance(value, Schedule):
        value = value.model_dump(by_alias=True)
    if isinstance(value, dict):
        return f"{_shown(value['from'])} to {_shown(value['to'])}"
    return f"{value:,g}" if isinstance(value, int | float) and value < 1e5 else f"{value:,.0f}"


def _say(text: str) -> None:
    console().print(text, markup=False, highlight=False, soft_wrap=True)
