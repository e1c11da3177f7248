"""What drawing the entries that are not given brings: a model with and without its prior.

    mmgan-zoo train digits-28 --cpu     # or use the shipped model; its packs lie under data/
    python benchmarks/prior.py digits-28 --count 2000 --seeds 0 1 2

Every subset of the given entries takes its values from the test split. "left out" is what a model
without a prior does. The evaluator and its target are the recipe's. Condition accuracy of subsets
that do not decide the target means little. "rarest class" is the share of the class that the
evaluator sees least often among the samples.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from mmgan_core import load
from mmgan_core.components.coverage import Coverage, CoverageOptions
from mmgan_core.components.frechet import Frechet, FrechetOptions
from mmgan_core.contracts import Evaluated
from mmgan_core.data.feed import open_splits
from mmgan_core.evaluation.evaluated_entry import EvaluatedEntry
from mmgan_core.inference.model import Model

COLUMNS = ("condition accuracy", "Fréchet distance", "recall", "coverage", "rarest class")


def main() -> None:
    """Print a table, and write the numbers of each seed to a file if one is named."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("model", help="a model with a prior: a name, dir:DIR or run:DIR")
    options.add_argument("--count", type=int, default=2_000, help="samples for each number")
    options.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    options.add_argument("--to", type=Path, help="a JSON file for the numbers")
    chosen = options.parse_args()
    torch.set_flush_denormal(True)
    model = load(chosen.model)
    if model.prior is None:
        raise SystemExit(f"{chosen.model} has no prior")
    rows = measured(model, chosen.count, chosen.seeds)
    if chosen.to:
        chosen.to.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    print(f"| given | the rest | {' | '.join(COLUMNS)} |\n|{' --- |' * (2 + len(COLUMNS))}")
    for (given, rest), group in itertools.groupby(rows, lambda row: (row["given"], row["rest"])):
        seeds = list(group)
        print(f"| {given} | {rest} | {' | '.join(_spread(seeds, name) for name in COLUMNS)} |")


def measured(model: Model, count: int, seeds: Sequence[int]) -> list[dict[str, Any]]:
    """Measure the first evaluated entry of a model; returns a row for each seed and subset."""
    test, train = open_splits(model.blueprint, model.gan)
    made = model.blueprint.recipe.make
    name = next(name for name, entry in made.items() if entry.evaluator)
    evaluator = made[name].evaluator
    assert evaluator is not None
    entry = EvaluatedEntry(model, name, evaluator, test, train)
    count = min(count, len(test))
    real, held_out = entry.real(test, count), entry.real(train, count)
    sampled, rows = test.rows(0, count), []
    for given in _subsets(model.given):
        for rest in ("left out", "drawn") if len(given) < len(model.given) else ("-",):
            kept, model.prior = model.prior, model.prior if rest == "drawn" else None
            for seed in seeds:
                fake = entry.made(sampled, given, seed, shuffled=False)
                found = {"given": " + ".join(given) or "nothing", "rest": rest, "seed": seed}
                rows.append(
                    {
                        **found,
                        **_numbers(fake, real, held_out),
                        "rarest class": _rarest(entry, fake),
                    }
                )
            model.prior = kept
    return rows


def _subsets(names: Sequence[str]) -> list[tuple[str, ...]]:
    """Nothing, each entry alone, and all of them."""
    return list(dict.fromkeys([(), *((name,) for name in names), tuple(names)]))


def _numbers(fake: Evaluated, real: Evaluated, held_out: Evaluated) -> dict[str, float]:
    metrics = (Frechet(FrechetOptions()), Coverage(CoverageOptions()))
    found = [one for metric in metrics for one in metric.measure(fake, real, held_out)]
    numbers = {one.name: one.value for one in found if one.name in COLUMNS}
    if (fake.asked >= 0).any():
        numbers["condition accuracy"] = float((fake.predicted == fake.asked).float().mean())
    return numbers


def _rarest(entry: EvaluatedEntry, fake: Evaluated) -> float:
    seen = torch.bincount(fake.predicted, minlength=len(entry.evaluator.names))
    return float(seen.min()) / len(fake.predicted)


def _spread(rows: Sequence[dict[str, Any]], name: str) -> str:
    values = [row[name] for row in rows if name in row]
    if not values:
        return ""
    low, high = min(values), max(values)
    return f"{statistics.mean(values):.3f} ({low:.3f}-{high:.3f})"


if __name__ == "__main__":
    main()
