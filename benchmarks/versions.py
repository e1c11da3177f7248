"""Whether a training step takes longer in this checkout than in an older one.

    git worktree add ../older 4ae4457
    python benchmarks/versions.py ../older
    python benchmarks/versions.py ../older --recipes digits emoji --rounds 9 --steps 60

Each recipe, as the older checkout has it, is trained by `mmgan-zoo train` in both checkouts by
turns, for a few steps and for more, in processes of one thread. The CPU time of a step is the
difference of the two, divided by the steps between; start, preparation and the sample sheet are in
both. It is CPU time because other work on the machine changes it less than wall time.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
FEW, BATCH = 8, 32
QUIET = ("train.sample_every=1000000", "train.checkpoint_every=1000000")


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
    """Train in both checkouts by turns, and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("older", type=Path, help="the other checkout")
    parser.add_argument("--recipes", nargs="+", default=["digits", "tiny-dense"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=80)
    parser.add_argument("--set", nargs="+", default=[], help="changes of all recipes")
    arguments = parser.parse_args()
    for recipe in arguments.recipes:
        ratios = []
        file = str(arguments.older.resolve() / "zoo" / "recipes" / f"{recipe}.yaml")
        for turn in range(arguments.rounds):
            pair = [HERE, arguments.older.resolve()]
            took = {
                checkout: step(checkout, file, arguments.steps, arguments.set)
                for checkout in (pair if turn % 2 else pair[::-1])
            }
            new, old = (1_000 * took[checkout] for checkout in pair)
            ratios.append(new / old)
            print(f"{recipe}: {new:.1f} ms a step, before {old:.1f}, {ratios[-1]:.3f}", flush=True)
        print(f"{recipe}: median {statistics.median(ratios):.3f}", flush=True)


if __name__ == "__main__":
    main()
