"""An exact test of text generators: of a language whose every sentence is known.

    python benchmarks/text_grammar_data.py data/grammar
    mmgan-zoo train benchmarks/text_grammar.yaml --cpu
    python benchmarks/text_grammar.py --of run:runs/text_grammar "text GAN=made.txt"

The columns, of as many texts as --count says:

    valid       the share of texts that are sentences of the language
    new         the share of valid ones that are in the half that is no data, by chance 0.5
    coverage    the share of all sentences that were made; as many draws of the language itself
                reach 1 - (1 - 1/L)^n
    of data     the share of the sentences of the data that were made
    different   the share of different texts among all

Beside the generators stand models that count n-grams of words of the data, the data themselves,
and the language, drawn from at random. Options are those of `text_frontier.py`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.text_frontier import sample, temperatures_of
from benchmarks.text_grammar_data import halves
from mmgan_core import load
from mmgan_text.metrics.frontier import lines_of
from mmgan_text.metrics.ngram_model import NgramModel
from mmgan_text.metrics.words import pieces

Numbers = dict[str, float]


def main() -> None:
    """Print the numbers, and write them to a file if one is named."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--of", nargs="+", default=[], help="generators: a model, or NAME=FILE")
    options.add_argument("--count", type=int, default=4_000, help="how many texts")
    options.add_argument("--orders", type=int, nargs="*", default=[3, 5], help="of n-gram models")
    options.add_argument("--temperatures", type=float, nargs="+", default=[0.7, 1.0])
    options.add_argument("--seed", type=int, default=0, help="which half of the language is data")
    options.add_argument("--to", type=Path, help="a JSON file for the numbers")
    chosen = options.parse_args()
    known, unknown = halves(chosen.seed)
    found: dict[str, Numbers] = {}
    for name, texts in makers(chosen, known, unknown):
        numbers = found[name] = measured(texts, known, unknown)
        said = "  ".join(f"{key} {value:.3f}" for key, value in numbers.items())
        print(f"{name:32} {said}  n {len(texts):,}", flush=True)
    if chosen.to:
        chosen.to.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def measured(texts: Sequence[str], known: Sequence[str], unknown: Sequence[str]) -> Numbers:
    """The numbers of some texts, of which there is at least one."""
    data, others = set(known), set(unknown)
    made = [" ".join(text.split()) for text in texts]
    valid = [text for text in made if text in data or text in others]
    different = set(made)
    return {
        "valid": len(valid) / len(made),
        "new": sum(text in others for text in valid) / max(1, len(valid)),
        "coverage": len(different & (data | others)) / (len(data) + len(others)),
        "of data": len(different & data) / len(data),
        "different": len(different) / len(made),
    }


def makers(
    chosen: argparse.Namespace, known: Sequence[str], unknown: Sequence[str]
) -> Iterator[tuple[str, list[str]]]:
    """Yield who made texts, and the texts."""
    random = np.random.Generator(np.random.PCG64(chosen.seed))
    for name, some in (("the language", [*known, *unknown]), ("the data", known)):
        yield name, [some[at] for at in random.integers(0, len(some), chosen.count)]
    for order in chosen.orders:
        model = NgramModel([pieces(text) for text in known], order)
        for temperature in chosen.temperatures:
            made = model.sample(chosen.count, temperature, chosen.seed)
            yield f"{order}-gram, {temperature:g}", [" ".join(text) for text in made]
    for generator in chosen.of:
        name, is_file, file = generator.partition("=")
        if is_file:
            yield name, lines_of(Path(file))[: chosen.count]
            continue
        loaded = load(generator)
        for temperature in temperatures_of(loaded, chosen.temperatures):
            made = sample(loaded, chosen.count, temperature, chosen.seed)
            yield f"{generator}, {temperature:g}", made


if __name__ == "__main__":
    main()
