"""What checking the cache costs a training's start: with its checksums read, and without.

    python benchmarks/cached_start.py digits-28 --rounds 5

Each start is a process of its own, which trains one batch, of data that were prepared before; the
two take turns. The median of their processor time is printed, and how much was read.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

START = """
import sys
from mmgan_core import train
from mmgan_core.data import prepared
if sys.argv[3] == "unchecked":
    prepared.damage = lambda folder, sums: ""
changes = {"train.samples": 32, "train.batch_size": 32, "train.sample_every": 32}
train(sys.argv[1], sys.argv[2], cpu=True, **changes)
"""


def main() -> None:
    """Print the medians and their ratio."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("recipe")
    options.add_argument("--rounds", type=int, default=5)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MMGAN_CACHE"] = f"{folder}/cache"
        seconds(chosen.recipe, Path(folder, "prepared"), "checked")
        read = sum(file.stat().st_size for file in Path(folder, "cache").rglob("*.npy"))
        found: dict[str, list[float]] = {"checked": [], "unchecked": []}
        for number in range(chosen.rounds):
            for how, times in found.items():
                times.append(seconds(chosen.recipe, Path(folder, f"{how}-{number}"), how))
    one, other = (statistics.median(times) for times in found.values())
    print(f"{chosen.recipe}: {one:.2f} s with checksums of {read / 1e6:.0f} MB, {other:.2f} s")
    print(f"without: {one / other:.3f} times")


def seconds(recipe: str, run: Path, how: str) -> float:
    """The processor time of one start."""
    before = os.times()
    command = [sys.executable, "-c", START, recipe, str(run), how]
    subprocess.run(command, check=True, capture_output=True)
    after = os.times()
    return (
        after.children_user + after.children_system - before.children_user - before.children_system
    )


if __name__ == "__main__":
    main()
