"""How faithful explainers are on trained models, beside random orders.

    python benchmarks/explain.py digits emoji speech --count 20
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
from collections import defaultdict
from collections.abc import Sequence
from statistics import fmean

import numpy as np

from mmgan_core import load
from mmgan_core.assembly.opening import open_source
from mmgan_core.contracts import DeletionTest
from mmgan_core.errors import UsageError
from mmgan_core.explaining.explain import explain
from mmgan_core.inference.model import Model

HEAD = (
    "| model | explained | n | deletion | insertion | stands | infidelity |\n" + "| --- " * 7 + "|"
)


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


def tests_of(
    name: str, count: int, noises: int, orders: int, only: Sequence[str]
) -> dict[str, list[DeletionTest]]:
    """The tests of all explanations of a model, by what is explained."""
    model = load(name)
    found: dict[str, list[DeletionTest]] = defaultdict(list)
    for seed, given in enumerate(rows_of(model, count)):
        alone = [("core/parts", {entry: value}) for entry, value in given.items()]
        asked = [*alone, ("core/doubt", given)]
        if len(given) > 1:
            asked.append(("core/entries", given))
        for by, values in asked:
            if by not in only:
                continue
            try:
                told = explain(model, values, by=[by], noises=noises, orders=orders, seed=seed)
            except UsageError:  # nothing to explain: a label has no parts
                continue
            for _, one in told.each:
                if one.test is not None and len(one.units) > 1:
                    found[one.title].append(one.test)
    return found


def row(model: str, title: str, tests: list[DeletionTest]) -> str:
    """A line of the table."""
    gains, kept = [one.gain for one in tests], [one.kept_gain for one in tests]
    error = 1.96 * np.std(gains) / np.sqrt(len(gains))
    stands = fmean(one.low >= 0.1 for one in tests)
    left, equal = (
        fmean(values)
        for values in zip(*((t.infidelity, t.infidelity_if_equal) for t in tests), strict=True)
    )
    return (
        f"| `{model}` | {title} | {len(tests)} | {fmean(gains):+.0%} ± {error:.0%} | "
        f"{fmean(kept):+.0%} | {stands:.0%} | {left:.2f} ({equal:.2f}) |"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("models", nargs="+")
    parser.add_argument("--count", type=int, default=20, help="how many rows")
    parser.add_argument("--noises", type=int, default=8, help="how many samples each time")
    parser.add_argument("--orders", type=int, default=4, help="how many random orders")
    parser.add_argument("--by", nargs="+", default=["core/entries", "core/parts"])
    said = parser.parse_args()
    print(HEAD)
    for model in said.models:
        tests = tests_of(model, said.count, said.noises, said.orders, said.by)
        for title, some in tests.items():
            print(row(model, title, some), flush=True)


if __name__ == "__main__":
    main()
