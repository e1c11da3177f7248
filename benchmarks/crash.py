"""Kills a training again and again, and compares the end with that of an undisturbed one.

    python benchmarks/crash.py                      # 20 kills

SIGKILL comes at random moments, also while a checkpoint is being written; each time the training
goes on with --resume. Wanted: the final weights are the same to the bit.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mmgan_core.training.checkpoint import checkpoints, file_hash

SAMPLES = 25_600
SETTINGS = (
    f"train.samples={SAMPLES}", "train.checkpoint_every=512", "train.sample_every=5000",
    "train.log_every=512",
)  # fmt: skip


def command(run: Path, *flags: str) -> list[str]:
    """The command that trains into a run."""
    settings = [part for setting in SETTINGS for part in ("--set", setting)]
    return [sys.executable, "-m", "mmgan_core.cli.main", "train", "digits", "--run", str(run),
            "--cpu", *settings, *flags]  # fmt: skip


def killed(run: Path, delay: float) -> bool:
    """Train, and kill after so many seconds; whether it came to its end first."""
    flags = ["--resume"] if (run / "resolved.yaml").is_file() else []
    process = subprocess.Popen(command(run, *flags), stderr=subprocess.PIPE, text=True)
    try:
        _, said = process.communicate(timeout=delay)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return False
    if process.returncode:
        sys.exit(f"going on failed:\n{said}")
    return True


def main() -> None:
    """Kill, compare, say so."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        whole, broken = Path(folder, "whole"), Path(folder, "broken")
        began = time.monotonic()
        subprocess.run(command(whole), check=True, capture_output=True)
        took = time.monotonic() - began
        print(f"undisturbed: {took:.0f} s")
        kills = 0
        while kills < arguments.kills:
            # Long enough to start and to get somewhere: about a fortieth of the way each time.
            if killed(broken, chance.uniform(0.5, 1.5) * (6 + took / 40)):
                break
            kills += 1
            last = checkpoints(broken)[-1:] if broken.is_dir() else []
            print(f"kill {kills}: {int(last[0].name) if last else 0:,} samples kept", flush=True)
        while not killed(broken, 3600):
            pass
        one, other = (
            file_hash(checkpoints(r)[-1] / "weights.safetensors") for r in (whole, broken)
        )
        print(f"{kills} kills; final weights identical: {one == other}")
        sys.exit(one != other)


if __name__ == "__main__":
    main()
