"""Trains in processes that it kills, and in one that it leaves alone: a program of its own.

    python -m tests.streams.killing FOLDER KILLS

It imports everything first, so that the processes it forks need not.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
import traceback
from pathlib import Path

from mmgan_core.foundation.files import file_hash
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.recipe.reading import read_recipe
from mmgan_core.runs.checkpoint import checkpoints
from mmgan_core.training.run import train

# At the machine's slowest.
LIMIT = 300


def begun(root: Path, run: Path, *, resume: bool) -> int:
    """Start a training; return its process."""
    process = os.fork()
    if process:
        return process
    try:
        train(read_recipe(root / "r.yaml", {}), run, resume=resume, cpu=True)
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def ended(process: int) -> None:
    """Wait for a training, which must succeed."""
    _, status = os.waitpid(process, 0)
    if status:
        sys.exit(f"a training failed: {status}")


def reached(run: Path) -> int:
    """Samples at the last checkpoint."""
    known = checkpoints(run) if run.is_dir() else []
    return int(known[-1].name) if known else 0


def killed(root: Path, run: Path, delay: float) -> None:
    """Train, and kill some time after a new checkpoint."""
    before, since = reached(run), time.monotonic()
    process = begun(root, run, resume=(run / "resolved.yaml").is_file())
    while reached(run) <= before:
        if os.waitpid(process, os.WNOHANG)[0] or time.monotonic() - since > LIMIT:
            sys.exit("a training ended without a new checkpoint")
        time.sleep(0.005)
    time.sleep(delay)
    os.kill(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    if not os.WIFSIGNALED(status):
        sys.exit("a training ended before it was killed")


def weights(run: Path) -> str:
    """The hash of the last checkpoint's weights."""
    return file_hash(checkpoints(run)[-1] / "weights.safetensors")


def main() -> None:
    """Kill, go on, and compare."""
    root, kills = Path(sys.argv[1]), int(sys.argv[2])
    import accelerate  # noqa: F401

    catalogue()
    whole, broken = root / "whole", root / "broken"
    ended(begun(root, whole, resume=False))
    chance = random.Random(0)
    for kill in range(kills):
        killed(root, broken, chance.uniform(0, 0.15))
        print(f"kill {kill + 1}: {reached(broken):,} samples kept", flush=True)
    ended(begun(root, broken, resume=True))
    same = reached(whole) == reached(broken) and weights(whole) == weights(broken)
    print(f"{kills} kills; final weights identical: {same}")
    sys.exit(not same)


if __name__ == "__main__":
    main()
