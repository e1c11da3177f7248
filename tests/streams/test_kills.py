"""A training on streams that is killed again and again ends as one that was left alone."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from .rows import parquet, recipe, shards

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked")


def ends_the_same(root: Path, kills: int, samples: int) -> None:
    one = {"use": f"parquet:{parquet(root / 'p', 600)}", "streamed": {"window": 100}, "weight": 2}
    other = {"use": f"folder:{shards(root / 't', 300)}", "streamed": True}
    settings = {"samples": samples, "checkpoint_every": 128, "keep": 2}
    raw = recipe({"mix": [one, other]}, sample_every=10**6, log_every=10**6, **settings)
    (root / "r.yaml").write_text(yaml.safe_dump(raw), encoding="utf-8")
    program = [sys.executable, "-m", "tests.streams.killing", str(root), str(kills)]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{kills} kills; final weights identical: True" in done.stdout
    assert "differ" not in done.stderr


def test_two_kills(tmp_path: Path) -> None:
    ends_the_same(tmp_path, kills=2, samples=3_200)


@pytest.mark.slow
def test_twenty_kills(tmp_path: Path) -> None:
    ends_the_same(tmp_path, kills=20, samples=12_800)
