"""Checkpoints are whole or not there."""

import json
import resource
import signal
from pathlib import Path

import pytest
import torch
from torch import nn

from mmgan_core.errors import IntegrityError, MmganError
from mmgan_core.runs.checkpoint import (
    checkpoints,
    flat_optimizer,
    load_checkpoint,
    prune,
    restore_optimizer,
    save_checkpoint,
)

WEIGHTS = {"weights": {"a": torch.arange(6.0).reshape(2, 3)}}


def save(run: Path, samples: int = 100) -> Path:
    return save_checkpoint(run / "checkpoints" / f"{samples:012d}", WEIGHTS, {"samples": samples})


def test_round_trip(tmp_path: Path) -> None:
    tensors, state = load_checkpoint(save(tmp_path))
    assert torch.equal(tensors["weights"]["a"], WEIGHTS["weights"]["a"])
    assert state["samples"] == 100


def test_weights_that_share_their_memory_and_turned_ones_are_saved(tmp_path: Path) -> None:
    tied = torch.arange(6.0).reshape(2, 3)
    weights = {"weights": {"one": tied, "two": tied, "turned": tied.T}}
    save_checkpoint(tmp_path / "one", weights, {"samples": 0, "step": 0, "seed": 0})
    found = load_checkpoint(tmp_path / "one")[0]["weights"]
    assert torch.equal(found["one"], tied)
    assert torch.equal(found["two"], tied)
    assert torch.equal(found["turned"], tied.T)


def test_the_oldest_are_first_and_are_pruned(tmp_path: Path) -> None:
    saved = [save(tmp_path, samples) for samples in (300, 100, 2000)]
    assert checkpoints(tmp_path) == [saved[1], saved[0], saved[2]]
    prune(tmp_path, 1)
    assert checkpoints(tmp_path) == [saved[2]]


def test_an_incomplete_checkpoint_is_ignored(tmp_path: Path) -> None:
    save(tmp_path)
    (tmp_path / "checkpoints" / ".000000000200.masked").mkdir()
    (tmp_path / "checkpoints" / "000000000300").mkdir()
    assert len(checkpoints(tmp_path)) == 1


@pytest.mark.parametrize("damage", ["flip", "truncate", "remove", "state", "not json"])
def test_damage_is_found(tmp_path: Path, damage: str) -> None:
    older, folder = save(tmp_path, 50), save(tmp_path)
    file = folder / "weights.safetensors"
    if damage == "flip":
        data = bytearray(file.read_bytes())
        data[-1] ^= 1
        file.write_bytes(data)
    elif damage == "truncate":
        file.write_bytes(file.read_bytes()[:-4])
    elif damage == "remove":
        file.unlink()
    elif damage == "state":
        (folder / "state.json").write_text(json.dumps({"samples": 1}))
    else:
        (folder / "state.json").write_text("{")
    with pytest.raises(IntegrityError, match=older.name):
        load_checkpoint(folder)


def test_a_path_in_the_state_cannot_leave_the_folder(tmp_path: Path) -> None:
    folder = save(tmp_path)
    state = json.loads((folder / "state.json").read_text())
    state["sha256"] = {"../../../secret.safetensors": "0"}
    (tmp_path / "secret.safetensors").write_bytes(b"x")
    (folder / "state.json").write_text(json.dumps(state))
    with pytest.raises(IntegrityError, match=str(folder)):
        load_checkpoint(folder)


def test_a_full_disk_leaves_the_older_one(tmp_path: Path) -> None:
    older = save(tmp_path, 50)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    big = {"weights": {"a": torch.zeros(100_000)}}
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
        with pytest.raises(MmganError, match="cannot be written"):
            save_checkpoint(tmp_path / "checkpoints" / "000000000100", big, {})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert checkpoints(tmp_path) == [older]
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == [older.name]


@pytest.mark.parametrize("kind", [torch.optim.Adam, torch.optim.SGD])
def test_an_optimizer_resumes_bit_for_bit(kind) -> None:
    def step(layer: nn.Linear, optimizer: torch.optim.Optimizer, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        optimizer.zero_grad()
        layer(torch.randn(4, 3, generator=generator)).square().mean().backward()
        optimizer.step()

    layer = nn.Linear(3, 2)
    optimizer = kind(layer.parameters(), lr=0.1)
    for seed in range(3):
        step(layer, optimizer, seed)
    other = nn.Linear(3, 2)
    other.load_state_dict(layer.state_dict())
    restored = kind(other.parameters(), lr=0.1)
    restore_optimizer(restored, {k: v.clone() for k, v in flat_optimizer(optimizer).items()})
    for seed in range(3, 6):
        step(layer, optimizer, seed)
        step(other, restored, seed)
    assert torch.equal(layer.weight, other.weight)


def test_a_half_removed_checkpoint_is_ignored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = [save(tmp_path, samples) for samples in (100, 200)]

    def cut_off(path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("shutil.rmtree", cut_off)
    with pytest.raises(KeyboardInterrupt):
        prune(tmp_path, 1)
    assert checkpoints(tmp_path) == saved[1:]
