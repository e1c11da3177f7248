"""Lessons that end when there is nothing left to learn, or no time; and those that go on."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import mmgan_core.evaluation.teaching as teaching
from mmgan_core.evaluation.evaluator import Lesson, keep, trained_evaluator
from mmgan_core.evaluation.teaching import (
    Learned,
    good_enough,
    hold_back,
    learn,
    learned_of,
    seconds_for,
    usual_samples,
)
from tests.training.by_hand import Rows, part

from .test_evaluator_by_hand import Picky, Plain

BATCH = 8
CLASSES = np.zeros(100, dtype=np.int64)


class Weight(nn.Module):
    """One number, and the loss of a row: how far the row's goal lies from it, squared."""

    def __init__(self, goals: Any = None, noise: float = 0.0) -> None:
        super().__init__()
        self.number = nn.Parameter(torch.zeros(()))
        self.goals = torch.zeros(1_000) if goals is None else torch.as_tensor(goals)
        self.noise = noise
        self.seen: list[list[int]] = []
        self.modes: list[bool] = []

    def loss(self, rows: Any) -> torch.Tensor:
        self.seen.append(rows.tolist())
        self.modes.append(self.training)
        noise = self.noise * torch.rand(()) if self.training else 0.0
        return (self.number + 3 + noise - self.goals[rows]).square().mean()


def taught(one: Weight, classes: Any = CLASSES, **more: Any) -> Learned:
    options = {"batch": BATCH, "rate": 1e-2, "samples": None, "seconds": None, "what": "it"}
    return learn(one, one.loss, classes, **{**options, **more})


class Clock:
    """Time goes on by so much with each look at it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, tick: float) -> None:
        self.now, self.tick = 0.0, tick
        monkeypatch.setattr(teaching.time, "monotonic", self)

    def __call__(self) -> float:
        self.now += self.tick
        return self.now


# What is held back


def test_one_row_of_ten_of_each_class_is_held_back() -> None:
    classes = np.array([0] * 25 + [1] * 9 + [-1] * 50 + [2] * 10)
    split = hold_back(classes)
    assert np.bincount(classes[split.held]).tolist() == [2, 0, 1]
    assert sorted([*split.rows, *split.held]) == np.flatnonzero(classes >= 0).tolist()
    assert hold_back(classes).held.tolist() == split.held.tolist()
    assert split.held.tolist() != [9, 19, 93], "not by their place"


def test_no_more_than_a_thousand_are_held_back() -> None:
    split = hold_back(np.zeros(20_000, dtype=np.int64))
    assert (len(split.held), len(split.rows)) == (1_000, 19_000)


def test_a_lesson_is_sized_to_the_data() -> None:
    """Forty times all rows, from 6,400 to 150,000."""
    assert [usual_samples(n) for n in (1, 160, 537, 60_000)] == [6_400, 6_400, 21_480, 150_000]


def test_rows_that_are_held_back_never_teach() -> None:
    one = Weight()
    taught(one)
    split = hold_back(CLASSES)
    lessons = [rows for rows, mode in zip(one.seen, one.modes, strict=True) if mode]
    tests = [rows for rows, mode in zip(one.seen, one.modes, strict=True) if not mode]
    assert set(itertools.chain(*lessons)) == set(split.rows.tolist())
    assert set(itertools.chain(*tests)) == set(split.held.tolist())


# When it ends


def test_it_ends_when_it_has_learned() -> None:
    """Nothing can be learned: three tests in vain after the first, then a third as many steps.

    6,400 samples are 800 steps, and a test comes after every 40: at 40 the mark is set, 160 is the
    third in vain, 53 more steps end it.
    """
    one = Weight()
    one.number.requires_grad_(False)
    one.other = nn.Parameter(torch.zeros(()))
    one.loss = lambda rows: (one.other * 0 + 1).square()  # type: ignore[method-assign]
    found = taught(one)
    assert (found.ended, found.samples) == ("learned", (160 + 53) * BATCH)


def test_what_still_gets_better_is_learned_to_the_end() -> None:
    found = taught(Weight(), rate=5e-3)
    assert (found.ended, found.samples) == ("whole", 6_400)


def test_the_best_that_was_tested_is_kept() -> None:
    """What is held back disagrees with what is taught: the longer, the worse."""
    goals = torch.zeros(1_000)
    goals[hold_back(CLASSES).held] = 2.9
    one = Weight(goals)
    taught(one)
    assert abs(one.number.item()) < 0.5, "it goes to -3, and stood near 0 at its first test"


def test_a_length_that_the_recipe_sets_is_kept_whatever_is_learned() -> None:
    one = Weight()
    found = taught(one, samples=50 * BATCH)
    assert (found.ended, found.samples) == ("whole", 400)
    assert all(one.modes), "nothing is held back"
    assert set(itertools.chain(*one.seen)) - set(hold_back(CLASSES).rows.tolist())


def test_a_lesson_ends_in_time_with_small_rates(monkeypatch: pytest.MonkeyPatch) -> None:
    rates: list[float] = []

    class Noting(torch.optim.Adam):
        def step(self, closure: Any = None) -> Any:
            rates.append(self.param_groups[0]["lr"])
            return super().step(closure)

    monkeypatch.setattr(torch.optim, "Adam", Noting)
    Clock(monkeypatch, 0.5)  # two looks for each step: a second
    found = taught(Weight(), samples=1_000 * BATCH, seconds=100.0)
    assert found.ended == "time"
    assert 60 < found.seconds <= 103
    assert 60 < len(rates) == found.samples // BATCH < 110
    assert max(rates) > 0.8e-2, "the rates rose to the top of the cycle"
    assert rates[-1] < 1e-3


def test_time_that_is_enough_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = Weight(noise=1.0), Weight(noise=1.0)
    taught(one, samples=100 * BATCH)
    Clock(monkeypatch, 0.25)
    found = taught(other, samples=100 * BATCH, seconds=200.0)
    assert found.ended == "whole"
    assert one.number.item() == other.number.item()


def test_networks_share_a_fifth_of_the_training() -> None:
    assert seconds_for(600.0, 1) == 120.0
    assert seconds_for(600.0, 2) == 60.0
    assert seconds_for(10.0, 1) == 20.0, "less would teach nothing"
    assert seconds_for(None, 1) is None
    assert seconds_for(600.0, 0) == 120.0


# What is kept


@pytest.mark.parametrize("samples", [None, 300 * BATCH])
def test_an_interrupted_lesson_goes_on_to_the_same_end(
    samples: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(teaching, "SAVE_SECONDS", 0.0)
    goals, kept = torch.linspace(0, 1, 1_000), tmp_path / "unfinished"
    whole = Weight(goals, noise=0.5)
    ended = taught(whole, samples=samples)

    class Interrupted(Weight):
        def loss(self, rows: Any) -> torch.Tensor:
            if len(self.seen) == 170:
                raise KeyboardInterrupt
            return super().loss(rows)

    one = Interrupted(goals, noise=0.5)
    with pytest.raises(KeyboardInterrupt):
        taught(one, samples=samples, kept=kept)
    again = Weight(goals, noise=0.5)
    found = taught(again, samples=samples, kept=kept)
    assert len(again.seen) < len(whole.seen), "it went on"
    assert again.number.item() == whole.number.item()
    assert (found.samples, found.ended) == (ended.samples, ended.ended)
    assert not kept.exists()


def test_what_cannot_be_read_is_begun_anew(tmp_path: Path) -> None:
    kept = tmp_path / "unfinished"
    kept.write_bytes(b"damaged")
    assert taught(Weight(), samples=10 * BATCH, kept=kept).samples == 80
    assert not kept.exists()


def test_a_network_without_time_is_trained_again_when_there_is_more(tmp_path: Path) -> None:
    file = tmp_path / "it.safetensors"
    assert not good_enough(file, None)
    keep(Weight(), file, Learned(640, 30.0, "time"))
    assert learned_of(file) == Learned(640, 30.0, "time")
    assert good_enough(file, 20.0)
    assert good_enough(file, 44.0)
    assert not good_enough(file, 46.0)
    assert not good_enough(file, None)
    keep(Weight(), file, Learned(640, 30.0, "learned"))
    assert good_enough(file, None)
    keep(Weight(), file, Learned(640, 30.0, "whole"))
    assert learned_of(file) is None
    assert good_enough(file, None)


def test_runs_on_the_same_data_share_it_however_long_they_took() -> None:
    """The cached network is used for another limit of time, and says how its lesson ended."""
    numbers = [float(n) for n in range(-20, 20)]
    table = Rows(n=numbers, kind=["low" if n < 0 else "high" for n in numbers])

    def found(seconds: float | None) -> Any:
        lesson = Lesson("n", "kind", None, seconds)
        return trained_evaluator(part(Plain), part(Picky).build(), lesson, [table], [table])

    one, other = found(None), found(1e-9)
    assert one.digest == other.digest
    assert one.accuracy > 0.9
    assert one.learned == other.learned
    assert one.learned is None or one.learned.ended == "learned"


def test_a_damaged_network_in_the_cache_is_trained_anew(tmp_path: Path) -> None:
    file = tmp_path / "it.safetensors"
    for damaged in (b"", b"no weights", None):
        keep(Weight(), file)
        assert good_enough(file, None)
        content = bytearray(file.read_bytes())
        content[-1] ^= 1  # one bit of a weight
        file.write_bytes(bytes(content) if damaged is None else damaged)
        assert not good_enough(file, None)
