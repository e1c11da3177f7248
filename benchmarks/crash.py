"""Kills training again and again, and compares its end with that of undisturbed training.

    python benchmarks/crash.py                      # 20 kills

SIGKILL comes at random moments within three seconds after a new checkpoint appeared, also while a
checkpoint is being written; so training makes progress on a busy machine too. Each time --resume
continues it. Wanted: the final weights are the same bit for bit.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mmgan_core.foundation.files import file_hash
from mmgan_core.runs.checkpoint import checkpoints

SAMPLES = 25_600
SETTINGS = (
    f"train.samples={SAMPLES}",
    "train.checkpoint_every=512",
    "train.sample_every=5000",
    "train.log_every=512",
)


def command(run: Path, *flags: str) -> list[str]:
    """The command that trains into a run."""
    settings = [part for setting in SETTINGS for part in ("--set", setting)]
    return [
        sys.executable,
        "-m",
        "mmgan_core.cli.main",
        "train",
        "digits",
        "--run",
        str(run),
        "--cpu",
        *settings,
        *flags,
    ]


def killed(run: Path, delay: float) -> bool:
    """Train, and kill some seconds after a checkpoint; false if training ended first."""
    begun = (run / "resolved.yaml").is_file()
    before = reached(run)
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(
            command(run, *["--resume"] * begun), stdout=said, stderr=subprocess.STDOUT
        )
        while process.poll() is None and reached(run) <= before:
            time.sleep(0.02)
        try:
            process.wait(delay)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            return True
        if process.returncode:
            said.seek(0)
            sys.exit(f"going on failed:\n{said.read()}")
    return False


def reached(run: Path) -> int:
    """Samples at the last checkpoint."""
    known = checkpoints(run) if run.is_dir() else []
    return int(known[-1].name) if known else 0


def main() -> None:
    """Kill, compare and report."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        whole, broken = Path(folder, "whole"), Path(folder, "broken")
        subprocess.run(command(whole), check=True, capture_output=True)
        kills = 0
        while kills < arguments.kills and killed(broken, chance.uniform(0, 3)):
            kills += 1
            print(f"kill {kills}: {reached(broken):,} samples kept", flush=True)
        while killed(broken, 3600):
            pass
        one, other = (
            file_hash(checkpoints(r)[-1] / "weights.safetensors") for r in (whole, broken)
        )
        print(f"{kills} kills; final weights identical: {one == other}")
        sys.exit(one != other)


if __name__ == "__main__":
    main()
