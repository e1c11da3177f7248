"""How faithful explainers are on trained models, beside random orders.

    python benchmarks/explain.py digits emoji speech --count 20
    python benchmarks/explain.py digits --by core/integrated-gradients captum/integrated-gradients
    python benchmarks/explain.py run:runs/digits --count 20 --noises 16 --by core/doubt

For rows of each model's test split, every explainer is asked about all that is given, and about
each entry as the only one that is given. *Deletion* is how much more the samples change when the
most influential units are left out first than in random orders, in the mean over rows; *insertion*
how much nearer they are if these are put back first. *Stands* is the share of rows in which the
lower end of the interval of the deletion is at least +10 %. *Infidelity* is the share of the
squared change that the sums of influences leave unexplained, and in brackets that of equal ones.

`core/doubt` needs the discriminator, and so a run. Of it, deletion is how much more real a sample
is held if the blocks that are doubted most are exchanged first, of another noise for each row.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

import captum.attr as captum
import numpy as np
import torch
from torch import Tensor

from mmgan_core import load
from mmgan_core.assembly.opening import open_source
from mmgan_core.component import options_of
from mmgan_core.contracts import DeletionTest, Explained, Explainer
from mmgan_core.explaining.attributed import Along, Attributed, how_far, ways_of
from mmgan_core.inference.asked import asked
from mmgan_core.inference.model import Model
from mmgan_core.plugins.catalogue import catalogue

HEAD = (
    "| model | explained | by | n | deletion | insertion | stands | infidelity |\n"
    + "| --- " * 8
    + "|"
)
# They are asked about all that is given; others about each entry as the only one that is.
OF_ALL = ("core/entries", "core/doubt", "core/units")


def rows_of(model: Model, count: int) -> list[dict[str, object]]:
    """Given values of the test split, at random; those of one row are paired as in training."""
    source = open_source(model.blueprint.recipe.data.model_dump())
    tables, random = source.tables("test"), np.random.default_rng(0)
    keys = [
        np.array(table.values(source.pair_on, range(len(table))), dtype=str)
        if source.pair_on
        else np.arange(len(table)).astype(str)
        for table in tables
    ]
    rows = []
    for key in random.permutation(keys[0])[:count]:
        row: dict[str, object] = {}
        for table, known in zip(tables, keys, strict=True):
            at = int(random.choice(np.flatnonzero(known == key)))
            for name, part in model.blueprint.given.items():
                if part.column in table.columns:
                    (row[name],) = table.values(part.column, [at])
        rows.append(row)
    return rows


class CaptumGradients(Attributed):
    """captum's integrated gradients without settings: 50 steps on the way from zeros."""

    def influence(
        self, explained: Explained, entry: str, family: str, units: int
    ) -> tuple[Tensor, str]:
        """The influence of each number, divided among the parts by how much of it is theirs."""
        inputs = explained.inputs(entry)
        assert inputs is not None
        _, ways = ways_of(explained, inputs, entry, family, units)
        (value,) = inputs.read([explained.given[entry]])
        far, _ = how_far(explained, inputs, torch.zeros_like(value), value)
        rows = torch.arange(len(explained.samples))
        numbers = value.expand(len(rows), -1).clone()
        shares = ways.abs() / ways.abs().sum(0).clamp_min(1e-12)
        return shares @ self.attributed(far, numbers, rows).detach().T, ""

    def attributed(self, along: Along, amounts: Tensor, rows: Tensor) -> Tensor:
        """By captum."""
        return captum.IntegratedGradients(along).attribute(
            amounts, additional_forward_args=(rows,), internal_batch_size=max(64, len(rows))
        )


class CaptumOcclusion(CaptumGradients):
    """captum's occlusion without settings but a window, of a sixteenth of the numbers: zeros."""

    def attributed(self, along: Along, amounts: Tensor, rows: Tensor) -> Tensor:
        """By captum."""
        wide = max(1, amounts.shape[1] // 16)
        with torch.no_grad():
            return captum.Occlusion(along).attribute(
                amounts, (wide,), strides=(wide,), additional_forward_args=(rows,)
            )


# What captum does by itself, beside the explainers of the catalogue.
BY_ITSELF = {"captum/integrated-gradients": CaptumGradients, "captum/occlusion": CaptumOcclusion}
Found = dict[tuple[str, str], list[DeletionTest]]


def explainer_of(by: str) -> Explainer:
    """The explainer of this id, without settings."""
    cls = BY_ITSELF.get(by) or catalogue().load("explainer", by)
    return cls(options_of(cls, {}, where=by))


def tests_of(name: str, count: int, noises: int, orders: int, only: Sequence[str]) -> Found:
    """The tests of all explanations of a model, by what is explained and by whom."""
    model = load(name)
    found: Found = defaultdict(list)
    for seed, given in enumerate(rows_of(model, count)):
        alone = [{entry: value} for entry, value in given.items()]
        for by in only:
            for values in [given] if by in OF_ALL else alone:
                if by == "core/entries" and len(given) == 1:
                    continue
                seen = asked(model, values, noises=noises, orders=orders, seed=seed)
                for one in explainer_of(by).explain(seen):
                    if one.test is not None and len(one.units) > 1:
                        found[one.title, by].append(one.test)
    return found


def row(model: str, title: str, by: str, tests: list[DeletionTest]) -> dict[str, object]:
    """What the tests say together."""
    gains, kept = [one.gain for one in tests], [one.kept_gain for one in tests]
    error = 1.96 * np.std(gains) / np.sqrt(len(gains))
    return {
        "explained": title,
        "by": by,
        "n": len(tests),
        "deletion": fmean(gains),
        "error": float(error),
        "insertion": fmean(kept),
        "stands": fmean(one.low >= 0.1 for one in tests),
        "infidelity": fmean(one.infidelity for one in tests),
        "infidelity_if_equal": fmean(one.infidelity_if_equal for one in tests),
    }


LINE = (
    "| `{model}` | {explained} | `{by}` | {n} | {deletion:+.0%} ± {error:.0%} | {insertion:+.0%} "
    "| {stands:.0%} | {infidelity:.2f} ({infidelity_if_equal:.2f}) |"
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("models", nargs="+")
    parser.add_argument("--count", type=int, default=20, help="how many rows")
    parser.add_argument("--noises", type=int, default=8, help="how many samples each time")
    parser.add_argument("--orders", type=int, default=4, help="how many random orders")
    parser.add_argument("--by", nargs="+", default=["core/entries", "core/parts"])
    parser.add_argument("--keep", type=Path, help="a folder to write the numbers of each model to")
    said = parser.parse_args()
    print(HEAD)
    for model in said.models:
        tests = tests_of(model, said.count, said.noises, said.orders, said.by)
        rows = [row(model, title, by, some) for (title, by), some in sorted(tests.items())]
        for one in rows:
            print(LINE.format(model=model, **one), flush=True)
        if said.keep is not None:
            said.keep.mkdir(parents=True, exist_ok=True)
            (said.keep / f"{model}.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
