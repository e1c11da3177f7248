"""How many pieces a second the generators of text make on one core: one pass, or place after place.

    python benchmarks/text_speed.py                  # 64 places of 2,048 pieces; 1, 8 and 64 texts

`text/parallel` and `text/transformer` have the same width, layers and heads. No text ends before
its last place, so that both make all pieces: untrained weights are as fast as trained ones.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Sequence

import torch

from mmgan_core.contracts import Condition, ConditionSpace, Generator, SampleSpace
from mmgan_core.plugins.catalogue import catalogue

CONDITION = 64
COMPARED = ("text/transformer", "text/parallel")


def generator(name: str, shape: tuple[int, int], width: int, layers: int) -> Generator:
    """One of the generators, whose texts never end."""
    cls = catalogue().load("generator", name)
    options = cls.Options(width=width, layers=layers)
    made: Generator = cls(options, SampleSpace("text", shape, 0.0, 1.0), ConditionSpace(CONDITION))
    with torch.no_grad():
        dict(made.named_parameters())["bias"][0] = -1e4
    return made.eval()


@torch.no_grad()
def seconds(made: Generator, rows: int, times: int) -> float:
    """The median time of the CPU for so many texts, after one making that does not count."""
    found = []
    for _ in range(times + 1):
        noise, condition = torch.randn(rows, made.noise_dim), torch.randn(rows, CONDITION)
        began = time.process_time()
        made(noise, Condition(condition))
        found.append(time.process_time() - began)
    return statistics.median(found[1:])


def measured(
    shape: tuple[int, int], width: int, layers: int, rows: Sequence[int], times: int
) -> dict[str, dict[int, float]]:
    """Pieces a second of each generator, by how many texts are made at once."""
    found: dict[str, dict[int, float]] = {}
    for name in COMPARED:
        made = generator(name, shape, width, layers)
        found[name] = {count: count * shape[0] / seconds(made, count, times) for count in rows}
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--length", type=int, default=64)
    parser.add_argument("--pieces", type=int, default=2048)
    parser.add_argument("--width", type=int, default=192)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--rows", type=int, nargs="+", default=[1, 8, 64])
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    shape = (asked.length, asked.pieces)
    found = measured(shape, asked.width, asked.layers, asked.rows, asked.times)
    if asked.json:
        print(json.dumps(found))
        return
    after, at_once = COMPARED
    print(f"{'texts at once':>14} {after:>18} {at_once:>18} {'times as fast':>14}")
    for count in asked.rows:
        slow, fast = found[after][count], found[at_once][count]
        print(f"{count:>14} {slow:>14,.0f} /s {fast:>14,.0f} /s {fast / slow:>14.1f}")


if __name__ == "__main__":
    main()
