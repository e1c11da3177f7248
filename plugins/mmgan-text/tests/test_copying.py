"""Copying pieces, against numbers worked out by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from mmgan_core.contracts import Condition, ConditionSpace, SampleSpace, Settings
from mmgan_core.errors import BadValue
from mmgan_text.copying import CopyHead, said_before
from mmgan_text.transformer_generator import (
    TransformerGenerator,
    TransformerGeneratorOptions,
)

PIECES = Settings.of("pieces", vocabulary="a", pieces=5)
SPACE = SampleSpace("text", (4, 5), 0.0, 1.0, settings=PIECES)
GIVEN = ConditionSpace(0, token_dim=1, choice_settings=PIECES)
# No piece was written before.
NOTHING = torch.full((1, 1, 2), -1)
# How much is made anew of each piece, and that a half is copied.
ANEW = (0.1, 0.2, 0.3, 0.2, 0.2)


def head(scores: tuple[float, ...], *, coverage: bool = False) -> tuple[CopyHead, Tensor]:
    """One that looks at tokens by these scores, wherever it is, with a gate of a half."""
    made = CopyHead(1, 1, coverage=coverage)
    with torch.no_grad():
        made.query.weight.fill_(1.0)
        made.key.weight.fill_(1.0)
        made.gate.weight.zero_()
        made.gate.bias.zero_()
    return made, torch.tensor([scores])[..., None]


def test_what_is_copied_is_added_to_what_is_made_anew() -> None:
    # Tokens with weights 1/6, 2/6, 3/6 and a last one that stands for nothing.
    made, tokens = head((math.log(1), math.log(2), math.log(3), math.log(50)))
    copyable = made.copyable(tokens, torch.tensor([[3, 4, 3, -1]]))
    found = made(
        torch.ones(1, 2, 1),
        NOTHING.expand(1, 2, 2),
        torch.tensor(ANEW).log().expand(1, 2, 5),
        copyable,
    )
    # Piece 3 from two tokens, 1/6 + 3/6; piece 4 from one.
    expected = [0.05, 0.1, 0.15, 0.1 + 0.5 * 4 / 6, 0.1 + 0.5 * 2 / 6]
    for place in range(2):
        assert found.exp()[0, place].tolist() == pytest.approx(expected, rel=1e-5)


def test_one_piece_of_each_place_is_as_likely_as_among_all() -> None:
    made, tokens = head((math.log(1), math.log(2), math.log(3), math.log(50)), coverage=True)
    copyable = made.copyable(tokens, torch.tensor([[3, 4, 3, -1]]))
    x, anew = torch.ones(1, 5, 1), torch.tensor(ANEW).log().expand(1, 5, 5)
    ids = torch.tensor([[3, 0, 4, 1, 3]])
    said = said_before(ids)
    among = made(x, said, anew, copyable).gather(2, ids[..., None])[..., 0]
    found = made.of(ids, x, said, anew.gather(2, ids[..., None])[..., 0], copyable)
    torch.testing.assert_close(found, among)
    # The first place has covered nothing: 0.2 made anew, and two tokens of six parts.
    assert found[0, 0].exp().item() == pytest.approx(0.1 + 0.5 * 4 / 6, rel=1e-5)


def test_where_there_is_nothing_to_copy_all_is_made_anew() -> None:
    made, tokens = head((0.0, 1.0))
    copyable = made.copyable(tokens, torch.tensor([[-1, -1]]))
    found = made(torch.ones(1, 1, 1), NOTHING, torch.tensor(ANEW).log().expand(1, 1, 5), copyable)
    assert found.exp()[0, 0].tolist() == pytest.approx(ANEW, rel=1e-5)


def test_with_coverage_what_was_looked_at_is_looked_at_less() -> None:
    made, tokens = head((math.log(3), 0.0), coverage=True)
    copyable = made.copyable(tokens, torch.tensor([[3, 4]]))
    found = made.looked(torch.ones(1, 3, 1), NOTHING.expand(1, 3, 2), copyable)[0]
    # First looks are 3/4 and 1/4 everywhere; their sums are taken off by softplus(0) = log 2 each.
    for place in range(3):
        shares = [3 * 2 ** (-0.75 * place), 2 ** (-0.25 * place)]
        expected = [share / sum(shares) for share in shares]
        assert found[place].tolist() == pytest.approx(expected, rel=1e-5)


def test_what_follows_the_pieces_just_written_is_looked_at_more() -> None:
    made, tokens = head((0.0, 0.0, 0.0, 0.0, 0.0))
    with torch.no_grad():
        made.follow.copy_(torch.tensor([math.log(2), math.log(3)]))
    copyable = made.copyable(tokens, torch.tensor([[1, 2, 3, 2, 4]]))
    ids = torch.tensor([[1, 2, 4, 3]])
    found = made.looked(torch.ones(1, 4, 1), said_before(ids), copyable)[0]
    expected = [
        [1, 1, 1, 1, 1],  # nothing was written
        [1, 2, 1, 1, 1],  # after 1 comes the first 2
        [1, 1, 2 * 3, 1, 2],  # after 2 comes 3, and here after 1 too, or 4
        [1, 1, 1, 1, 1],  # nothing follows 4
    ]
    for place, shares in enumerate(expected):
        wanted = [share / sum(shares) for share in shares]
        assert found[place].tolist() == pytest.approx(wanted, rel=1e-5)


def made_of(**options: object) -> TransformerGenerator:
    torch.manual_seed(5)
    small = {"width": 8, "layers": 1, "heads": 2, "copying": True, **options}
    return TransformerGenerator(
        TransformerGeneratorOptions.model_validate(small), SPACE, GIVEN
    ).eval()


def given(*choices: int) -> Condition:
    torch.manual_seed(1)
    tokens = torch.randn(1, len(choices), 1)
    mask = torch.ones(1, len(choices), dtype=torch.bool)
    return Condition(torch.zeros(1, 0), tokens, mask, choices=torch.tensor([choices]))


@torch.no_grad()
@pytest.mark.parametrize("coverage", [False, True])
def test_it_samples_as_its_likelihood_says(coverage: bool) -> None:
    made, condition = made_of(coverage=coverage, attend=True), given(3, 4, -1, 3)
    assert made.copy is not None
    made.copy.follow.copy_(torch.tensor([2.0, 1.0]))
    many = condition.take(torch.zeros(20_000).long())
    ids = made(torch.randn(20_000, 4), many).argmax(2)
    texts, often = ids.unique(dim=0, return_counts=True)
    own = condition.take(torch.zeros(len(texts)).long())
    odds = made.log_likelihood(one_hot(texts, 5).float(), own).exp()
    torch.testing.assert_close(often / 20_000, odds, atol=0.012, rtol=0)
    assert odds.sum().item() == pytest.approx(1.0, abs=0.05), "rare texts are not among them"


@torch.no_grad()
def test_a_gate_that_is_open_copies_alone() -> None:
    made, condition = made_of(), given(3, 4, -1, 3)
    assert made.copy is not None
    made.copy.gate.bias.fill_(50.0)
    ids = made(torch.randn(200, 4), condition.take(torch.zeros(200).long())).argmax(2)
    assert set(ids.unique().tolist()) == {3, 4}
    for beams in (1, 3):
        found = made_of(beams=beams)
        found.load_state_dict(made.state_dict())
        best = found(torch.randn(1, 4), condition)
        assert set(best.argmax(2).unique().tolist()) <= {3, 4}


def test_a_critic_teaches_what_to_copy() -> None:
    made = made_of().train()
    rows = made(torch.randn(8, 4), given(3, 4, -1, 3).take(torch.zeros(8).long()))
    (rows * torch.randn(rows.shape)).sum().backward()
    assert made.copy is not None
    assert all(w.grad is not None and w.grad.any() for w in made.copy.parameters())


def test_other_pieces_and_absent_choices_are_refused() -> None:
    other = replace(GIVEN, choice_settings=Settings.of("pieces", vocabulary="b", pieces=5))
    options = TransformerGeneratorOptions(copying=True)
    with pytest.raises(BadValue, match="name one vocabulary in both"):
        TransformerGenerator(options, SPACE, other)
    with pytest.raises(BadValue, match="choices: true of its encoder"):
        TransformerGenerator(options, SPACE, ConditionSpace(0, token_dim=1))
    with pytest.raises(BadValue, match="make the entry with modality: text/tokens"):
        TransformerGenerator(options, replace(SPACE, settings=None), GIVEN)
    with pytest.raises(BadValue, match="add copying: true"):
        TransformerGenerator(TransformerGeneratorOptions(coverage=True), SPACE, GIVEN)
