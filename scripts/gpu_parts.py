"""The parts of `gpu_check.py`. Each returns facts; ``says`` is what the table shows of them.

The toolkit is imported inside: where a package is missing, the part that needs it fails, and not
the whole check.
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
# More would be little: each stretch fills half of what is left of the time, or all of it.
MOST_STRETCHES = 8
# A GPU multiplies in TF32 or in another order; samples that differ by more are other samples.
SAME_SAMPLE = 0.1


class Wrong(Exception):
    """A part that ran and came to a wrong result; its facts are kept."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts["says"])
        self.facts = facts


@dataclass(frozen=True)
class Bench:
    """Where and how much.

    Attributes:
        device: that is checked.
        cpu: whether a GPU is left alone, should there be one.
        folder: for the runs.
    """

    device: torch.device
    cpu: bool
    folder: Path
    size: Size

    def run(self, case: Case, what: str) -> Path:
        """The run directory of one training."""
        return self.folder / f"{case.recipe}-{what}"


Part = Callable[[Bench, Case], Facts]


def prepare(bench: Bench, case: Case) -> Facts:
    """Decode the data once, so that no training waits for it."""
    from mmgan_core.assembly.opening import open_recipe
    from mmgan_core.data.feed import open_splits

    blueprint, _ = open_recipe(_recipe(case, 1, {}))
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


def resume(bench: Bench, case: Case) -> Facts:
    """N steps and N more are 2N steps, bit for bit; how far two equal runs differ is told too."""
    return _resumed(bench, case, "resume")


def resume_deterministic(bench: Bench, case: Case) -> Facts:
    """The same while torch is asked for algorithms that always give the same bits."""
    with _deterministic():
        return _resumed(bench, case, "deterministic")


def generate(bench: Bench, case: Case) -> Facts:
    """Make samples on the device, and compare some with those that the CPU makes."""
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
        "says": f"from the CPU's by at most {away:.2g}",
    }
    if away > SAME_SAMPLE:
        raise Wrong(facts)
    return facts


def evaluate(bench: Bench, case: Case) -> Facts:
    """Measure the model as `mmgan-zoo evaluate` does: on the CPU, its evaluator's training too."""
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
    """Whether the newest checkpoints of two runs hold the same bits, and where they differ most."""
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
    """Train in stretches until the time is over; the rate is that of the longest."""
    began = time.perf_counter()
    batch = _recipe(case, 1, changes).train.batch_size
    least = more = bench.size.first * batch
    samples, stretches = 0, []
    for _ in range(MOST_STRETCHES):
        samples += more
        _train(_recipe(case, samples, changes), run, bench, resume=bool(stretches))
        row = json.loads((run / "metrics.jsonl").read_text(encoding="utf-8").splitlines()[-1])
        stretches.append((more, row["rate"]))
        left = seconds - (time.perf_counter() - began)
        # Half of a long time, for a machine that others use too may soon be slower.
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
    batch = _recipe(case, 1, {}).train.batch_size
    for run in (whole, again):
        _train(_recipe(case, 2 * steps * batch, {}), run, bench)
    _train(_recipe(case, steps * batch, {}), parts, bench)
    _train(_recipe(case, 2 * steps * batch, {}), parts, bench, resume=True)
    cut, twice = differences(whole, parts), differences(whole, again)
    facts = {"steps": steps, "cut_off": cut, "run_twice": twice}
    if cut["same_bits"]:
        return {**facts, "says": f"{steps} + {steps} steps are {2 * steps}, bit for bit"}
    facts["says"] = (
        f"{steps} + {steps} steps differ from {2 * steps} by {cut['largest']:.2g} "
        f"({cut['where']}); two equal runs by {twice['largest']:.2g}"
    )
    # Where two equal runs differ too, as they may on a GPU, nothing was lost in between.
    if twice["same_bits"] or bench.device.type == "cpu":
        raise Wrong(facts)
    return facts


def _recipe(case: Case, samples: int, changes: Changes) -> Recipe:
    from mmgan_core.api import load_recipe

    return load_recipe(case.recipe, **{**case.changes, **changes, "train.samples": samples})


def _train(recipe: Recipe, run: Path, bench: Bench, *, resume: bool = False) -> None:
    from mmgan_core.training.run import train

    if train(recipe, run, resume=resume, cpu=bench.cpu).outcome == "stopped":
        raise KeyboardInterrupt


def _losses(facts: Facts) -> str:
    metrics = facts["metrics"]
    return (
        f"{facts['samples']:,} samples, D {metrics['image/d']:.2f} G {metrics['image/g']:.2f}, "
        f"{metrics['health']['image']}"
    )


def _away(one: Tensor, other: Tensor) -> float:
    if one.shape != other.shape:
        return math.inf
    away = (one.double() - other.double()).abs().nan_to_num(math.inf)
    return float(away.max()) if away.numel() else 0.0


@contextmanager
def _deterministic() -> Iterator[None]:
    # The debug mode's setter, for use_deterministic_algorithms() imports torch's compiler.
    torch.set_deterministic_debug_mode("warn")
    try:
        yield
    finally:
        torch.set_deterministic_debug_mode("default")
