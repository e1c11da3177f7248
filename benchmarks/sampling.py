"""How near `generate` comes to the bare networks: their time as a share of ours.

    python benchmarks/sampling.py [MODEL ...] [--rounds 15]

One thread. The bare call is what a script would write by hand: the model's own encoders and
generator on values that are prepared, and noise that is drawn already; entries that are not given
it leaves out, where ours draws them. *tensors* is ours without asking for values, beside the bare
call; *values* ends with pictures or sounds in memory, beside a bare call that ends with the
modality's own decoding. Turns alternate; the share is the median of the shares of the rounds, by
processor time. Wanted: at least 0.9. *anew*: the same as *tensors*, but no frozen network has read
the values before.
"""

from __future__ import annotations

import argparse
import itertools
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
# What a frozen network reads, and may be any text.
FREE = {"emoji": "caption"}
SIZES = (1, 16, 64)


def main() -> None:
    """Print a row for each model and batch."""
    parser = argparse.ArgumentParser()
    parser.add_argument("models", nargs="*", default=list(GIVEN))
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    torch.set_num_threads(1)
    print("| model | batch | bare, ms | tensors | anew | with values, ms | values |")
    print("|---|" + "---:|" * 6)
    for name in options.models:
        model = load(name)
        for size in SIZES:
            print(row(name, model, size, options.rounds), flush=True)


def row(name: str, model: Model, size: int, rounds: int) -> str:
    """One row: the time of the bare calls, and their shares in ours."""
    given, free = GIVEN.get(name, {}), FREE.get(name)
    made, numbers = bare(model, given, size), itertools.count()

    def anew() -> object:
        other = {free: f"{given[free]} {next(numbers)}"} if free else {}
        return model.generate(count=size, **given | other).tensors

    ways = {
        "bare": made,
        "tensors": lambda: model.generate(count=size, **given).tensors,
        "anew": anew,
        "bare values": lambda: [model.gan.modalities[n].present(t) for n, t in made().items()],
        "values": lambda: [len(model.generate(count=size, **given)[n]) for n in model.made],
    }
    times: dict[str, list[float]] = {way: [] for way in ways}
    for turn in range(rounds + 2):
        for way, call in ways.items():
            began = time.process_time()
            call()
            if turn >= 2:
                times[way].append(time.process_time() - began)

    def share(whole: str, way: str) -> str:
        found = zip(times[whole], times[way], strict=True)
        return f"{statistics.median(b / o for b, o in found):.2f}"

    usual, shown = (statistics.median(times[way]) * 1e3 for way in ("bare", "bare values"))
    shares = share("bare", "tensors"), share("bare", "anew") if free else ""
    first = f"| {name} | {size} | {usual:.2f} | {' | '.join(shares)} |"
    return f"{first} {shown:.2f} | {share('bare values', 'values')} |"


def bare(model: Model, given: dict[str, str], size: int) -> Callable[[], dict[str, torch.Tensor]]:
    """The networks alone, on inputs that lie ready."""
    gan = model.gan
    prepared = {name: gan.preparing(name)([value] * size) for name, value in given.items()}
    noise = {name: torch.randn(size, gan.generator(name).noise_dim) for name in gan.generators}

    @torch.no_grad()
    def call() -> dict[str, torch.Tensor]:
        return gan.make(noise, gan.given_conditions(prepared, size, model.device))

    return call


if __name__ == "__main__":
    main()
