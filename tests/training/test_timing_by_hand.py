"""Steps are timed within a given time, and the numbers for a training follow from them."""

from __future__ import annotations

import time
from typing import Any

import pytest
import torch
from torch import nn

from mmgan_core import load_recipe
from mmgan_core.training import timing
from mmgan_core.training.timing import StepTime, Timing, stages, step_time, time_recipe


class Clock:
    now = 0.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(timing.time, "perf_counter", lambda: found.now)
    return found


class Trainer:
    """A step takes so many seconds a sample; each is of four layers."""

    def __init__(self, clock: Clock, batch: int, a_sample: float) -> None:
        self.clock, self.batch, self.a_sample = clock, batch, a_sample
        self.networks: Any = nn.Sequential(*(nn.Linear(1, 1) for _ in range(4)))
        self.samples = 0
        self.begun = self.ended = 0

    def train_step(self) -> None:
        self.begun += 1
        value = torch.ones(1, 1)
        for layer in self.networks:
            value = layer(value)
            self.clock.now += self.a_sample * self.batch / 4
        self.ended += 1

    def metrics(self) -> None: ...


def timed(clock: Clock, batch: int, a_sample: float, seconds: float = 10.0) -> Any:
    made: list[Trainer] = []

    def trainer(size: int) -> Any:
        made.append(Trainer(clock, size, a_sample))
        return made[-1]

    return step_time(trainer, batch, 0, seconds), made


def test_quick_steps_are_timed_as_they_are(clock: Clock) -> None:
    found, made = timed(clock, 64, 0.001)
    assert found == StepTime(pytest.approx(0.064), 64)
    assert [one.batch for one in made] == [2, 8, 32, 64]
    assert made[-1].ended == 3 + 16


def test_slow_steps_are_timed_fewer_times(clock: Clock) -> None:
    """2 s for a batch: small ones take 1.9 s in all, then 2 s each until ten are over."""
    found, made = timed(clock, 32, 2 / 32)
    assert found == StepTime(pytest.approx(2.0), 32)
    assert 2 <= made[-1].ended <= 4
    assert clock.now <= 10.0


def test_a_step_that_would_take_too_long_is_estimated_from_a_smaller_batch(clock: Clock) -> None:
    """0.5 s a sample: two steps with 2 take 2 s, two with 8 take 8 s, and 64 would take 32 s."""
    found, made = timed(clock, 64, 0.5)
    assert found == StepTime(pytest.approx(32.0), 8)
    assert [one.batch for one in made] == [2, 8]
    assert clock.now <= 10.5


def test_a_step_that_does_not_end_is_broken_off(clock: Clock) -> None:
    found, (one,) = timed(clock, 64, 50.0)
    assert found == StepTime(10.0, 64, over=True)
    assert (one.begun, one.ended) == (1, 0)
    assert clock.now == 25.0, "between two layers"
    one.networks(torch.ones(1, 1))  # nothing looks at the clock any more


def test_a_backward_pass_is_broken_off_too(clock: Clock) -> None:
    class Backward(Trainer):
        def train_step(self) -> None:
            for weight in self.networks.parameters():
                weight.requires_grad_(True)
            loss = self.networks(torch.ones(1, 1)).sum()
            clock.now += 20
            loss.backward()
            self.ended += 1

    one = Backward(clock, 2, 0.0)
    one.networks.requires_grad_(False)
    assert step_time(lambda size: one, 2, 0, 10.0).over  # type: ignore[arg-type, return-value]
    assert one.ended == 0


def test_a_part_may_refuse_small_batches_but_not_the_recipe_s(clock: Clock) -> None:
    class Picky(Trainer):
        def train_step(self) -> None:
            if self.batch % 16:
                raise ValueError("batches of 16 only")
            super().train_step()

    found = step_time(lambda size: Picky(clock, size, 0.01), 64, 0, 10.0)  # type: ignore[arg-type, return-value]
    assert found == StepTime(pytest.approx(0.64), 64)
    with pytest.raises(ValueError, match="16 only"):
        step_time(lambda size: Picky(clock, size, 0.01), 24, 0, 10.0)  # type: ignore[arg-type, return-value]


def test_a_training_takes_as_long_as_its_stages() -> None:
    """60 steps of 1 s, then 40 of 3 s."""
    found = Timing(((0, StepTime(1.0, 10)), (600, StepTime(3.0, 8))), 1_000, 10, "cpu")
    assert found.seconds == pytest.approx(60 * 1 + 40 * 3)
    assert found.rate == pytest.approx(1_000 / 180)
    assert (found.batch, found.slowest, found.over) == (8, 3.0, False)


def test_a_stage_that_training_never_comes_to_is_not_timed() -> None:
    recipe = load_recipe(
        "digits",
        **{
            "make.image.auxiliary_losses": ["objectives/reconstruction"],
            "make.image.adversarial_start": 600,
            "train.samples": 1_000,
        },
    )
    assert stages(recipe) == [0, 600]
    early = recipe.model_copy(update={"train": recipe.train.model_copy(update={"samples": 500})})
    assert stages(early) == [0]


def test_timing_a_recipe_leaves_nothing_behind() -> None:
    state = torch.random.get_rng_state()
    began = time.perf_counter()
    found = time_recipe(load_recipe("echo"), device="cpu", cap=2.0)
    assert time.perf_counter() - began < 30
    assert found.device == "cpu"
    assert found.rate > 0
    assert torch.equal(torch.random.get_rng_state(), state)
