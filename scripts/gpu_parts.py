"""The parts of `gpu_check.py`. Each returns facts, of which the table shows ``says``.

The parts import the toolkit inside their functions: if a package is missing, only the parts that
need it fail, not the whole check.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from scripts.gpu_cases import Case, Changes, Size

if TYPE_CHECKING:
    from torch import Tensor

    from mmgan_core.recipe.schema import Recipe

Facts = dict[str, Any]
# More stretches would be short: each fills half of the time that is left, or all of it.
MOST_STRETCHES = 8
# The tolerance for a GPU that multiplies in TF32 or in another order; more is a wrong sample.
SAME_SAMPLE = 0.1
SAME_METRIC = 0.05


class Skipped(Exception):
    """A part that cannot be tried here, and why."""


class Wrong(Exception):
    """A part that ran but had a wrong result; its facts are kept."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts["says"])
        self.facts = facts


@dataclass(frozen=True)
class Bench:
    """The device to check, and how much each part does there.

    Attributes:
        device: the device to check.
        cpu: whether the CPU is used even if there is a GPU.
        folder: the folder of the runs.
        size: how much each part does.
    """

    device: torch.device
    cpu: bool
    folder: Path
    size: Size

    def run(self, case: Case, what: str) -> Path:
        """Return the run directory of one training."""
        return self.folder / f"{case.name}-{what}"


Part = Callable[[Bench, Case], Facts]


def prepare(bench: Bench, case: Case) -> Facts:
    """Decode the data once, so that no training waits for it."""
    from mmgan_core.assembly.opening import open_recipe
    from mmgan_core.data.feed import open_splits

    blueprint, _ = open_recipe(recipe_of(case, 1, {}))
    feeds = open_splits(blueprint, blueprint.build())
    rows = sum(len(table) for feed in feeds for table in feed.tables)
    return {"rows": rows, "says": f"{rows:,} rows"}


def train(bench: Bench, case: Case) -> Facts:
    """Train for the time given."""
    facts = _train_for(bench.size.seconds, bench, case, bench.run(case, "fp32"), {})
    return {**facts, "says": _losses(facts)}


def bf16(bench: Bench, case: Case) -> Facts:
    """Train for a sixth of the time in half precision."""
    changes = {"train.precision": "bf16"}
    facts = _train_for(bench.size.seconds / 6, bench, case, bench.run(case, "bf16"), changes)
    return {**facts, "says": _losses(facts)}


def compiled(bench: Bench, case: Case) -> Facts:
    """Time compiled steps beside steps that are not, and compare the first of each."""
    from scripts.gpu_loops import timed, trainer_of

    found = {}
    for name, wanted in (("plain", False), ("compiled", True)):
        trainer = trainer_of(bench, case, {"train.compile": wanted})
        trainer.train_step()
        trainer.train_step()
        metrics = trainer.metrics()
        found[name] = {
            **timed(trainer.train_step, trainer.recipe.train.batch_size, bench),
            "metrics": metrics,
        }
        del trainer
    plain, quick = found["plain"], found["compiled"]
    away = max(abs(quick["metrics"][n] - value) for n, value in plain["metrics"].items())
    gain = quick["samples_per_second"] / plain["samples_per_second"]
    facts = {
        **quick,
        "plain": plain,
        "gain": gain,
        "away_from_plain": away,
        "says": f"{gain:.2f} times as fast; metrics differ by at most {away:.2g}",
    }
    # As a GPU in TF32 multiplies; more is another training.
    if not away < SAME_METRIC:
        raise Wrong(facts)
    return facts


def resume(bench: Bench, case: Case) -> Facts:
    """Compare N steps, resumed for N more, with 2N steps bit for bit, and two equal runs too."""
    return _resumed(bench, case, "resume")


def resume_deterministic(bench: Bench, case: Case) -> Facts:
    """Do the same as ``resume`` with torch's deterministic algorithms."""
    with _deterministic():
        return _resumed(bench, case, "deterministic")


def generate(bench: Bench, case: Case) -> Facts:
    """Make samples on the device, and compare some of them with the CPU's."""
    from mmgan_core.api import load

    name, count = f"run:{bench.run(case, 'fp32')}", bench.size.made
    model = load(name, device=bench.device)
    model.generate(count=count, **case.given)  # the first is slower
    began = time.perf_counter()
    made = model.generate(count=count, **case.given)
    rate = count / (time.perf_counter() - began)
    plain = load(name).generate(count=8, **case.given)
    away = max(_away(made.tensors[entry][:8], rows) for entry, rows in plain.tensors.items())
    facts = {
        "samples_per_second": rate,
        "count": count,
        "given": dict(case.given),
        "away_from_cpu": away,
        "says": f"differ from the CPU's by at most {away:.2g}",
    }
    if away > SAME_SAMPLE:
        raise Wrong(facts)
    return facts


def evaluate(bench: Bench, case: Case) -> Facts:
    """Measure the model as `mmgan-zoo evaluate` does, which trains the evaluator on the CPU."""
    from mmgan_core.evaluation.evaluate import evaluate as measure

    found = measure(bench.run(case, "fp32"), count=bench.size.evaluated)
    numbers = {f"{row['name']}, given {row['given']}": row["value"] for row in found.rows}
    first = found.rows[0]
    return {
        "numbers": numbers,
        "evaluator_accuracy": first["evaluator_accuracy"],
        "on": "cpu",
        "says": f"{first['name']} {first['value']:.2f}, on the CPU",
    }


def differences(one: Path, other: Path) -> Facts:
    """Compare the newest checkpoints of two runs bit for bit, and find their largest difference."""
    from mmgan_core.runs.checkpoint import checkpoints, load_checkpoint

    (first, before), (second, after) = (
        load_checkpoint(checkpoints(run)[-1]) for run in (one, other)
    )
    largest, where = 0.0, ""
    for file, tensors in first.items():
        for name, tensor in tensors.items():
            away = _away(tensor, second[file][name])
            if away > largest:
                largest, where = away, f"{file}: {name}"
    return {"same_bits": before == after, "largest": largest, "where": where}


def _train_for(seconds: float, bench: Bench, case: Case, run: Path, changes: Changes) -> Facts:
    """Train in stretches until the time is over; the rate is that of the longest stretch."""
    began = time.perf_counter()
    batch = recipe_of(case, 1, changes).train.batch_size
    least = more = bench.size.first * batch
    samples, stretches = 0, []
    for _ in range(MOST_STRETCHES):
        samples += more
        _train(recipe_of(case, samples, changes), run, bench, resume=bool(stretches))
        row = json.loads((run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()[-1])
        stretches.append((more, row["rate"]))
        left = seconds - (time.perf_counter() - began)
        # Half of a long time, because a shared machine may become slower.
        wanted = row["rate"] * left
        more = int(wanted if wanted < 2 * least else wanted / 2) // batch * batch
        if more < least:
            break
    numbers = {key: value for key, value in row.items() if key not in ("samples", "rate")}
    if not all(math.isfinite(v) for v in numbers.values() if isinstance(v, float)):
        raise Wrong({"metrics": numbers, "says": "a number of the training is not finite"})
    return {
        "samples_per_second": max(stretches)[1],
        "samples": samples,
        "batch": batch,
        "metrics": numbers,
    }


def _resumed(bench: Bench, case: Case, what: str) -> Facts:
    whole, again, parts = (bench.run(case, f"{what}-{k}") for k in ("whole", "again", "parts"))
    steps = bench.size.steps
    batch = recipe_of(case, 1, {}).train.batch_size
    for run in (whole, again):
        _train(recipe_of(case, 2 * steps * batch, {}), run, bench)
    _train(recipe_of(case, steps * batch, {}), parts, bench)
    _train(recipe_of(case, 2 * steps * batch, {}), parts, bench, resume=True)
    cut, twice = differences(whole, parts), differences(whole, again)
    facts = {"steps": steps, "cut_off": cut, "run_twice": twice}
    if cut["same_bits"]:
        return {**facts, "says": f"{steps} + {steps} steps are {2 * steps}, bit for bit"}
    facts["says"] = (
        f"{steps} + {steps} steps differ from {2 * steps} by {cut['largest']:.2g} "
        f"({cut['where']}); two equal runs by {twice['largest']:.2g}"
    )
    # If two equal runs differ as well, as they may on a GPU, resuming has lost nothing.
    if twice["same_bits"] or bench.device.type == "cpu":
        raise Wrong(facts)
    return facts


def recipe_of(case: Case, samples: int, changes: Changes) -> Recipe:
    from mmgan_core.api import load_recipe

    return load_recipe(case.recipe, **{**case.changes, **changes, "train.samples": samples})


def _train(recipe: Recipe, run: Path, bench: Bench, *, resume: bool = False) -> None:
    from mmgan_core.training.run import train

    if train(recipe, run, resume=resume, cpu=bench.cpu).outcome == "stopped":
        raise KeyboardInterrupt


def _losses(facts: Facts) -> str:
    metrics = facts["metrics"]
    made = next(iter(metrics["health"]))
    losses = [f"{side.upper()} {metrics[f'{made}/{side}']:.2f}" for side in "dg"]
    return f"{facts['samples']:,} samples, {' '.join(losses)}, {metrics['health'][made]}"


def _away(one: Tensor, other: Tensor) -> float:
    if one.shape != other.shape:
        return math.inf
    away = (one.double() - other.double()).abs().nan_to_num(math.inf)
    return float(away.max()) if away.numel() else 0.0


@contextmanager
def _deterministic() -> Iterator[None]:
    # The setter of the debug mode, because use_deterministic_algorithms() imports the compiler.
    torch.set_deterministic_debug_mode("warn")
    try:
        yield
    finally:
        torch.set_deterministic_debug_mode("default")
