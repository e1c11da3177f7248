"""Two processes, as torchrun launches them; accelerate joins them."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from mmgan_core.runs.checkpoint import checkpoints, load_checkpoint
from mmgan_core.runs.run_directory import read_metrics
from mmgan_core.training.processes import Processes

from .conftest import SMALL

LAUNCH = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", "2"]


def test_two_processes_train_one_model(tmp_path: Path) -> None:
    settings = {**SMALL, "train.samples": 64}
    flags = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
    run = tmp_path / "runs" / "digits"
    said = subprocess.run(
        [*LAUNCH, "-m", "mmgan_core.cli.main", "train", "digits", "--cpu", *flags],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=tmp_path,
    )
    assert said.returncode == 0, said.stderr
    assert said.stdout.count("trained on 64 samples") == 1
    tensors, state = load_checkpoint(checkpoints(run)[-1])
    assert state["samples"] == 64
    assert [row["samples"] for row in read_metrics(run)] == [32, 64]
    assert all(tensor.isfinite().all() for tensor in tensors["weights"].values())


AGREE = """
import torch
from mmgan_core.training.processes import Processes
processes = Processes(cpu=True)
assert processes.count == 2
layer = torch.nn.Linear(3, 1, bias=False)
torch.nn.init.ones_(layer.weight)
x = torch.arange(12.0).reshape(4, 3)
whole = torch.autograd.grad(layer(x).square().mean(), layer.weight)[0]
layer(x[processes.rank * 2 : processes.rank * 2 + 2]).square().mean().backward()
processes.average_gradients([layer.weight])
torch.testing.assert_close(layer.weight.grad, whole)
assert processes.any(processes.rank == 1)
assert not processes.any(False)
"""


def test_averaged_gradients_are_those_of_the_whole_batch(tmp_path: Path) -> None:
    script = tmp_path / "agree.py"
    script.write_text(AGREE)
    said = subprocess.run([*LAUNCH, script], capture_output=True, text=True, timeout=300)
    assert said.returncode == 0, said.stderr


def test_one_process_changes_nothing() -> None:
    processes = Processes(cpu=True)
    weight = torch.nn.Parameter(torch.ones(2))
    weight.grad = torch.tensor([1.0, 2.0])
    processes.average_gradients([weight])
    assert weight.grad.tolist() == [1.0, 2.0]
    assert (processes.count, processes.rank, processes.main) == (1, 0, True)
    assert processes.any(True)


def test_a_batch_that_cannot_be_shared(
    small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mmgan_core.errors import MmganError
    from mmgan_core.training.run import train

    before = Processes.__init__

    def three(self: Processes, *, cpu: bool = False) -> None:
        before(self, cpu=cpu)
        self.count = 3

    monkeypatch.setattr(Processes, "__init__", three)
    with pytest.raises(MmganError, match="make it a multiple of 3"):
        train(small(), tmp_path / "run", cpu=True)
    assert not (tmp_path / "run").exists()
