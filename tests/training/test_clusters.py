"""The files for clusters start processes that train together: here two of the CPU, as two nodes."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import yaml

from mmgan_core.runs.checkpoint import checkpoints, load_checkpoint
from mmgan_core.runs.run_directory import read_lock

from .conftest import SMALL

# The programs of the environment that the tests run in, activated or not.
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
FILES = Path(__file__).parents[2] / "docs" / "cluster"
SETTINGS = {**SMALL, "train.samples": 32, "train.log_every": 16}
FLAGS = [
    "--cpu",
    *(part for key, value in SETTINGS.items() for part in ("--set", f"{key}={value}")),
]


def trained_by_two(run: Path) -> None:
    _, state = load_checkpoint(checkpoints(run)[-1])
    assert state["samples"] == 32
    assert read_lock(run)["world_size"] == 2


def test_slurm(tmp_path: Path) -> None:
    """Its commands are ours: ``srun`` starts what it is given on two nodes, which are this one."""
    for name, text in {
        "scontrol": "echo localhost; echo other",
        "srun": '"$@" & one=$!; "$@" & other=$!; wait $one && wait $other',
    }.items():
        (tmp_path / name).write_text(f"#!/bin/bash\n{text}\n")
        (tmp_path / name).chmod(0o755)
    slurm = {"SLURM_NNODES": "2", "SLURM_JOB_ID": str(os.getpid()), "SLURM_JOB_NODELIST": "n[1-2]"}
    run = tmp_path / "run"
    said = subprocess.run(
        ["bash", FILES / "slurm.sh", "digits", run, *FLAGS],
        env={**os.environ, **slurm, "PATH": f"{tmp_path}{os.pathsep}{PATH}"},
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert said.returncode == 0, said.stderr[-3000:]
    trained_by_two(run)


def test_skypilot(tmp_path: Path) -> None:
    task = yaml.safe_load((FILES / "skypilot.yaml").read_text("utf-8"))
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = str(free.getsockname()[1])
    run = tmp_path / "run"
    given = {"RECIPE": "digits", "RUN": str(run), "MORE": " ".join(FLAGS), "PORT": port}
    assert set(given) == set(task["envs"])
    nodes = {"SKYPILOT_NUM_NODES": "2", "SKYPILOT_NODE_IPS": "localhost\nother"}
    both = [
        subprocess.Popen(
            ["bash", "-ec", task["run"]],
            env={**os.environ, **given, **nodes, "PATH": PATH, "SKYPILOT_NODE_RANK": rank},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for rank in ("0", "1")
    ]
    for process in both:
        said, _ = process.communicate(timeout=900)
        assert process.returncode == 0, said[-3000:]
    trained_by_two(run)
