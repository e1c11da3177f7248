"""Quality against diversity of text generators, beside real texts and models of n-grams.

    python benchmarks/text_frontier.py data/synopses --column synopsis \
        --of run:runs/likelihood "text GAN=made.txt" --svg docs/images/text-frontier.svg

The folder holds ``train.parquet`` and ``validation.parquet``. A generator is a model, by name,
``run:`` or ``dir:``, that needs nothing given; or ``NAME=FILE``, texts that something else made,
one a line. A model is sampled at every temperature if its generator has the option
``sampling_temperature``. All are compared with as many real texts of the validation split; what
the numbers are stands in ``mmgan_text.metrics.frontier``. Real texts of the training split are the
ceiling, once for each seed, since another sample of them has other numbers.

``unique`` and ``novel`` are the shares of different texts, and of those that do not stand in the
training split; ``repeated`` are the shares of their runs of words that stand there. Numbers of
n-grams do not see whether a text means anything: the Fréchet distance between what a language model
of sentences makes of it and of real texts sees more.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from mmgan_core import load
from mmgan_core.components.frechet import distance, fitted
from mmgan_core.inference.model import Model
from mmgan_text.language_model import language_model
from mmgan_text.metrics.frontier import four, lines_of
from mmgan_text.metrics.ngram_model import NgramModel
from mmgan_text.metrics.words import Text, pieces

TEMPERATURE = "sampling_temperature"
REAL = "real texts"
Points = dict[str, dict[str, dict[str, float]]]


def main() -> None:
    """Print the numbers; draw them, and write them to a file, if one is named."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("data", type=Path, help="the folder of the data")
    options.add_argument("--of", nargs="+", default=[], help="generators: a model, or NAME=FILE")
    options.add_argument("--column", default="text", help="the column with the texts")
    options.add_argument("--count", type=int, help="how many texts; default: all of validation")
    options.add_argument("--orders", type=int, nargs="*", default=[3], help="of the n-gram models")
    options.add_argument(
        "--temperatures", type=float, nargs="+", default=[0.5, 0.7, 0.85, 1.0, 1.15, 1.3]
    )
    options.add_argument("--seeds", type=int, default=3, help="how many samples of real texts")
    options.add_argument("--sentences", help="a language model: Fréchet distance too")
    options.add_argument("--svg", type=Path, help="a file for the drawing")
    options.add_argument("--to", type=Path, help="a JSON file for the numbers")
    chosen = options.parse_args()
    known, real = (
        [pieces(text) for text in texts(chosen.data / f"{split}.parquet", chosen.column)]
        for split in ("train", "validation")
    )
    real = real[: chosen.count or len(real)]
    found: Points = {}
    for name, setting, made in makers(chosen, known, len(real)):
        numbers = four(made, real[: len(made)]) | new_ones(made, known) | repeated(made, known)
        if chosen.sentences:
            numbers["Fréchet"] = apart(chosen.sentences, made, real)
        found.setdefault(name, {})[setting] = numbers
        said = "  ".join(f"{key} {value:.4f}" for key, value in numbers.items())
        print(f"{name:24} {setting:6} {said}  n {len(made)}", flush=True)
    if chosen.svg:
        draw(found, chosen.svg)
    if chosen.to:
        chosen.to.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def new_ones(made: Sequence[Text], known: Sequence[Text]) -> dict[str, float]:
    """The shares of texts that differ, and of those that are not known."""
    different, learned = Counter(map(tuple, made)), set(map(tuple, known))
    novel = sum(count for text, count in different.items() if text not in learned)
    return {"unique": len(different) / len(made), "novel": novel / len(made)}


def repeated(made: Sequence[Text], known: Sequence[Text]) -> dict[str, float]:
    """The shares of the runs of 4, 6 and 8 words that stand in known texts."""
    found = {}
    for length in (4, 6, 8):
        there = {run for text in known for run in runs(text, length)}
        all_of = [run for text in made for run in runs(text, length)]
        found[f"repeated-{length}"] = sum(run in there for run in all_of) / max(1, len(all_of))
    return found


def runs(text: Text, length: int) -> list[tuple[str, ...]]:
    """The runs of so many words in a text."""
    return [tuple(text[at : at + length]) for at in range(len(text) - length + 1)]


def apart(model: str, made: Sequence[Text], real: Sequence[Text]) -> float:
    """The Fréchet distance between texts and real ones in the features of a language model."""
    network = language_model(model, None)
    lines = ([" ".join(text) for text in of] for of in (made, real))
    return distance(*(fitted(network.encode(of, convert_to_tensor=True).cpu()) for of in lines))


def texts(file: Path, column: str) -> list[str]:
    """The texts of one split."""
    found = pq.read_table(file, columns=[column]).column(column).to_pylist()
    return [str(one) for one in found]


def makers(
    chosen: argparse.Namespace, known: Sequence[Text], count: int
) -> Iterator[tuple[str, str, list[Text]]]:
    """Yield who made texts, with which setting, and the texts."""
    for seed in range(chosen.seeds):
        rows = np.random.Generator(np.random.PCG64(seed)).permutation(len(known))[:count]
        yield REAL, f"#{seed}", [known[row] for row in rows]
    for order in chosen.orders:
        model = NgramModel(known, order)
        for temperature in chosen.temperatures:
            yield f"{order}-gram", f"{temperature:g}", model.sample(count, temperature, 0)
    for generator in chosen.of:
        name, is_file, file = generator.partition("=")
        if is_file:
            yield name, "", [pieces(line) for line in lines_of(Path(file))][:count]
            continue
        loaded = load(generator)
        for temperature in temperatures_of(loaded, chosen.temperatures):
            yield (
                name,
                f"{temperature:g}",
                [pieces(one) for one in sample(loaded, count, temperature)],
            )


def temperatures_of(model: Model, wanted: Sequence[float]) -> Sequence[float]:
    """The temperatures that a model can be sampled at; 1 if its generator offers none."""
    return wanted if TEMPERATURE in vars(_generator(model).options) else [1.0]


def sample(model: Model, count: int, temperature: float = 1.0, seed: int = 0) -> list[str]:
    """Texts of a model that is given nothing."""
    generator = _generator(model)
    if TEMPERATURE in vars(generator.options):
        generator.options = generator.options.model_copy(update={TEMPERATURE: temperature})
    return [str(text) for text in model.generate(count=count, seed=seed)[model.made[0]]]


def _generator(model: Model) -> Any:
    return model.gan.generator(model.made[0])


def draw(found: Mapping[str, Mapping[str, Mapping[str, float]]], file: Path) -> None:
    """Draw MS-Jaccard and BLEU against self-BLEU, a line for each maker, as SVG."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "frontier", "font.size": 10}):
        figure = Figure(figsize=(9, 3.8), layout="constrained")
        FigureCanvasSVG(figure)
        for axes, up in zip(figure.subplots(1, 2), ("MS-Jaccard-4", "BLEU-4"), strict=True):
            for name, points in found.items():
                x, y = ([one[key] for one in points.values()] for key in ("self-BLEU-4", up))
                style = "x" if name == REAL else "o-"
                colour = "black" if name == REAL else None
                axes.plot(x, y, style, label=name, color=colour, markersize=5, linewidth=1.4)
                for setting, across, height in zip(points, x, y, strict=True):
                    if name != REAL and setting:
                        axes.annotate(
                            setting, (across, height), (4, 4), textcoords="offset points", size=8
                        )
            axes.set_xlabel("self-BLEU-4 (more alike to the right)")
            axes.set_title(up)
            axes.grid(alpha=0.3)
        axes.legend(frameon=False)
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})


if __name__ == "__main__":
    main()
