"""Short trainings with drawn settings, from which the rules of `mmgan-zoo suggest` are fitted.

    python benchmarks/suggest_sweep.py run --runs 3000 --out runs/suggest.jsonl   # 5 s each
    python benchmarks/suggest_sweep.py fit --out runs/suggest.jsonl               # writes the rules
    python benchmarks/suggest_sweep.py regret --out runs/suggest.jsonl            # their worth

Each run draws a pack, a kind of networks, their width, a loss, a penalty with its weight, a
learning rate and a batch size, and trains for so many seconds of CPU time, so that other programs
on the machine change nothing but the wait. Its averaged weights are measured by the Fréchet
distance in the features of the pack's evaluator. Each run is one line; the same command goes on
after the last one.

`regret` leaves out a whole pack, fits rules on the others, trains what they suggest on it for
equally long, and compares it with the best of 20 random runs on this pack.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from mmgan_core.assembly.opening import open_recipe
from mmgan_core.components.frechet import Frechet, FrechetOptions
from mmgan_core.contracts import Evaluated
from mmgan_core.data.feed import open_splits
from mmgan_core.evaluation.evaluated_entry import EvaluatedEntry
from mmgan_core.inference.model import Model
from mmgan_core.recipe.schema import Recipe
from mmgan_core.starting.rules import FILE, Facts, Networks, Rules, Setting
from mmgan_core.starting.suggest import best_setting
from mmgan_core.training import phases
from mmgan_core.training.processes import Processes
from mmgan_core.training.trainer import Trainer

Row = dict[str, Any]
Table = npt.NDArray[np.float64]
Weights = dict[str, float]
SIDE, COUNT, MARKS = 16, 300, (1.5, 3.0)
# How strongly weights are held near 0; parts of the runs that are left out in turn.
RIDGE, FOLDS = 2.0, 10
# Random runs and seeds of a comparison, and the first seed.
RANDOM, SEEDS, FRESH = 20, 3, 10**6


@dataclass(frozen=True)
class Pack:
    """Some data: where they are, what is given, and how many colours pictures have."""

    data: object
    given: str
    channels: int


PACKS = {
    "digits": Pack("core/digits", "label", 1),
    "written": Pack({"use": "parquet:data/handwritten-digits", "limit": 10_000}, "label", 1),
    "emoji": Pack("parquet:data/emoji-captions", "vendor", 3),
}
KINDS = ("core/dense", "image/dcgan", "image/r3")
# Features on which errors may depend; there are too few runs for more.
STEADINESS = ("one", "rate", "batch", *(f"kind {kind}" for kind in KINDS))
LOSSES = ("objectives/relativistic", "objectives/non-saturating", "objectives/hinge")
PENALTIES: Mapping[str, Sequence[str]] = {
    "none": (),
    "r1": ("objectives/r1",),
    "r1+r2": ("objectives/r1", "objectives/r2"),
    "finite-difference": ("objectives/finite-difference",),
}


def drawn(chance: random.Random) -> Row:
    """Settings, each drawn by itself."""
    return {
        "pack": chance.choice(list(PACKS)),
        "kind": chance.choice(KINDS),
        "width": round(2 ** chance.uniform(3, 5)),
        "loss": chance.choice(LOSSES),
        "penalty": chance.choice(list(PENALTIES)),
        "weight": float(f"{10 ** chance.uniform(-2, 1):.2g}"),
        "rate": float(f"{10 ** chance.uniform(-4, -2):.2g}"),
        "batch": chance.choice((16, 32, 64, 128)),
    }


def recipe_of(setting: Row, seed: int) -> Recipe:
    """The recipe of drawn settings."""
    pack, width, kind = PACKS[setting["pack"]], setting["width"], setting["kind"]
    networks: Row = {"use": kind, "width": width}
    if kind == "core/dense":
        networks = {"use": kind, "hidden": [8 * width, 8 * width]}
    elif kind == "image/r3":  # of its blocks, so many cost as much as four times as many channels
        networks["width"] = max(2, width // 4)
    plain = {"normalise": False} if kind == "image/dcgan" else {}
    penalties = [
        {"use": use, "weight": setting["weight"], "every": 4}
        for use in PENALTIES[setting["penalty"]]
    ]
    encoder = {"use": "core/label-embedding", "dim": 32}
    return Recipe.model_validate(
        {
            "name": "suggest",
            "data": pack.data,
            "seed": seed,
            "given": {pack.given: {"modality": "core/label", "encoder": encoder}},
            "fusion": {"use": "core/concatenation", "dim": 32, "drop": 0.0, "drop_all": 0.0},
            "make": {
                "image": {
                    "modality": {"channels": pack.channels, "height": SIDE, "width": SIDE},
                    "generator": {**networks, "noise_dim": 32},
                    "discriminator": networks | plain,
                    "loss": setting["loss"],
                    "penalties": penalties,
                    "evaluator": {
                        "encoder": {"use": "image/conv", "dim": 32, "width": 16},
                        "target": pack.given,
                        "samples": 20_000,
                    },
                }
            },
            "train": {
                "batch_size": setting["batch"],
                "learning_rate": setting["rate"],
                "ema": {"half_life": 2_000, "warm_up": 0.05},
            },
        }
    )


@cache
def judged(pack: str) -> tuple[Any, Evaluated, Evaluated]:
    """The evaluator of a pack, real test samples, and other real ones."""
    setting = {**drawn(random.Random(0)), "pack": pack, "kind": "core/dense"}
    blueprint, _ = open_recipe(recipe_of(setting, 0))
    model = Model(blueprint, blueprint.build(), device=torch.device("cpu"))
    test, train = open_splits(blueprint, model.gan)
    choice = blueprint.recipe.make["image"].evaluator
    assert choice is not None
    entry = EvaluatedEntry(model, "image", choice, test, train)
    count = min(COUNT, len(test))
    return entry, entry.real(test, count), entry.real(train, count)


def trained(setting: Row, seed: int, marks: Sequence[float] = MARKS) -> Row:
    """Train for so many seconds of CPU time, and measure at each mark."""
    judge, real, other = judged(setting["pack"])
    torch.manual_seed(seed)
    blueprint, _ = open_recipe(recipe_of(setting, seed))
    networks = phases.Networks(blueprint)
    test, train = open_splits(blueprint, networks.gan)
    trainer = Trainer(blueprint, networks, train, Processes(cpu=True))
    found: list[Row] = []
    spent = 0.0
    for mark in marks:
        began = time.process_time()
        while spent + time.process_time() - began < mark:
            trainer.train_step()
        spent += time.process_time() - began
        sound = all(bool(p.isfinite().all()) for p in networks.parameters())
        value = math.inf
        if sound:
            with trainer.ema.applied(trainer.gan):
                model = Model(blueprint, trainer.gan, device=torch.device("cpu"))
                choice = blueprint.recipe.make["image"].evaluator
                entry = EvaluatedEntry(model, "image", choice, test, train)
                entry.evaluator = judge.evaluator
                rows = test.rows(0, min(COUNT, len(test)))
                made = entry.made(rows, (PACKS[setting["pack"]].given,), 0, False)
            (row,) = Frechet(FrechetOptions()).measure(made, real, other)
            value = row.value
        found.append({"seconds": mark, "samples": trainer.samples, "distance": value})
    floor = Frechet(FrechetOptions()).measure(other, real, other)[0].value
    return {**setting, "seed": seed, "floor": floor, "marks": found}


def done(file: Path) -> int:
    """How many runs a file holds; a line that was cut off is taken away."""
    if not file.is_file():
        return 0
    whole = file.read_text("utf-8").rpartition("\n")[0]
    file.write_text(whole + "\n" if whole else "", "utf-8")
    return whole.count("\n") + 1 if whole else 0


def sweep(file: Path, runs: int, first: int = 0) -> None:
    """Add runs to a file until it has so many; run N is the same whenever it is made."""
    file.parent.mkdir(parents=True, exist_ok=True)
    for number in range(done(file), runs):
        seed = first + number
        row = trained(drawn(random.Random(seed)), seed)
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(row) + "\n")
        print(number, json.dumps(row), flush=True)


def read(file: Path) -> list[Row]:
    """All runs of a file."""
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    return [json.loads(line) for line in lines]


def setting_of(row: Row) -> Setting:
    """A run as the rules see it."""
    penalty = "+".join(PENALTIES[row["penalty"]])
    parts = (row["kind"], row["width"], row["loss"], penalty, row["weight"], row["rate"])
    return Setting(*parts, row["batch"])


def features_of(rows: Sequence[Row]) -> tuple[list[str], Table]:
    """The names of the features of runs, and their table; packs are features too."""
    found = [
        {**setting_of(row).features(), f"pack {row['pack']}": 1.0 - 1.0 / len(PACKS)}
        for row in rows
    ]
    for row, one in zip(rows, found, strict=True):
        one |= {f"pack {p}": -1.0 / len(PACKS) for p in PACKS if p != row["pack"]}
    names = sorted({name for one in found for name in one})
    return names, np.array([[one.get(name, 0.0) for name in names] for one in found])


def solved(names: Sequence[str], table: Table, target: Table, ridge: float) -> Table:
    """The weights of features by ridge regression."""
    held = np.diag([1e-6 if name == "one" else ridge for name in names])
    return np.linalg.solve(table.T @ table + held, table.T @ target)


def weighed(rows: Sequence[Row], wanted: Sequence[float]) -> tuple[Weights, Weights, list[float]]:
    """The weights of features, those of the logarithm of the error, and the interval of errors.

    Ten times a tenth of the runs is left out of the fit, and predicted by it. The logarithms of
    these errors are fitted in turn, by fewer features, and scaled so that an error is 1 in the root
    mean square in the unit of its own setting.
    """
    names, table = features_of(rows)
    target = np.array(wanted)
    errors = np.zeros(len(rows))
    for number in range(FOLDS):
        out = np.arange(len(rows)) % FOLDS == number
        errors[out] = target[out] - table[out] @ solved(names, table[~out], target[~out], RIDGE)
    logs = np.log(np.maximum(np.abs(errors), 0.01))
    few = [number for number, name in enumerate(names) if name in STEADINESS]
    spread = np.zeros(len(names))
    spread[few] = solved([names[number] for number in few], table[:, few], logs, RIDGE)
    scaled = errors / np.exp(table @ spread)
    size = float(np.sqrt(np.mean(scaled**2)))
    spread[names.index("one")] += math.log(size)
    print(f"typical error: a factor of {math.exp(float(np.median(np.abs(errors)))):.2f}")
    low, high = np.quantile(scaled / size, (0.05, 0.95))
    weights = _kept(names, solved(names, table, target, RIDGE))
    return weights, _kept(names, spread), [round(float(low), 4), round(float(high), 4)]


def _kept(names: Sequence[str], weights: Table) -> Weights:
    found = zip(names, weights, strict=True)
    return {
        name: round(float(one), 4) for name, one in found if one and not name.startswith("pack ")
    }


def fitted(rows: Sequence[Row]) -> Facts:
    """Rules of some runs. A training that broke counts as ten times the worst that did not."""
    ratios = [row["marks"][-1]["distance"] / row["floor"] for row in rows]
    worst = max(one for one in ratios if math.isfinite(one))
    logs = [math.log(min(one, 10 * worst)) for one in ratios]
    distance, distance_spread, distance_errors = weighed(rows, logs)
    speeds = [math.log(row["marks"][-1]["samples"] / row["marks"][-1]["seconds"]) for row in rows]
    speed, speed_spread, speed_errors = weighed(rows, speeds)
    return {
        "runs": len(rows),
        "seconds": MARKS[-1],
        "distance": distance,
        "distance_spread": distance_spread,
        "distance_errors": distance_errors,
        "speed": speed,
        "speed_spread": speed_spread,
        "speed_errors": speed_errors,
        "networks": {
            "core/dense": _networks("hidden", 8, 2),
            "image/dcgan": _networks("width", 1, 0, normalise=False),
            "image/r3": _networks("width", 0.25, 0),
        },
        "ranges": {"width": [8, 32], "weight": [0.01, 10], "rate": [1e-4, 1e-2]},
        "losses": list(LOSSES),
        "penalties": ["+".join(one) for one in PENALTIES.values()],
    }


def _networks(width: str, per_width: float, layers: int, **discriminator: object) -> Networks:
    return {
        "generator": {},
        "discriminator": discriminator,
        "width": width,
        "per_width": per_width,
        "layers": layers,
    }


def regret(rows: Sequence[Row], file: Path) -> None:
    """Suggest for each pack by the others, and compare with the best of its random runs.

    These are the last ones, since a second of CPU time is worth less while others use the machine.
    The best of many is lucky too, so that it is trained again with the seeds of the suggestion.
    """
    names = {"+".join(uses): name for name, uses in PENALTIES.items()}
    print("| pack | best of random | that again | median | suggested | ratio | what |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for pack in PACKS:
        best = best_setting(Rules(fitted([row for row in rows if row["pack"] != pack])))
        setting = {**vars(best), "pack": pack, "penalty": names[best.penalty]}
        own = repeated(setting, file)
        last = [row for row in rows if row["pack"] == pack][-RANDOM:]
        others = sorted(row["marks"][-1]["distance"] for row in last)
        winner = next(row for row in last if row["marks"][-1]["distance"] == others[0])
        again = repeated({key: winner[key] for key in setting}, file)
        what = f"{best.kind}, {best.width:g} wide, {best.loss}, {setting['penalty']}"
        what += f" {best.weight:g}, rate {best.rate:g}, batch {best.batch}"
        print(
            f"| {pack} | {others[0]:.2f} | {said(again)} | {others[len(others) // 2]:.2f} "
            f"| {said(own)} | {sum(own) / len(own) / others[0]:.2f}, {sum(own) / sum(again):.2f} "
            f"| {what} |",
            flush=True,
        )


def said(values: Sequence[float]) -> str:
    """Some numbers, in words."""
    return ", ".join(f"{one:.2f}" for one in values)


def repeated(setting: Row, file: Path) -> list[float]:
    """The distances of trainings of a setting with several seeds; a file keeps them."""
    distances = []
    for seed in range(FRESH, FRESH + SEEDS):
        kept = {**setting, "seed": seed}.items()
        run = next((row for row in read(file) if kept <= row.items()), None)
        if run is None:
            run = trained(setting, seed)
            with file.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(run) + "\n")
        distances.append(run["marks"][-1]["distance"])
    return distances


def main() -> None:
    """Run, fit or judge."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=("run", "fit", "regret"))
    parser.add_argument("--out", type=Path, required=True, help="the file of runs")
    parser.add_argument("--runs", type=int, default=3_000, help="how many; or: the first so many")
    options = parser.parse_args()
    torch.set_flush_denormal(True)
    torch.set_num_threads(1)
    rows = read(options.out)[: options.runs]
    if options.what == "run":
        sweep(options.out, options.runs)
    elif options.what == "fit":
        FILE.write_text(json.dumps(fitted(rows), indent=1) + "\n", "utf-8")
    else:
        regret(rows, options.out.with_suffix(".suggested.jsonl"))


if __name__ == "__main__":
    main()
