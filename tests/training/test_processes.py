"""Two processes, as torchrun launches them; accelerate joins them."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from mmgan_core import load_recipe
from mmgan_core.assembly.opening import open_recipe
from mmgan_core.runs.checkpoint import checkpoints, load_checkpoint
from mmgan_core.runs.run_directory import read_metrics
from mmgan_core.training.phases import Networks
from mmgan_core.training.processes import Processes
from mmgan_core.training.run import train
from mmgan_core.training.trainer import Trainer

from . import shared_noise
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
import atexit, os
import torch

def tell() -> None:
    tasks = "/proc/self/task"  # which only Linux has
    for task in os.listdir(tasks) if os.path.isdir(tasks) else ():
        print("still there:", open(f"{tasks}/{task}/comm").read())

atexit.register(tell)  # is called last
from mmgan_core.training.phases import Networks
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
from mmgan_core.training import averaging
averaging.NUMBERS = 6
deep = torch.nn.Sequential(*[torch.nn.Linear(3, 3, bias=False) for _ in range(3)])
for one in deep.parameters():
    torch.nn.init.eye_(one)
weights = [*deep.parameters(), torch.nn.Parameter(torch.ones(2))]  # of which one is not used
wanted = torch.autograd.grad(deep(x).square().mean(), weights[:-1])
if processes.rank == 1:  # what comes before the last pass may differ
    weights[1].grad = torch.zeros(3, 3)
processes.begin_averaging(weights)
deep(x[processes.rank * 2 : processes.rank * 2 + 2]).square().mean().backward()
assert processes._averaging_of(weights)._sent == [], "the first waits for a weight that is not used"
processes.average_gradients(weights)
for one, gradient in zip(weights, [*wanted, torch.zeros(2)], strict=True):
    torch.testing.assert_close(one.grad, gradient)
used = weights[:-1]
deep.zero_grad()
processes.begin_averaging(used)
deep(x[processes.rank * 2 : processes.rank * 2 + 2]).square().mean().backward()
assert len(processes._averaging_of(used)._sent) == 3, "in the backward pass"
processes.average_gradients(used)
for one, gradient in zip(used, wanted, strict=True):
    torch.testing.assert_close(one.grad, gradient)
assert processes.any(processes.rank == 1)
assert not processes.any(False)
import torch._dynamo  # as torch.compile does
"""


def test_averaged_gradients_are_those_of_the_whole_batch(tmp_path: Path) -> None:
    script = tmp_path / "agree.py"
    script.write_text(AGREE)
    said = subprocess.run([*LAUNCH, script], capture_output=True, text=True, timeout=300)
    assert said.returncode == 0, said.stderr
    # A thread that asks for the interpreter when it has ended aborts the process.
    assert "gloo" not in said.stdout, said.stdout


def test_two_processes_see_the_rows_of_both_and_learn_the_weights_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Batch norm and its double backward, other rows' conditions, adaptive probabilities.

    Then weight by weight, through a fused optimiser, with convolutions in `channels_last`.
    """
    one, two = tmp_path / "one", tmp_path / "two"
    program = [*LAUNCH, "-m", "tests.training.whole_batches", two]
    said = subprocess.run(program, capture_output=True, text=True, timeout=300)
    assert said.returncode == 0, said.stderr
    monkeypatch.setattr(Trainer, "_noise", shared_noise.noise_of_the_whole_batch)
    recipe = load_recipe("digits", **shared_noise.CONVOLUTIONS)
    train(recipe, one, cpu=True)
    (alone, _), (shared, _) = (load_checkpoint(checkpoints(run)[-1]) for run in (one, two))
    first = Networks(open_recipe(recipe)[0]).state_dict()
    assert any(tensor.dim() == 4 and tensor.shape[1] > 1 for tensor in first.values())
    for name, weight in alone["weights"].items():
        moved = float((weight - first[name]).norm())
        apart = float((weight - shared["weights"][name]).norm())
        assert apart <= 1e-3 * moved, f"{name} is {apart:.3g} away, and moved by {moved:.3g}"


@pytest.mark.parametrize("shape", [(6, 4, 3, 3), (6, 4, 1, 1), (6, 1, 3, 3), (5, 3), (4,), ()])
def test_averaged_gradients_lie_in_memory_as_their_weights_do(
    shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    processes = Processes(cpu=True)
    monkeypatch.setattr(processes, "count", 2)
    monkeypatch.setattr(processes, "_send", lambda flat: lambda: flat)
    weight = torch.nn.Parameter(torch.randn(shape))
    layout = torch.channels_last if weight.dim() == 4 else torch.contiguous_format
    weight.data = weight.data.to(memory_format=layout)
    gradient = torch.randn(shape)
    weight.grad = gradient.clone()
    processes.average_gradients([torch.nn.Parameter(torch.zeros(2, 2)), weight])
    assert torch.equal(weight.grad, gradient)
    assert weight.grad.stride() == weight.stride()


def test_one_process_keeps_its_gradients() -> None:
    processes = Processes(cpu=True)
    weight = torch.nn.Parameter(torch.ones(2))
    weight.grad = torch.tensor([1.0, 2.0])
    processes.average_gradients([weight])
    assert weight.grad.tolist() == [1.0, 2.0]
    assert (processes.count, processes.rank, processes.main) == (1, 0, True)
    assert processes.any(True)


def test_a_batch_that_cannot_be_divided(
    small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mmgan_core.errors import MmganError

    before = Processes.__init__

    def three(self: Processes, *, cpu: bool = False, device: object = None) -> None:
        before(self, cpu=cpu)
        self.count = 3

    monkeypatch.setattr(Processes, "__init__", three)
    with pytest.raises(MmganError, match="make it a multiple of 3"):
        train(small(), tmp_path / "run", cpu=True)
    assert not (tmp_path / "run").exists()
