"""A training on streams that is killed again and again ends as one that was left alone."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from mmgan_core.foundation.files import file_hash
from mmgan_core.runs.checkpoint import checkpoints

from .rows import parquet, recipe, shards

# At the machine's slowest.
LIMIT = 300


def command(root: Path, run: str, *flags: str) -> list[str]:
    program = [sys.executable, "-m", "mmgan_core.cli.main", "train", str(root / "r.yaml"), "--cpu"]
    return [*program, "--run", str(root / run), *flags]


def drawn_up(root: Path, data: dict[str, Any], samples: int) -> None:
    settings = {"samples": samples, "checkpoint_every": 128, "log_every": 10**6}
    raw = recipe(data, sample_every=10**6, **settings)
    (root / "r.yaml").write_text(yaml.safe_dump(raw), encoding="utf-8")


def reached(run: Path) -> int:
    known = checkpoints(run) if run.is_dir() else []
    return int(known[-1].name) if known else 0


def killed(root: Path, delay: float) -> bool:
    """Train, and kill some time after a new checkpoint; false if the training ended before."""
    run = root / "broken"
    begun = ["--resume"] * (run / "resolved.yaml").is_file()
    before, since = reached(run), time.monotonic()
    process = subprocess.Popen(
        command(root, "broken", *begun), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while process.poll() is None and reached(run) <= before:
            assert time.monotonic() - since < LIMIT
            time.sleep(0.01)
        process.wait(delay)
    except subprocess.TimeoutExpired:
        return True
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0
    return False


def weights(run: Path) -> str:
    return file_hash(checkpoints(run)[-1] / "weights.safetensors")


def ends_the_same(root: Path, kills: int, samples: int) -> None:
    one = {"use": f"parquet:{parquet(root / 'p', 600)}", "streamed": {"window": 100}, "weight": 2}
    other = {"use": f"folder:{shards(root / 't', 300)}", "streamed": True}
    drawn_up(root, {"mix": [one, other]}, samples)
    whole = subprocess.run(command(root, "whole"), capture_output=True, text=True)
    assert whole.returncode == 0, whole.stderr
    chance = random.Random(0)
    for kill in range(kills):
        assert killed(root, chance.uniform(0, 0.5)), f"it ended before kill {kill + 1}"
    last = subprocess.run(command(root, "broken", "--resume"), capture_output=True, text=True)
    assert last.returncode == 0, last.stderr
    assert "differ" not in last.stderr
    assert reached(root / "broken") == reached(root / "whole") == samples
    assert weights(root / "broken") == weights(root / "whole")


def test_two_kills(tmp_path: Path) -> None:
    ends_the_same(tmp_path, kills=2, samples=3_200)


@pytest.mark.slow
def test_twenty_kills(tmp_path: Path) -> None:
    ends_the_same(tmp_path, kills=20, samples=64_000)
