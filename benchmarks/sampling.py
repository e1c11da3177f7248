"""How near `generate` comes to the bare networks: their time as a share of ours.

    python benchmarks/sampling.py [MODEL ...] [--rounds 15]

One thread. The bare call is what a script would write by hand: the model's own encoders and
generator on values that are prepared, and noise that is drawn already. *tensors* is ours without
asking for values; *values* ends with pictures or sounds in memory. Turns alternate; the share is
the median of the shares of the rounds, by processor time. Wanted: at least 0.9.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import torch

from mmgan_core import load
from mmgan_core.inference.model import Model

GIVEN = {
    "digits-28": {"text": "three"},
    "emoji": {"caption": "pizza", "vendor": "noto"},
    "speech": {"word": "four", "speaker": "theo"},
}
SIZES = (1, 16, 64)


def main() -> None:
    """Print a row for each model and batch."""
    parser = argparse.ArgumentParser()
    parser.add_argument("models", nargs="*", default=list(GIVEN))
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    torch.set_num_threads(1)
    print("| model | batch | bare, ms | tensors | values |\n|---|---:|---:|---:|---:|")
    for name in options.models:
        model = load(name)
        for size in SIZES:
            print(row(name, model, size, options.rounds), flush=True)


def row(name: str, model: Model, size: int, rounds: int) -> str:
    """One row: the time of the bare call, and its share in ours."""
    given = GIVEN.get(name, {})
    ways = {
        "bare": bare(model, given, size),
        "tensors": lambda: model.generate(count=size, **given).tensors,
        "values": lambda: [len(model.generate(count=size, **given)[n]) for n in model.made],
    }
    times: dict[str, list[float]] = {way: [] for way in ways}
    for turn in range(rounds + 2):
        for way, call in ways.items():
            began = time.process_time()
            call()
            if turn >= 2:
                times[way].append(time.process_time() - began)
    shares = [
        statistics.median(b / o for b, o in zip(times["bare"], times[way], strict=True))
        for way in ("tensors", "values")
    ]
    usual = statistics.median(times["bare"]) * 1e3
    return f"| {name} | {size} | {usual:.2f} | {shares[0]:.2f} | {shares[1]:.2f} |"


def bare(model: Model, given: dict[str, str], size: int) -> Callable[[], object]:
    """The networks alone, on inputs that lie ready."""
    gan = model.gan
    prepared = {name: gan.preparing(name)([value] * size) for name, value in given.items()}
    noise = {name: torch.randn(size, gan.generator(name).noise_dim) for name in gan.generators}

    @torch.no_grad()
    def call() -> object:
        return gan.make(noise, gan.given_conditions(prepared, size, model.device))

    return call


if __name__ == "__main__":
    main()
