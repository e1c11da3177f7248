"""Conditions that are pushed to what another value gives, number by number."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import cast

import pytest
import torch
from torch import Tensor, nn

from mmgan_core.assembly.gan import GAN
from mmgan_core.contracts import Condition, ConditionSpace, Encoder, Encoding, Fusion
from mmgan_core.inference.model import Model
from mmgan_core.inference.prior import Prior
from mmgan_core.inference.pushes import Push, conditions_of
from mmgan_core.options import Options

ONE = {"a": 1.0, "b": 10.0}


class Number(Encoder):
    """A number is its own encoding, and its own token; 0 is padding."""

    dim, token_dim = 1, 1

    def __init__(self) -> None:
        super().__init__(Options(), None)  # type: ignore[arg-type]

    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        given = tensors["prepared"]
        return Encoding(given, given[:, None], given != 0)


class Sum(Fusion):
    """The sum of what is there, squared, and the tokens of the first entry."""

    def forward(
        self, encodings: Mapping[str, Encoding], present: Mapping[str, Tensor]
    ) -> Condition:
        parts = [torch.where(present[n][:, None], e.pooled, 0.0) for n, e in encodings.items()]
        tokens = torch.cat([e.pooled[:, None] for e in encodings.values()], dim=1)
        there = torch.stack([present[name] for name in encodings], dim=1)
        return Condition(torch.stack(parts).sum(0) ** 2, tokens, there)


@pytest.fixture
def gan() -> GAN:
    encoders = {"a": Number(), "b": Number()}
    fusion = Sum(Options(), {name: encoder.space for name, encoder in encoders.items()})
    fusion.space = ConditionSpace(dim=1, token_dim=1)
    return GAN({}, encoders, fusion, {"x": nn.Identity()}, {})  # type: ignore[dict-item]


def push(entry: str, value: float, amount: float, *instead_of: str) -> Push:
    return Push(entry, {"prepared": torch.tensor([[value]])}, instead_of, amount)


def condition(
    gan: GAN,
    given: Mapping[str, float],
    *pushes: Push,
    prior: Prior | None = None,
    seed: int | None = None,
) -> Condition:
    draws = (lambda: prior) if prior else None
    model = SimpleNamespace(gan=gan, prior=draws, pushes=pushes, device=torch.device("cpu"))
    prepared = {name: {"prepared": torch.full((2, 1), value)} for name, value in given.items()}
    return conditions_of(cast(Model, model), gan.encode(prepared), seed, range(2))["x"]


def pooled(gan: GAN, given: Mapping[str, float], *pushes: Push) -> float:
    first, second = condition(gan, given, *pushes).pooled[:, 0].tolist()
    assert first == second
    return float(first)


def test_all_of_the_way_is_the_other_value_and_the_other_entry_stays(gan: GAN) -> None:
    assert pooled(gan, ONE) == 11**2
    assert pooled(gan, ONE, push("b", 20.0, 1.0)) == 21**2
    assert pooled(gan, ONE, push("b", 20.0, 0.0)) == 11**2


def test_the_condition_goes_straight_there_and_beyond(gan: GAN) -> None:
    for amount in (-0.5, 0.25, 0.5, 2.0):
        wanted = 11**2 + amount * (21**2 - 11**2)
        assert pooled(gan, ONE, push("b", 20.0, amount)) == pytest.approx(wanted)


def test_entries_that_say_the_same_give_way(gan: GAN) -> None:
    assert pooled(gan, ONE, push("b", 20.0, 1.0, "a")) == 20**2
    half = (11**2 + 20**2) / 2
    assert pooled(gan, ONE, push("b", 20.0, 0.5, "a")) == pytest.approx(half)


def test_an_entry_that_was_not_given_can_be_pushed(gan: GAN) -> None:
    assert pooled(gan, {"a": 1.0}, push("b", 20.0, 1.0)) == 21**2
    assert pooled(gan, {}, push("b", 20.0, 0.5)) == 200


def test_pushes_of_one_entry_count_from_the_same_start(gan: GAN) -> None:
    both = pooled(gan, ONE, push("b", 20.0, 0.5), push("b", 30.0, 0.25))
    assert both == pytest.approx(11**2 + 0.5 * (21**2 - 11**2) + 0.25 * (31**2 - 11**2))
    both = pooled(gan, ONE, push("b", 20.0, 0.5, "a"), push("b", 30.0, 0.25))
    assert both == pytest.approx(11**2 + 0.5 * (20**2 - 11**2) + 0.25 * (31**2 - 11**2))


def test_a_push_of_another_entry_goes_on_from_there(gan: GAN) -> None:
    assert pooled(gan, ONE, push("b", 20.0, 1.0), push("a", 2.0, 1.0)) == 22**2


def test_tokens_go_along_and_padding_is_that_of_the_goal(gan: GAN) -> None:
    half = condition(gan, ONE, push("b", 20.0, 0.5))
    assert half.tokens is not None
    assert half.tokens[0, :, 0].tolist() == [1.0, 15.0]
    gone = condition(gan, ONE, push("b", 20.0, 0.5, "a"))
    assert gone.padding_mask is not None
    assert gone.padding_mask.tolist() == [[False, True]] * 2


def test_what_was_drawn_of_another_entry_stays(gan: GAN) -> None:
    torch.manual_seed(0)
    rows = {"a": torch.randn(99, 1), "b": torch.randn(99, 1)}
    prior = Prior.fitted(rows, components=2)

    def root(*pushes: Push) -> Tensor:
        return condition(gan, {"b": 10.0}, *pushes, prior=prior, seed=3).pooled.sqrt()

    torch.testing.assert_close(root(push("b", 20.0, 1.0)) - root(), torch.full((2, 1), 10.0))
    assert root()[0] != root()[1], "it was drawn"
    again = root(push("b", 20.0, 1.0, "a")) - 20
    assert (again != root() - 10).all(), "what gives way is drawn anew, with what takes its place"
