"""Checkpoints that are written beside a training: of the moment that was asked for, and whole."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import torch

from mmgan_core.errors import MmganError
from mmgan_core.runs.checkpoint import checkpoints, load_checkpoint, save_checkpoint
from mmgan_core.training import snapshot as written
from mmgan_core.training.snapshot import Snapshot, Writing

# It need not be there: nothing is put on it.
ACCELERATOR = torch.device("cuda")


def snapshot(weight: torch.Tensor, samples: int, keep: int = 5) -> Snapshot:
    state = {"samples": samples, "step": 1, "seed": 0}
    return Snapshot({"weights": {"w": weight}}, state, keep)  # type: ignore[arg-type]


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """What is written waits until this is set."""
    event = threading.Event()

    def slowly(*args: object) -> Path:
        assert event.wait(60)
        return save_checkpoint(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(written, "save_checkpoint", slowly)
    return event


def test_it_is_of_its_moment_and_is_told_once_it_is_complete(
    tmp_path: Path, gate: threading.Event
) -> None:
    told: list[tuple[str, int]] = []
    writing = Writing(tmp_path, ACCELERATOR, lambda folder, n: told.append((folder.name, n)))
    weight = torch.ones(3)
    writing.begin(snapshot(weight, 7))
    weight.fill_(9)  # training goes on
    writing.look()
    assert (told, checkpoints(tmp_path)) == ([], [])
    gate.set()
    writing.finish()
    writing.finish()
    assert told == [("000000000007", 7)]
    tensors, state = load_checkpoint(checkpoints(tmp_path)[-1])
    assert tensors["weights"]["w"].tolist() == [1, 1, 1]
    assert state["samples"] == 7


def test_one_is_written_after_the_other_and_old_ones_are_removed(
    tmp_path: Path, gate: threading.Event
) -> None:
    told: list[int] = []
    writing = Writing(tmp_path, ACCELERATOR, lambda folder, samples: told.append(samples))
    gate.set()
    for samples in (1, 2, 3):
        writing.begin(snapshot(torch.ones(1), samples, keep=2))
        assert told == list(range(1, samples)), "what was begun before is complete"
    writing.finish()
    assert [int(folder.name) for folder in checkpoints(tmp_path)] == [2, 3]


def test_a_full_disk_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object) -> Path:
        raise MmganError("the disk is full")

    monkeypatch.setattr(written, "save_checkpoint", full)
    writing = Writing(tmp_path, ACCELERATOR, lambda folder, samples: None)
    writing.begin(snapshot(torch.ones(1), 1))
    with pytest.raises(MmganError, match="the disk is full"):
        writing.finish()
    writing.finish()


def test_on_a_cpu_it_is_written_at_once(tmp_path: Path) -> None:
    told: list[int] = []
    writing = Writing(tmp_path, torch.device("cpu"), lambda folder, samples: told.append(samples))
    writing.begin(snapshot(torch.ones(1), 4))
    assert told == [4]
