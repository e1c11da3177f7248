"""Whether training says what it suffers from, and whether what it advises cures it.

    python benchmarks/illnesses.py --runs runs/illnesses --out benchmarks/results/illnesses.json

Each illness is a small recipe that has it. It is trained; what the training advises first against
this illness is set in the recipe, exactly as the advice says, and the recipe is trained again. Both
are measured by the recipe's evaluator. The healthy recipes count false alarms. All takes about 20
minutes on one core; a run that exists is not trained again. ``--seed`` repeats it with another one.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from mmgan_core import load_recipe
from mmgan_core.evaluation.evaluate import evaluate
from mmgan_core.health.advice import Advice, advise
from mmgan_core.recipe.schema import Recipe
from mmgan_core.runs.run_directory import read_metrics
from mmgan_core.training.going_on import train_or_go_on
from mmgan_core.training.trainer import Diverged

Changes = Mapping[str, object]
# Dense layers make digits of 8 x 8 pixels of a label.
BASE = """
data: core/digits
given:
  label: {encoder: {use: core/label-embedding, dim: 32}}
fusion: {use: core/concatenation, dim: 32, drop: 0.0, drop_all: 0.0}
make:
  image:
    modality: {channels: 1, height: 8, width: 8}
    generator: {use: core/dense, noise_dim: 32, hidden: [128, 128]}
    discriminator: {use: core/dense, hidden: [128, 128]}
    loss: objectives/relativistic
    penalties:
      - {use: objectives/r1, weight: 0.5, every: 4}
      - {use: objectives/r2, weight: 0.5, every: 4}
    evaluator: {encoder: {use: image/conv, dim: 32, width: 16}, target: label, samples: 30_000}
evaluate: {metrics: [core/condition-accuracy, core/frechet], count: 380}
train:
  samples: 24_000
  batch_size: 64
  learning_rate: 2.0e-3
  ema: {half_life: 1_000}
  log_every: 1_000
  sample_every: 24_000
  checkpoint_every: 24_000
"""
# Dense layers make points of a plane, which lie on a ring in eight heaps.
POINTS = """
data: DATA
make:
  point:
    modality: {use: core/vector, low: [-1.5, -1.5], high: [1.5, 1.5]}
    generator: {use: core/dense, noise_dim: 16, hidden: [64, 64]}
    discriminator: {use: core/dense, hidden: [64, 64]}
    loss: objectives/non-saturating
    evaluator: {encoder: core/flat, target: null}
evaluate: {metrics: [core/frechet], count: 280}
train:
  samples: 24_000
  batch_size: 64
  learning_rate: 2.0e-3
  ema: {half_life: 1_000}
  log_every: 1_000
  sample_every: 24_000
  checkpoint_every: 24_000
"""
# One learning rate for each network.
BOTH = "train.learning_rate"
NO_PENALTIES: Changes = {"make.image.penalties": [], "make.image.loss": "objectives/non-saturating"}


@dataclass(frozen=True)
class Case:
    """A recipe that is ill in one way, or not at all.

    Attributes:
        word: the illness; "" for none.
        changes: what makes the base ill.
        base: the recipe's name or text.
        by: the metric that shows the cure.
        why: what makes it ill, in words.
    """

    word: str
    why: str
    changes: Changes = field(default_factory=dict)
    base: str = BASE
    by: str = "Fréchet distance"


CASES = {
    "one-heap": Case(
        "collapsing",
        "points in eight heaps, no penalty, G learns 100 times as fast",
        {BOTH: {"generator": 1e-2, "discriminator": 1e-4}},
        base=POINTS,
    ),
    "wide-range": Case(
        "exploding",
        "points by heap in a range 20 times too wide, Wasserstein loss, no penalty, "
        "G learns 100 times as fast",
        {
            "given": {
                "heap": {
                    "modality": "core/label",
                    "encoder": {"use": "core/label-embedding", "dim": 16},
                }
            },
            "fusion": {"use": "core/concatenation", "dim": 16, "drop": 0.0, "drop_all": 0.0},
            "make.point.modality": {"use": "core/vector", "low": [-20, -20], "high": [20, 20]},
            "make.point.loss": "objectives/wasserstein",
            BOTH: {"generator": 5e-3, "discriminator": 5e-5},
            "train.samples": 12_000,
        },
        base=POINTS,
    ),
    "fast-encoder": Case(
        "condition unbounded",
        "`fusion.bounded: false`, and the encoder learns 30 times as fast",
        {"fusion.bounded": False, "train.rates": {"given.label.encoder": 30, "fusion": 30}},
    ),
    "unequal-rates": Case(
        "D far ahead",
        "no penalty, and D learns 100 times as fast",
        {**NO_PENALTIES, BOTH: {"generator": 5e-5, "discriminator": 5e-3}},
    ),
    "slow-d": Case(
        "D lost",
        "G learns 500 times as fast",
        {BOTH: {"generator": 5e-3, "discriminator": 1e-5}},
    ),
    "high-rate": Case(
        "units dead", "no penalty, a learning rate of 0.02", {**NO_PENALTIES, BOTH: 0.02}
    ),
    "hidden": Case(
        "condition ignored",
        "the label is hidden in 98 % of the rows",
        {"fusion.drop_all": 0.98},
        by="condition accuracy",
    ),
    "reconstruction": Case(
        "noise ignored",
        "an L1 loss with the weight 100",
        {"make.image.auxiliary_losses": [{"use": "objectives/reconstruction", "weight": 100}]},
        by="variety",
    ),
    "few-rows": Case(
        "memorising",
        "50 rows",
        {
            "data": {"use": "parquet:data/handwritten-digits", "limit": 50},
            "make.image.modality": {"channels": 1, "height": 16, "width": 16},
            "make.image.penalties": [{"use": "objectives/r1", "weight": 0.05, "every": 4}],
            "train.samples": 48_000,
        },
    ),
    "turned": Case(
        "augmentation leaks",
        "every sample is turned and mirrored",
        {
            "make.image.augment": [
                {"use": "image/geometry", "policy": ["rotation", "flip"], "probability": 1.0}
            ]
        },
    ),
    "long-average": Case(
        "average lags", "an average with a half-life of a million", {"train.ema.half_life": 10**6}
    ),
    "burnt": Case("units dead", "a learning rate of 0.3", {BOTH: 0.3}),
    "slow": Case("standing still", "a learning rate of 1e-7", {BOTH: 1e-7}),
    "tiny-dense": Case(
        "condition ignored",
        "the zoo's `tiny-dense`: two dense layers, cross-entropy, no penalty",
        base="tiny-dense",
        by="condition accuracy",
    ),
}
HEALTHY = {
    "base": Case("", "the base itself"),
    "hinge": Case("", "with hinge loss", {"make.image.loss": "objectives/hinge"}),
    "convolutions": Case(
        "",
        "image/dcgan of 16 x 16",
        {
            "make.image.modality": {"channels": 1, "height": 16, "width": 16},
            "make.image.generator": {"use": "image/dcgan", "width": 8, "noise_dim": 32},
            "make.image.discriminator": {"use": "image/dcgan", "width": 8, "normalise": False},
        },
    ),
    "augmented": Case(
        "",
        "with image/diffaugment",
        {"make.image.augment": {"use": "image/diffaugment", "policy": ["translation"]}},
    ),
    "seed": Case("", "another seed", {"seed": 1}),
}


def points(count: int = 3_000) -> str:
    """A table of points in eight heaps on a ring."""
    chance = random.Random(0)
    lines = ["heap,point"]
    for _ in range(count):
        heap = chance.randrange(8)
        angle = math.pi * heap / 4
        x, y = (one + chance.gauss(0, 0.02) for one in (math.cos(angle), math.sin(angle)))
        lines.append(f'h{heap},"{x:.4f},{y:.4f}"')
    return "\n".join(lines) + "\n"


def recipe_of(case: Case, folder: Path, more: Changes) -> Recipe:
    """The recipe of a case with further changes."""
    changes = dict(case.changes)
    base = case.base
    if "\n" in base:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "points.csv").write_text(points(), "utf-8")
        base = base.replace("DATA", json.dumps(f"table:{folder / 'points.csv'}"))
        (folder / "base.yaml").write_text(base, "utf-8")
        base = str(folder / "base.yaml")
    return load_recipe(base, **{**changes, **more, "name": "ill"})


def trained(recipe: Recipe, run: Path) -> tuple[list[Advice], dict[str, float]]:
    """Train what is not trained yet; return what it advises, and what measures it."""
    try:
        train_or_go_on(recipe, run, cpu=True)
    except Diverged as error:
        print(error)
        return advise(read_metrics(run), recipe), {}
    file = run / "measured.json"
    if not file.is_file():
        evaluate(run, out=file)
    rows: list[dict[str, Any]] = json.loads(file.read_text("utf-8"))
    given = [row for row in rows if not row["given"].endswith("shuffled")]
    return advise(read_metrics(run), recipe), {row["name"]: row["value"] for row in given}


def main() -> None:
    """Train, advise, cure, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=Path, required=True, help="where the runs go")
    parser.add_argument("--out", type=Path, help="write all numbers to this file")
    parser.add_argument("--seed", type=int, default=0, help="of all trainings")
    parser.add_argument("--only", nargs="*", default=[*CASES, *HEALTHY], help="cases")
    options = parser.parse_args()
    torch.set_flush_denormal(True)
    found: dict[str, Any] = {}
    for name in options.only:
        case = {**CASES, **HEALTHY}[name]
        folder = options.runs / (f"{name}-{options.seed}" if options.seed else name)
        seeded: Changes = {"seed": options.seed} if options.seed else {}
        ill, numbers_of = trained(recipe_of(case, folder, seeded), folder / "ill")
        row: dict[str, Any] = {
            "word": case.word,
            "why": case.why,
            "by": case.by,
            "said": [one.illness.word for one in ill],
            "evidence": [one.evidence for one in ill],
            "before": numbers_of.get(case.by),
        }
        advice = next((one for one in ill if one.illness.word == case.word), None)
        if advice and advice.changes:
            row["changes"] = advice.changes
            changes = {**seeded, **advice.changes}
            cured, after = trained(recipe_of(case, folder, changes), folder / "cured")
            row |= {"after": after.get(case.by), "then_said": [one.illness.word for one in cured]}
        found[name] = row
        print(name, json.dumps(row), flush=True)
    if options.out:
        options.out.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
