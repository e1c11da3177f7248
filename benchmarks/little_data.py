"""Quality with 10, 25, 50 and 100 % of the data, with and without augmentation.

    python benchmarks/little_data.py digits --runs runs/little-digits     # 50 minutes, one core
    python benchmarks/little_data.py emoji --runs runs/little-emoji       # 40

Each share, the first rows of the training split, trains a GAN twice for the same number of samples:
with adaptive augmentation (geometry, and colour if there is any) and without. All are measured by
one evaluator, trained on the whole split, on test samples with the same conditions. A run that
exists is resumed, and one that has ended is only measured.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from mmgan_core.assembly.opening import open_source
from mmgan_core.components.condition_accuracy import ConditionAccuracy, ConditionAccuracyOptions
from mmgan_core.components.coverage import Coverage, CoverageOptions
from mmgan_core.components.frechet import Frechet, FrechetOptions
from mmgan_core.contracts import DataSource, Measurement
from mmgan_core.data.feed import open_feed
from mmgan_core.evaluation.evaluated_entry import EvaluatedEntry
from mmgan_core.recipe.schema import Recipe
from mmgan_core.training.run import train
from mmgan_core.zoo.loading import load_run

SHARES = (0.1, 0.25, 0.5, 1.0)
LABEL = {"modality": "core/label", "encoder": {"use": "core/label-embedding", "dim": 64}}
ADAPTIVE = {"target": 0.6, "over": 20_000}
GEOMETRY = {"use": "image/geometry", "adaptive": ADAPTIVE}
COLOUR = {"use": "image/colour", "adaptive": ADAPTIVE}
METRICS = (
    Frechet(FrechetOptions()),
    Coverage(CoverageOptions()),
    ConditionAccuracy(ConditionAccuracyOptions()),
)


@dataclass(frozen=True)
class Task:
    """One data set.

    Attributes:
        data: its default place.
        size: channels, height, width.
        given: the columns that samples are conditioned on.
        target: the column that the evaluator reads.
        evaluator_samples: number of samples that the evaluator is trained on.
        samples: number of samples that each GAN is trained on.
        augment: the augmentations.
    """

    data: str
    size: tuple[int, int, int]
    given: tuple[str, ...]
    target: str
    evaluator_samples: int
    samples: int
    augment: tuple[dict[str, Any], ...]


TASKS = {
    "digits": Task(
        "data/handwritten-digits", (1, 28, 28), ("label",), "label", 200_000, 60_000, (GEOMETRY,)
    ),
    "emoji": Task(
        "data/emoji-captions",
        (3, 32, 32),
        ("group", "vendor"),
        "vendor",
        60_000,
        40_000,
        ({**GEOMETRY, "policy": ["translation", "scale", "rotation", "flip"]}, COLOUR),
    ),
}


def recipe_of(task: Task, rows: int | None, augmented: bool, seed: int) -> Recipe:
    """The recipe for the first ``rows`` rows, or for all."""
    channels, height, width = task.size
    over = {"over": task.samples}
    penalties = [
        {"use": f"objectives/{name}", "weight": {"from": 0.5, "to": 0.05, **over}, "every": 4}
        for name in ("r1", "r2")
    ]
    data = {"use": f"parquet:{task.data}", **({"limit": rows} if rows else {})}
    return Recipe.model_validate(
        {
            "name": "little",
            "data": data,
            "seed": seed,
            "given": dict.fromkeys(task.given, LABEL),
            "fusion": {"use": "core/concatenation", "dim": 64, "drop": 0.1, "drop_all": 0.02},
            "make": {
                "image": {
                    "modality": {"channels": channels, "height": height, "width": width},
                    "generator": {"use": "image/dcgan", "width": 16, "noise_dim": 64},
                    "discriminator": {"use": "image/dcgan", "width": 16, "normalise": False},
                    "loss": "objectives/relativistic",
                    "penalties": penalties,
                    "augment": list(task.augment) if augmented else [],
                    "evaluator": {
                        "encoder": {"use": "image/conv", "dim": 64},
                        "target": task.target,
                        "samples": task.evaluator_samples,
                    },
                }
            },
            "train": {
                "samples": task.samples,
                "batch_size": 64,
                "ema": {"half_life": 5_000},
                "learning_rate": {"from": 1e-3, "to": 1e-4, **over},
                "sample_every": 20_000,
                "checkpoint_every": 20_000,
            },
        }
    )


def measured(
    run: Path, task: Task, source: DataSource, count: int, seed: int
) -> Iterator[Measurement]:
    """Fréchet distance, coverage and condition accuracy of a run, on the whole test split."""
    model = load_run(run, device=torch.device("cpu"))
    test, whole = (open_feed(model.blueprint, model.gan, source, s) for s in ("test", "train"))
    choice = model.blueprint.recipe.make["image"].evaluator
    assert choice is not None
    entry = EvaluatedEntry(model, "image", choice, test, whole)
    count = min(count, len(test))
    fake = entry.made(test.rows(0, count), task.given, seed, False)
    real, other = entry.real(test, count), entry.real(whole, count)
    for metric in METRICS:
        yield from metric.measure(fake, real, other)


def main() -> None:
    """Train what is not trained yet, measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("--data", help="Parquet files; default: those of the zoo's recipes")
    parser.add_argument("--runs", type=Path, required=True, help="where the runs go")
    parser.add_argument("--samples", type=int, help="samples that each GAN is trained on")
    parser.add_argument("--shares", type=float, nargs="+", default=SHARES)
    parser.add_argument("--count", type=int, default=1_000, help="samples that are measured")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    task = TASKS[options.task]
    changes = {"data": options.data, "samples": options.samples}
    task = Task(**{**vars(task), **{k: v for k, v in changes.items() if v}})
    torch.set_flush_denormal(True)
    source = open_source(recipe_of(task, None, False, 0).data.model_dump())
    every = len(source.tables("train")[0])
    print(
        "| share | rows | augmented | Fréchet distance | of that with all rows | coverage "
        "| condition accuracy |\n| --- | --- | --- | --- | --- | --- | --- |",
        flush=True,
    )
    with_all: dict[bool, float] = {}
    for share in sorted(options.shares, reverse=True):
        for augmented in (True, False):
            rows = round(share * every)
            recipe = recipe_of(task, rows, augmented, options.seed)
            run = options.runs / f"{rows}-{'augmented' if augmented else 'plain'}-{options.seed}"
            started = (run / "resolved.yaml").is_file()
            if train(recipe, run, resume=started, cpu=True).outcome != "finished":
                raise SystemExit("stopped: the same command resumes it")
            found = {m.name: m for m in measured(run, task, source, options.count, options.seed)}
            distance, coverage = found["Fréchet distance"], found["coverage"]
            whole = with_all.setdefault(augmented, distance.value)
            print(
                f"| {share:.0%} | {rows:,} | {'yes' if augmented else 'no'} "
                f"| {distance.value:.2f} | {distance.value / whole:.2f} | {coverage.value:.3f} "
                f"| {found['condition accuracy'].value:.3f} |",
                flush=True,
            )
    floor = found["condition accuracy"].floor
    floors = f"{distance.floor:.2f}, coverage {coverage.floor:.3f}, condition accuracy {floor:.3f}"
    print(
        f"\nReal against other real samples: {floors}; n = {distance.n}, {task.samples:,} "
        f"samples trained, seed {options.seed}."
    )


if __name__ == "__main__":
    main()
