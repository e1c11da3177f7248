"""How an evaluation network reads samples of graphs of 8-bit numbers, beside those of 32 bits.

    python benchmarks/small_graphs.py EXPORTS [MODEL ...]

EXPORTS is the folder that benchmarks/portable.py writes. Both graphs make samples of the same noise
and the same given values, and the evaluator that travels with the model reads them: how often it
reads what was asked for, and how often it reads the same of both. *frozen* is a graph of which the
frozen networks alone, such as a language model, are of 8-bit numbers.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path

import numpy as np

from mmgan_core.portable import onnx_format
from mmgan_core.portable.sampler import READERS
from mmgan_core.publishing.proof import committed_evaluators
from mmgan_core.zoo.loading import opened
from mmgan_onnx import load_onnx

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_CAPTIONS = {
    "Animals & Nature": ("cat face", "dog", "tulip", "whale"),
    "Flags": ("flag: France", "flag: Japan", "flag: Italy", "flag: Poland"),
    "Food & Drink": ("pizza", "red apple", "hot beverage", "birthday cake"),
    "Objects": ("light bulb", "blue book", "hammer", "alarm clock"),
    "Smileys & Emotion": ("grinning face", "crying face", "red heart", "angry face"),
    "Symbols": ("red circle", "play button", "no entry", "check mark button"),
    "Travel & Places": ("automobile", "rocket", "house", "sunset"),
}
# What is given, with values that the evaluator's classes can be read off.
ASKED = {
    "digits": ("text", {one: (one,) for one in _DIGITS}),
    "digits-28": ("text", {one: (one,) for one in _DIGITS}),
    "speech": ("word", {one: (one,) for one in _DIGITS}),
    "emoji": ("caption", _CAPTIONS),
}
_SAMPLES = 280


def main() -> None:
    """Print a row for each model and kind of graph."""
    parser = argparse.ArgumentParser()
    parser.add_argument("exports", type=Path)
    parser.add_argument("models", nargs="*", default=list(ASKED))
    asked = parser.parse_args()
    print(
        "| model | graph | MB | read as asked | read as of 32 bits |\n| --- | --- |" + " ---: |" * 3
    )
    for name in asked.models:
        print_rows(name, asked.exports / f"{name}-onnx")


def print_rows(name: str, folder: Path) -> None:
    """The rows of one model."""
    entry, texts = ASKED[name]
    pairs = [(text, label) for label, several in texts.items() for text in several]
    pairs = (pairs * (_SAMPLES // len(pairs) + 1))[:_SAMPLES]
    made = json.loads((folder / onnx_format.DESCRIPTION).read_text())["made"]
    (judge,) = committed_evaluators(opened(name), next(iter(made))).values()
    first = None
    for kind in ("32 bits", "8 bits", "frozen 8 bits"):
        with tempfile.TemporaryDirectory() as scratch:
            own = Path(scratch, "model")
            shutil.copytree(folder, own)
            graph = own / onnx_format.GRAPH
            if kind != "32 bits":
                only = READERS if kind.startswith("frozen") else ""
                if not onnx_format.write_small(folder / onnx_format.GRAPH, graph, only=only):
                    continue
            given = {entry: [text for text, _ in pairs]}
            samples = load_onnx(own, threads=1).generate(**given)[next(iter(made))]
            read = judge.read([_value(one) for one in samples], [label for _, label in pairs])
            size = graph.stat().st_size / 1e6
        assert read.predicted is not None
        assert read.asked is not None
        found = read.predicted.numpy()
        first = found if first is None else first
        right = float(np.mean(found == read.asked.numpy()))
        same = float(np.mean(found == first))
        print(f"| `{name}` | {kind} | {size:.1f} | {right:.3f} | {same:.3f} |", flush=True)


def _value(sample: object) -> object:
    """A sample as the modality takes it: of a sound its numbers and their rate."""
    return (sample.samples, sample.rate) if hasattr(sample, "samples") else sample


if __name__ == "__main__":
    main()
