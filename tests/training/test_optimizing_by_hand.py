"""Which optimiser moves which weights, at which rate, and after which part of a batch."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from mmgan_core.assembly.opening import open_recipe
from mmgan_core.contracts import Critique
from mmgan_core.errors import MmganError, RecipeError
from mmgan_core.recipe.reading import check
from mmgan_core.runs.checkpoint import load_checkpoint
from mmgan_core.training.phases import Networks
from mmgan_core.training.trainer import Trainer
from tests.testing.healthy import Optimizer as Signs
from tests.training.by_hand import (
    Alone,
    Alternating,
    Choice,
    D,
    Difference,
    E,
    G,
    H,
    Slope,
    W,
    drawn_up,
    part,
    trainer,
    weighted,
)
from tests.training.test_step_by_hand import (
    discriminators_slope,
    drawn,
    generators_slope,
    stepped,
    weights,
)

BEGUN = {"w": W, "g": G, "h": H, "d": D, "e": E}
LINE = {"from": 0.0, "to": 0.8, "over": 8, "shape": "linear"}


def groups(of: Trainer, side: str, key: str = "lr") -> list[Any]:
    return [group[key] for group in of.optimizers[side].param_groups]


def test_two_parts_of_one_row_teach_what_one_batch_of_two_does() -> None:
    """The slopes of ``discriminators_slope`` are means over both rows."""
    training = trainer(train={"accumulate": 2}, recipe={"seed": 5})
    now = BEGUN
    for step in range(2):
        training.train_step()
        now = stepped(now, discriminators_slope(now, drawn(5, step, "discriminator", 0)), 0.1)
        now = stepped(now, generators_slope(now, drawn(5, step, "generator", 0)), 0.1)
        assert weights(training) == pytest.approx(now, rel=1e-5), step
    assert (training.samples, training.step) == (4, 2)
    feed: Any = training.feed
    assert feed.asked[:4] == [(0, 0, 1), (0, 1, 1), (1, 0, 1), (1, 1, 1)]


@pytest.mark.parametrize(
    "chosen",
    [
        {"penalties": [weighted(Slope, 0.3, 2)]},
        {"train": {"n_critic": 2, "learning_rate": 0.01}},
        {"train": {"clip_gradient": 0.5, "ema": {"half_life": 3}}},
        {"train": {"optimizer": "adam", "betas": (0.5, 0.9), "warm_up": 20}},
    ],
)
def test_parts_change_nothing_for_means_over_rows(chosen: dict[str, Any]) -> None:
    """Lazy penalties count steps and not parts; clipping sees the gradient of the whole batch."""
    found = []
    for parts in (1, 4):
        settings = {**chosen.get("train", {}), "batch_size": 8, "accumulate": parts}
        training = trainer(**{**chosen, "train": settings})
        for _ in range(3):
            training.train_step()
        average = {name: w.item() for name, w in training.ema.shadow.items()}
        metrics = {n: v for n, v in training.metrics().items() if not n.endswith("diversity")}
        found.append(weights(training) | average | metrics | {"samples": training.samples})
    assert found[0] == pytest.approx(found[1], rel=1e-4)


class OfTheMeans(Difference):
    """The square of what ``Difference`` returns, which is no mean over rows."""

    def discriminator(self, real: Critique, fake: Critique) -> Tensor:
        return super().discriminator(real, fake).square()


def test_what_compares_rows_sees_those_of_one_part_alone() -> None:
    found = []
    for parts in (1, 4):
        settings = {"batch_size": 4, "accumulate": parts, "learning_rate": 0.01}
        training = trainer(loss=OfTheMeans, train=settings)
        training.train_step()
        found.append(weights(training)["d"])
    assert found[0] != pytest.approx(found[1], rel=1e-2)


def test_processes_average_once_a_phase_and_not_after_each_part() -> None:
    training = trainer(Alone(1, 2), train={"batch_size": 8, "accumulate": 2})
    training.train_step()
    feed: Any = training.feed
    assert feed.asked == [(0, 4, 2), (0, 6, 2), (1, 4, 2), (1, 6, 2)]
    processes: Any = training.processes
    assert len(processes.averaged) == 2


@pytest.mark.parametrize(
    ("count", "parts", "match"),
    [(1, 3, "batch_size 8 cannot be computed in 3 equal parts$"), (2, 8, "by each of 2 processes")],
)
def test_parts_are_equal(count: int, parts: int, match: str) -> None:
    with pytest.raises(MmganError) as told:
        trainer(Alone(0, count), train={"batch_size": 8, "accumulate": parts})
    assert told.match(match.replace("$", r"\n"))
    assert str(count * parts) in told.value.hint


def test_rates_rise_from_the_first_step_on() -> None:
    training = trainer(train={"warm_up": 8, "learning_rate": {"generator": 1, "discriminator": 2}})
    found = []
    for _ in range(5):
        training.train_step()
        found.append((*groups(training, "generator"), *groups(training, "discriminator")))
    assert found == [(0.25, 0.5), (0.5, 1.0), (0.75, 1.5), (1.0, 2.0), (1.0, 2.0)]


def test_parts_have_rates_of_their_own() -> None:
    """The nearest name counts: d and e learn half as fast, w a quarter; g and h stay."""
    rates = {"make.x": 0.0, "make.x.discriminator": 0.5, "given": 0.25}
    training = trainer(train={"rates": rates}, recipe={"seed": 5})
    training.train_step()
    slope = discriminators_slope(BEGUN, drawn(5, 0, "discriminator", 0))
    expected = BEGUN | {
        "d": D - 0.1 * 0.5 * slope["d"],
        "e": E - 0.1 * 0.5 * slope["e"],
        "w": W - 0.1 * 0.25 * slope["w"],
    }
    assert weights(training) == pytest.approx(expected, rel=1e-5)


def test_a_factor_may_be_a_schedule() -> None:
    training = trainer(train={"rates": {"make.x.generator": LINE}})
    found = []
    for _ in range(3):
        training.train_step()
        found += groups(training, "generator")
    assert found == pytest.approx([0.0, 0.1 * 0.2, 0.1 * 0.4])


def test_a_rate_of_what_does_not_learn_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"rates\.fusion: nothing that learns"):
        trainer(train={"rates": {"fusion": 2}})


def test_without_rates_there_is_one_group() -> None:
    assert [len(o.param_groups) for o in trainer().optimizers.values()] == [1, 1]


def test_adamw_takes_a_share_of_the_weight_and_then_moves_as_adam_does() -> None:
    """A first step of Adam is its rate times the sign of the slope."""
    chosen = {"use": "core/adamw", "weight_decay": 0.5, "betas": [0.5, 0.75]}
    training = trainer(train={"optimizer": chosen, "learning_rate": 0.01}, recipe={"seed": 5})
    training.train_step()
    slope = discriminators_slope(BEGUN, drawn(5, 0, "discriminator", 0))
    moved = {
        n: b - 0.01 * 0.5 * b - 0.01 * s / abs(s) for n, s in slope.items() for b in [BEGUN[n]]
    }
    assert {n: weights(training)[n] for n in moved} == pytest.approx(moved, rel=1e-5)


def test_numbers_of_an_optimiser_follow_schedules() -> None:
    """Also one of two in a list."""
    chosen = {"use": "core/adam", "betas": [LINE, 0.75], "weight_decay": LINE}
    training = trainer(train={"optimizer": chosen})
    found = []
    for _ in range(3):
        training.train_step()
        (group,) = training.optimizers["generator"].param_groups
        found.append((group["betas"], group["weight_decay"]))
    assert [(betas[1], decay - betas[0]) for betas, decay in found] == [(0.75, 0.0)] * 3
    assert [decay for _, decay in found] == pytest.approx([0.0, 0.2, 0.4])


def test_one_of_torch_by_its_name() -> None:
    """RMSprop with alpha 0.75: the slope over the root of a quarter of its square."""
    chosen = {"use": "core/torch", "name": "RMSprop", "alpha": 0.75}
    training = trainer(train={"optimizer": chosen, "learning_rate": 0.01}, recipe={"seed": 5})
    training.train_step()
    slope = discriminators_slope(BEGUN, drawn(5, 0, "discriminator", 0))
    moved = {n: BEGUN[n] - 0.01 * s / sqrt(0.25 * s * s) for n, s in slope.items()}
    assert {n: weights(training)[n] for n in moved} == pytest.approx(moved, rel=1e-4)
    assert type(training.optimizers["generator"]) is torch.optim.RMSprop


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"name": "RAdm"}, "torch has no optimiser 'RAdm'\n  did you mean 'RAdam'?"),
        ({"name": "LBFGS"}, "torch.optim.LBFGS asks for the loss several times in a step"),
        ({"name": "Rprop"}, "torch.optim.Rprop chooses its steps by itself"),
        ({"name": "RAdam", "lr": 1.0}, "lr: the learning rate is train.learning_rate"),
        ({"name": "RAdam", "weight_decy": 1}, "unknown option 'weight_decy' of torch.optim.RAdam"),
        ({"name": "RAdam", "weight_decy": 1}, "did you mean 'weight_decay'?"),
        ({"name": "RAdam", "eps": "small"}, "eps: must be float, not 'small'"),
        ({"name": "RAdam", "eps": True}, "eps: must be float, not True"),
        ({"name": "RAdam", "betas": [0.5]}, "betas: must be tuple[float, float], not [0.5]"),
        ({"name": "SGD", "nesterov": 1}, "nesterov: must be bool, not 1"),
        ({"name": "SGD", "momentum": LINE}, "momentum: a schedule cannot stand here"),
        ({"name": "RAdam", "eps": -1.0}, "torch.optim.RAdam: Invalid epsilon value: -1.0"),
        ({}, "option 'name' is missing"),
    ],
)
def test_options_are_checked_against_the_class_of_torch(options: Any, said: str) -> None:
    with pytest.raises(RecipeError) as told:
        trainer(train={"optimizer": {"use": "core/torch", **options}})
    assert str(told.value).startswith("train.optimizer")
    assert said in str(told.value)


@pytest.mark.parametrize(
    ("train", "said"),
    [
        ({"optimizer": "adamm"}, "train.optimizer: there is no optimizer 'adamm'"),
        ({"optimizer": "core/adm"}, "did you mean 'core/adam'?"),
        ({"optimizer": {"use": "core/sgd", "nesterov": True}}, "give a momentum over 0"),
        ({"optimizer": {"use": "core/adam", "betas": [0, 1.5]}}, "train.optimizer.betas.1: "),
        (
            {"optimizer": {"use": "core/adam", "betas": [0, {"from": 0, "to": 2, "over": 9}]}},
            "after 9 samples betas is (0, 2.0)",
        ),
        ({"optimizer": "core/adamw", "betas": [0.5, 0.9]}, "optimizer: {use: core/adamw, betas:"),
        ({"rates": {"make.x.discriminatr": 2}}, "did you mean 'make.x.discriminator'?"),
        ({"rates": {"make.x.generator": -1}}, "must be finite and not negative"),
        ({"accumulate": {"from": 1, "to": 2, "over": 3}}, "cannot change in training"),
    ],
)
def test_what_cannot_be_is_said(train: dict[str, Any], said: str) -> None:
    made = {"generator": "core/dense", "discriminator": "core/dense", "loss": "objectives/hinge"}
    x = {**made, "modality": "core/label", "column": "label"}
    raw = {"data": "core/digits", "make": {"x": x}, "train": train}
    with pytest.raises(RecipeError) as told:
        open_recipe(check(raw, "r.yaml"))
    assert said in str(told.value)


KINDS: dict[str, dict[str, Any]] = {
    "adamw": {"optimizer": {"use": "core/adamw", "amsgrad": True}},
    "sgd": {"optimizer": {"use": "core/sgd", "momentum": LINE}},
    "radam": {"optimizer": {"use": "core/torch", "name": "RAdam"}},
    "nadam": {"optimizer": {"use": "core/torch", "name": "NAdam"}},
    "asgd": {"optimizer": {"use": "core/torch", "name": "ASGD"}},
    "adafactor": {"optimizer": {"use": "core/torch", "name": "Adafactor"}},
    "warm-up": {"optimizer": "adam", "warm_up": 9},
    "rates": {"optimizer": "adam", "rates": {"given": LINE, "make.x.generator": 2}},
    "parts": {"optimizer": "adam", "accumulate": 2, "n_critic": 2},
    "third party": {},
}


@pytest.mark.parametrize("kind", KINDS)
def test_it_resumes_bit_for_bit(kind: str, tmp_path: Path) -> None:
    def begun() -> Trainer:
        if kind != "third party":
            return trainer(train=KINDS[kind])
        blueprint = replace(drawn_up(Choice()), optimizer=part(Signs))
        return Trainer(blueprint, Networks(blueprint), Alternating(), Alone())

    whole, first, again = begun(), begun(), begun()
    for training, steps in ((whole, 6), (first, 3)):
        for _ in range(steps):
            training.train_step()
    saved = first.save(tmp_path)
    assert saved is not None
    again.restore(saved)
    for _ in range(3):
        again.train_step()
    assert weights(again) == weights(whole)
    one, other = (load_checkpoint(t.save(tmp_path / n))[0] for n, t in (("a", whole), ("b", again)))  # type: ignore[arg-type]
    for name in one:
        assert one[name].keys() == other[name].keys()
        assert all(torch.equal(one[name][key], other[name][key]) for key in one[name]), name
    assert any(one["generator_optimizer"]) or kind == "asgd"
