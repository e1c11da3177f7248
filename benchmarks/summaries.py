"""Summaries of several models, row by row: ROUGE, and whether one is better than the first.

    python benchmarks/summaries.py data/package-synopses/validation.parquet \
        --of run:runs/summaries run:runs/summaries-adversarial --given description

Rows are the same for all, so that differences are paired: of 10,000 resamples of the rows, the
interval holds the middle 95 % of mean differences in ROUGE-L (Koehn 2004,
https://aclanthology.org/W04-3250). The first sentence of the description is compared too.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq
import torch
from rouge_score.rouge_scorer import RougeScorer

import mmgan_core as mm
from mmgan_core.cli.recipe_options import set_values
from mmgan_core.inference.use_options import set_by_key
from mmgan_text.metrics.rouge import first_sentence

KINDS = ("rouge1", "rouge2", "rougeL")
Scores = dict[str, npt.NDArray[np.float64]]


def scored(made: list[str], real: list[str]) -> Scores:
    """F1 of every row, by kind."""
    scorer = RougeScorer(list(KINDS))
    rows = [scorer.score(true, text) for text, true in zip(made, real, strict=True)]
    return {kind: np.array([row[kind].fmeasure for row in rows]) for kind in KINDS}


def middle(values: npt.NDArray[np.float64], resamples: int = 10_000) -> tuple[float, float]:
    """The 95 % interval of a mean over rows, by the bootstrap."""
    random = np.random.default_rng(0)
    counts = random.multinomial(len(values), np.full(len(values), 1 / len(values)), resamples)
    low, high = np.quantile(counts @ values / len(values), (0.025, 0.975))
    return float(low), float(high)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", type=Path, help="a parquet file of description and synopsis")
    parser.add_argument("--of", nargs="+", required=True, help="models; the first is compared with")
    parser.add_argument("--given", nargs="+", default=["description"], help="columns given")
    parser.add_argument("--set", nargs="*", default=[], metavar="KEY=VALUE", help="as in generate")
    parser.add_argument("--every", type=int, default=1, help="take one row of so many")
    parser.add_argument("--show", type=int, default=0, help="print so many rows")
    parser.add_argument("--out", type=Path, help="where texts and scores go, as JSON")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    rows = pq.read_table(arguments.rows).to_pylist()[:: arguments.every]
    real = [row["synopsis"] for row in rows]
    texts = {"first sentence": [first_sentence(row["description"], 120) for row in rows]}
    for address in arguments.of:
        model = mm.load(address)
        set_by_key(model, set_values(arguments.set))
        given = {name: [row[name] for row in rows] for name in arguments.given}
        texts[address] = list(model.generate(**given).synopsis)
    scores = {name: scored(made, real) for name, made in texts.items()}
    first = scores[arguments.of[0]]["rougeL"]
    for name, found in scores.items():
        means = "  ".join(f"{kind} {found[kind].mean():.3f}" for kind in KINDS)
        low, high = middle(found["rougeL"])
        apart = found["rougeL"] - first
        by, to = middle(apart)
        print(
            f"{name}: {means}, L {low:.3f} to {high:.3f}; n {len(real)}; against the first "
            f"model {apart.mean():+.4f} ({by:+.4f} to {to:+.4f})"
        )
    for at in range(arguments.show):
        print(f"\n{real[at]}")
        for name, made in texts.items():
            print(f"  {name}: {made[at]}")
    if arguments.out:
        kept = {name: {k: v.mean() for k, v in found.items()} for name, found in scores.items()}
        arguments.out.write_text(json.dumps({"scores": kept, "texts": texts}, indent=1))


if __name__ == "__main__":
    main()
