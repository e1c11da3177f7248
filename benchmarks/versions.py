"""Whether a training step takes longer in this checkout than in an older one.

    git worktree add ../older 4ae4457
    python benchmarks/versions.py ../older
    python benchmarks/versions.py ../older --recipes digits emoji --rounds 9 --steps 60

Each recipe, as the older checkout has it, is trained by `mmgan-zoo train` in both checkouts by
turns, for a few steps and for more, in processes of one thread. The CPU time of a step is the
difference of the two, divided by the steps between; start, preparation and the sample sheet are in
both. It is CPU time because other work on the machine changes it less than wall time. Since what
disturbs can only make a step longer, the smallest times are compared. Take so few steps that a
training ends within 40 seconds, when a run that has no sheet yet draws one.
"""

from __future__ import annotations

import argparse
import math
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
FEW, BATCH = 8, 32
QUIET = tuple(f"train.{what}_every=1000000" for what in ("log", "sample", "checkpoint"))


def seconds(checkout: Path, recipe: str, steps: int, settings: list[str]) -> float:
    """The CPU time of a training of so many steps in a checkout, with all around it."""
    rooms = [checkout, *sorted(checkout.glob("plugins/*/src"))]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(str(room) for room in rooms),
        "OMP_NUM_THREADS": "1",
        "MMGAN_TRACKIO": "0",
    }
    wanted = [f"train.samples={steps * BATCH}", f"train.batch_size={BATCH}", *QUIET, *settings]
    changes = [part for setting in wanted for part in ("--set", setting)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        command = ["train", recipe, "--cpu", "--run", f"{folder}/run", *changes]
        run = "import sys; from mmgan_core.cli.main import run; sys.argv[0] = 'mmgan-zoo'; run()"
        done = subprocess.run(
            [sys.executable, "-c", run, *command], env=environment, capture_output=True, text=True
        )
    if done.returncode:
        raise SystemExit(f"{checkout}: mmgan-zoo {' '.join(command)}\n{done.stderr or done.stdout}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def step(checkout: Path, recipe: str, steps: int, settings: list[str]) -> float:
    """The CPU time of one training step, seconds."""
    few = seconds(checkout, recipe, FEW, settings)
    return (seconds(checkout, recipe, FEW + steps, settings) - few) / steps


def main() -> None:
    """Train in both checkouts by turns, and print the smallest times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("older", type=Path, help="the other checkout")
    parser.add_argument("--recipes", nargs="+", default=["digits", "tiny-dense"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--set", nargs="+", default=[], help="changes of all recipes")
    arguments = parser.parse_args()
    for recipe in arguments.recipes:
        smallest = {HERE: math.inf, arguments.older.resolve(): math.inf}
        file = str(arguments.older.resolve() / "zoo" / "recipes" / f"{recipe}.yaml")
        for turn in range(arguments.rounds):
            pair = [HERE, arguments.older.resolve()]
            took = {
                checkout: step(checkout, file, arguments.steps, arguments.set)
                for checkout in (pair if turn % 2 else pair[::-1])
            }
            smallest = {checkout: min(best, took[checkout]) for checkout, best in smallest.items()}
            new, old = (1_000 * took[checkout] for checkout in pair)
            print(f"{recipe}: {new:.1f} ms a step, before {old:.1f}", flush=True)
        new, old = (1_000 * best for best in smallest.values())
        print(f"{recipe}: smallest {new:.1f} ms, before {old:.1f}: {new / old:.3f}", flush=True)


if __name__ == "__main__":
    main()
