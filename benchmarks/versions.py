"""Whether a training step takes longer in this checkout than in an older one.

    git worktree add ../older 4ae4457
    python benchmarks/versions.py ../older
    python benchmarks/versions.py ../older --recipes digits --rounds 6 --steps 400

Each recipe, as the older checkout has it, is trained by `mmgan-zoo train` in both checkouts at the
same time, in processes of one thread on one core, so that whatever else disturbs the machine
disturbs both. What is compared is the median CPU time of a step, after the first ones; then the
checkouts change places, for the process that began first can be better off.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
BATCH, LEFT_OUT = 32, 10
QUIET = tuple(f"train.{what}_every=1000000" for what in ("log", "sample", "checkpoint"))
TIMED = """
import json, sys, time
from mmgan_core.cli.main import run
from mmgan_core.training.trainer import Trainer
steps, step = [], Trainer.train_step
def timed(*args, **kwargs):
    began = time.process_time()
    done = step(*args, **kwargs)
    steps.append(time.process_time() - began)
    return done
Trainer.train_step = timed
times, sys.argv[0] = sys.argv.pop(1), "mmgan-zoo"
try:
    run()
finally:
    json.dump(steps, open(times, "w"))
"""


def begun(
    checkout: Path, recipe: str, steps: int, settings: list[str], folder: Path
) -> subprocess.Popen[str]:
    """Begin a training of so many steps in a checkout; its times are written into the folder."""
    rooms = [checkout, *sorted(checkout.glob("plugins/*/src"))]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(str(room) for room in rooms),
        "OMP_NUM_THREADS": "1",
        "MMGAN_TRACKIO": "0",
    }
    wanted = [f"train.samples={steps * BATCH}", f"train.batch_size={BATCH}", *QUIET, *settings]
    changes = [part for setting in wanted for part in ("--set", setting)]
    command = ["train", recipe, "--cpu", "--run", str(folder / "run"), *changes]
    return subprocess.Popen(
        [sys.executable, "-c", TIMED, str(folder / "times.json"), *command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def steps_of(pair: list[Path], recipe: str, steps: int, settings: list[str]) -> list[float]:
    """The median CPU time of a step in each of two checkouts that train at the same time, in ms."""
    with tempfile.TemporaryDirectory() as folder:
        rooms = [Path(folder) / str(place) for place in range(len(pair))]
        for room in rooms:
            room.mkdir()
        trainings = [
            begun(checkout, recipe, steps, settings, room)
            for checkout, room in zip(pair, rooms, strict=True)
        ]
        for checkout, training in zip(pair, trainings, strict=True):
            said = training.communicate()[0]
            if training.returncode:
                raise SystemExit(f"{checkout}: {recipe} does not train\n{said}")
        found = [json.loads((room / "times.json").read_text()) for room in rooms]
    return [1_000 * statistics.median(times[LEFT_OUT:]) for times in found]


def main() -> None:
    """Train in both checkouts, by turns in either order, and print the times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("older", type=Path, help="the other checkout")
    parser.add_argument("--recipes", nargs="+", default=["digits", "tiny-dense"])
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--set", nargs="+", default=[], help="changes of all recipes")
    arguments = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    older = arguments.older.resolve()
    for recipe in arguments.recipes:
        file = str(older / "zoo" / "recipes" / f"{recipe}.yaml")
        ratios = []
        for turn in range(arguments.rounds):
            pair = [HERE, older] if turn % 2 else [older, HERE]
            took = dict(
                zip(pair, steps_of(pair, file, arguments.steps, arguments.set), strict=True)
            )
            new, old = took[HERE], took[older]
            ratios.append(new / old)
            print(f"{recipe}: {new:.2f} ms a step, before {old:.2f}", flush=True)
        spread = f"{min(ratios):.3f} to {max(ratios):.3f}"
        print(f"{recipe}: {statistics.median(ratios):.3f} times as long ({spread})", flush=True)


if __name__ == "__main__":
    main()
