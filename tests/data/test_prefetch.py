"""Batches that are loaded ahead are those that would have been loaded when they are asked for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from mmgan_core.data.feed import Batch
from mmgan_core.data.prefetch import Prefetch


class Counted:
    """A feed whose batches say for what they were loaded."""

    def __init__(self) -> None:
        self.loaded: list[tuple[int, int, int]] = []

    def host(self, phase: int, start: int, count: int) -> Batch:
        if start < 0:
            raise ValueError("there is none")
        self.loaded.append((phase, start, count))
        rows = torch.tensor([phase, start, count])
        return Batch({"a": {"prepared": rows}}, {"x": rows}, rows, present={"a": rows > 0})

    def placed(self, host: Batch, device: torch.device) -> Batch:
        tensors = [host.given["a"]["prepared"], host.real["x"], host.meaning, host.present["a"]]
        assert all(getattr(tensor, "was_pinned", False) for tensor in tensors)
        return host

    def batch(self, phase: int, start: int, count: int, device: torch.device) -> Batch:
        return self.host(phase, start, count)


@pytest.fixture
def feed(monkeypatch: pytest.MonkeyPatch) -> Any:
    def pinned(tensor: Tensor) -> Tensor:
        copy = tensor.clone()
        copy.was_pinned = True  # type: ignore[attr-defined]
        return copy

    monkeypatch.setattr(Tensor, "pin_memory", pinned)
    return Counted()


def test_what_was_foreseen_is_loaded_once(feed: Any) -> None:
    batches = Prefetch(feed, torch.device("cuda"))
    for step in range(3):
        for phase in (0, 1):
            found = batches.batch(phase, step * 4, 4, then=step * 4 + 4)
            assert found.meaning.tolist() == [phase, step * 4, 4]
    batches._thread.shutdown()  # type: ignore[union-attr]
    assert len(feed.loaded) == len(set(feed.loaded)) == 8, "one more of each phase"


def test_what_was_not_foreseen_is_loaded_when_it_is_asked_for(feed: Any) -> None:
    batches = Prefetch(feed, torch.device("cuda"))
    batches.batch(0, 0, 4, then=4)
    assert batches.batch(0, 40, 4, then=-1).meaning.tolist() == [0, 40, 4]
    # It could not be loaded ahead, which matters to nobody but who asks for it.
    assert batches.batch(0, 44, 4, then=-1).meaning.tolist() == [0, 44, 4]
    with pytest.raises(ValueError, match="there is none"):
        batches.batch(0, -1, 4, then=0)


def test_on_a_cpu_nothing_is_loaded_ahead(feed: Any) -> None:
    batches = Prefetch(feed, torch.device("cpu"))
    assert batches.batch(1, 8, 4, then=12).meaning.tolist() == [1, 8, 4]
    assert feed.loaded == [(1, 8, 4)]


def test_a_trainer_foresees_the_parts_of_a_batch() -> None:
    """Two processes, two parts each: rows 0-1 and 2-3 of the first, 4-5 and 6-7 of the second."""
    from mmgan_core.training.trainer import Trainer

    asked: list[tuple[int, int, int]] = []

    def batch(phase: int, start: int, count: int, *, then: int) -> None:
        asked.append((start, count, then))

    trainer = SimpleNamespace(
        _share=4,
        _parts=2,
        processes=SimpleNamespace(rank=1),
        recipe=SimpleNamespace(train=SimpleNamespace(batch_size=8)),
        _batches=SimpleNamespace(batch=batch),
    )
    for start in (0, 8):
        for part in (0, 1):
            Trainer.batch(trainer, 0, start, part)  # type: ignore[arg-type]
    assert asked == [(4, 2, 6), (6, 2, 12), (12, 2, 14), (14, 2, 20)]
