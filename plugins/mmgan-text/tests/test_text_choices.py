"""Choices and beams against numbers worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from mmgan_text.beam_search import likeliest
from mmgan_text.text_choices import _gumbels, carried, first_reaching, sharpened

ODDS = torch.tensor([[0.2, 0.5, 0.3]])


def test_what_is_not_in_the_nucleus_is_never_chosen() -> None:
    odds = sharpened(torch.tensor([[0.6, 0.3, 0.1]]).log(), 1.0, 0.8)
    assert odds.tolist()[0] == pytest.approx([0.6, 0.3, 0.0])
    assert first_reaching(odds, torch.ones(1)).tolist() == [1]


def test_gumbels_lead_to_the_choice_and_are_gumbels() -> None:
    torch.manual_seed(0)
    logits = ODDS.log().expand(200_000, 1, 3)
    chosen = torch.multinomial(ODDS.expand(200_000, 3)[:, :], 1)
    noise = _gumbels(chosen, logits)
    assert torch.equal((logits + noise).argmax(2), chosen)
    # Of a Gumbel: the mean is Euler's constant, and the variance pi^2 / 6.
    torch.testing.assert_close(noise.mean((0, 1)), torch.full((3,), 0.5772), atol=0.02, rtol=0)
    torch.testing.assert_close(
        noise.var((0, 1)), torch.full((3,), math.pi**2 / 6), atol=0.04, rtol=0
    )


def test_the_carrier_of_gumbel_is_a_softmax_of_perturbed_logits() -> None:
    torch.manual_seed(0)
    logits = ODDS.log()[None].clone().requires_grad_()
    torch.manual_seed(1)
    rows = carried(torch.tensor([[2]]), logits, 0.5, "gumbel")
    assert rows.tolist() == [[[0.0, 0.0, 1.0]]]
    torch.manual_seed(1)
    share = ((logits + _gumbels(torch.tensor([[2]]), logits.detach())) / 0.5).softmax(2)[0, 0]
    (slope,) = torch.autograd.grad(rows[0, 0, 1], logits)
    expected = share[1] * (torch.tensor([0.0, 1.0, 0.0]) - share) / 0.5
    torch.testing.assert_close(slope[0, 0], expected.detach())


# The odds of a place after the last piece. Greedy search goes on with 1 (0.6), and finds nothing
# likelier than 0.6 * 0.4; "2" alone has 0.4 * 0.9.
AFTER = {None: (0.0, 0.6, 0.4), 1: (0.4, 0.3, 0.3), 2: (0.9, 0.05, 0.05)}


def found(beams: int, power: float = 0.0, odds: dict[int | None, tuple[float, ...]] = AFTER) -> str:
    last: list[list[int | None]] = []

    def step(chosen: Tensor | None, parents: Tensor | None) -> Tensor:
        last.append([None] * beams if chosen is None else chosen.tolist())
        return torch.tensor([odds.get(one, odds[1]) for one in last[-1]]).log()

    return "".join(map(str, likeliest(step, 1, beams, 3, power)[0].tolist()))


def test_two_beams_find_what_one_misses() -> None:
    assert found(1) == "100"
    assert found(2) == "200"


def test_a_power_of_the_length_makes_texts_longer() -> None:
    odds = {None: (0.3, 0.7, 0.0), 1: (0.0, 1e-9, 0.4), 2: (0.9, 0.05, 0.05)}
    # 0.3 for the empty text, of one choice; 0.7 * 0.4 * 0.9 = 0.252, of three.
    assert found(3, 0.0, odds) == "000"
    assert found(3, 1.0, odds) == "120"


def test_no_run_of_pieces_is_written_twice() -> None:
    # After 1 comes 2 and after 2 comes 1, nearly always.
    odds = {None: (0.0, 1.0, 0.0), 1: (0.05, 0.05, 0.9), 2: (0.1, 0.9, 0.0)}

    def written(runs_once: int) -> list[int]:
        def step(chosen: Tensor | None, parents: Tensor | None) -> Tensor:
            last = [None] if chosen is None else chosen.tolist()
            return torch.tensor([odds.get(one, (1.0, 0.0, 0.0)) for one in last]).log()

        found: list[int] = likeliest(step, 1, 1, 7, 0.0, runs_once)[0].tolist()
        return found

    assert written(0) == [1, 2, 1, 2, 1, 2, 1]
    # "12" stands there once: after the second 1 comes an end or another 1, and these are as likely.
    assert written(2)[:3] == [1, 2, 1]
    assert written(2)[3] != 2
    # "121" may stand there once, and "212" too.
    assert written(3) == [1, 2, 1, 2, 0, 0, 0]
