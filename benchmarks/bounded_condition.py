"""What happens to the diversity of samples if the condition may outgrow the noise.

    python benchmarks/bounded_condition.py --runs runs/bounded      # ten minutes, one core

Digits by label are trained twice: with the condition scaled to unit size
(`fusion: {bounded: true}`) and without a bound. The table has the mean length of the conditions of
the labels; the noise has 64 numbers and so a length of about 8.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from benchmarks.little_data import TASKS, measured, recipe_of
from mmgan_core.assembly.opening import open_source
from mmgan_core.recipe.schema import Recipe
from mmgan_core.training.run import train
from mmgan_core.zoo.loading import load_run


def length(run: Path) -> float:
    """The mean length of the conditions that a run's model makes from its labels."""
    model = load_run(run, device=torch.device("cpu"))
    names = list(model.gan.modalities["label"].options.names)  # type: ignore[attr-defined]
    with torch.no_grad():
        return float(model.condition({"label": names}, len(names)).pooled.norm(dim=1).mean())


def main() -> None:
    """Train both and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--runs", type=Path, required=True, help="where the runs go")
    parser.add_argument("--count", type=int, default=1_000, help="samples that are measured")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    task = TASKS["digits"]
    torch.set_flush_denormal(True)
    source = open_source(recipe_of(task, None, False, 0).data.model_dump())
    names = ("Fréchet distance", "precision", "recall", "coverage")
    print(f"| condition | its length | {' | '.join(names)} |\n|{' --- |' * (len(names) + 2)}")
    for bounded in (True, False):
        plain = recipe_of(task, None, False, options.seed).plain()
        plain["fusion"]["bounded"] = bounded
        run = options.runs / ("bounded" if bounded else "unbounded")
        train(Recipe.model_validate(plain), run, resume=(run / "resolved.yaml").is_file(), cpu=True)
        found = {m.name: m for m in measured(run, task, source, options.count, options.seed)}
        numbers = " | ".join(f"{found[name].value:.3f}" for name in names)
        print(f"| {run.name} | {length(run):.1f} | {numbers} |", flush=True)
    floors = " | ".join(f"{found[name].floor:.3f}" for name in names)
    print(f"| real | | {floors} |")


if __name__ == "__main__":
    main()
