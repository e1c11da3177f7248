"""Attention to tokens, number by number."""

from __future__ import annotations

from math import exp, sqrt

import pytest
import torch
from torch import nn

from mmgan_core.blocks.cross_attention import AttendingLevels, CrossAttention
from mmgan_core.blocks.token_match import SIZE, MatchedLevel, TokenMatch
from mmgan_core.contracts import Condition, ConditionSpace
from mmgan_core.errors import BadValue


def fill(layer: nn.Linear, rows: list[list[float]]) -> None:
    """The weights of a layer: these, and zeros beside and below them."""
    with torch.no_grad():
        layer.weight.zero_()
        given = torch.tensor(rows)
        layer.weight[: len(rows), : given.shape[1]] = given
        if layer.bias is not None:
            layer.bias.zero_()


def condition(tokens: list[list[list[float]]], mask: list[list[bool]] | None = None) -> Condition:
    there = None if mask is None else torch.tensor(mask)
    return Condition(torch.zeros(len(tokens), 0), torch.tensor(tokens), there)


def attention() -> CrossAttention:
    """One head of one number: a place asks with its feature, and gets back what it finds."""
    block = CrossAttention(1, 2)
    fill(block.query, [[1.0]])
    fill(block.key, [[1.0, 0.0]])
    fill(block.value, [[0.0, 1.0]])
    fill(block.back, [[1.0]])
    return block


def test_a_place_finds_the_tokens_that_it_asks_for() -> None:
    """Features of any strength ask with 1 or -1; scores 1 and 0, so shares e / (e + 1) and rest."""
    block = attention()
    features = torch.tensor([[[[5.0, -5.0]]]])  # one channel on a grid of 1 x 2
    seen = condition([[[1.0, 10.0], [0.0, 20.0]]])
    assert seen.tokens is not None
    found = block(features, seen.tokens, None)
    more, less = exp(1) / (exp(1) + 1), 1 / (exp(1) + 1)
    expected = [5 + more * 10 + less * 20, -5 + less * 10 + more * 20]
    assert found.flatten().tolist() == pytest.approx(expected, rel=1e-5)
    assert found.shape == features.shape


def test_padding_is_not_found() -> None:
    block = attention()
    features = torch.tensor([[[1.0, 2.0]]])  # one channel along a line of 2
    seen = torch.tensor([[[0.0, 7.0], [100.0, 9e9]]])
    found = block(features, seen, torch.tensor([[True, False]]))
    assert found.flatten().tolist() == pytest.approx([8, 9])


def test_scores_are_divided_by_the_root_of_a_heads_size() -> None:
    """Four heads of 16 for 64 channels: each scores 16 products, over 4."""
    block = CrossAttention(64, 3)
    assert block.heads == 4
    assert block.query.weight.shape == (64, 64)
    for layer in (block.query, block.value, block.back):
        fill(layer, torch.eye(*layer.weight.shape).tolist())
    fill(block.key, [[1.0, 0.0, 0.0]] * 64)
    tokens = torch.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
    found = block(torch.ones(1, 64, 1), tokens, None)[0, :, 0] - 1
    share = exp(4) / (exp(4) + 1)  # 16 ones against none, over the root of 16
    assert found[0].item() == pytest.approx(share, rel=1e-4)
    assert found[1].item() == pytest.approx(1 - share, rel=1e-3)


def test_small_levels_attend() -> None:
    sizes, widths = [(4, 6), (8, 12), (16, 24)], [8, 4, 2]
    levels = AttendingLevels(sizes, widths, 8, ConditionSpace(0, token_dim=5))
    assert list(levels) == ["0", "1"]
    features = torch.randn(2, 2, 16, 24)
    seen = condition([[[1.0, 2.0, 3.0, 4.0, 5.0]]] * 2)
    assert levels(2, features, seen) is features
    assert not torch.equal(levels(0, torch.ones(2, 8, 4, 6), seen), torch.ones(2, 8, 4, 6))
    assert not AttendingLevels(sizes, widths, 0, ConditionSpace(0, token_dim=5))
    assert not AttendingLevels(sizes, widths, 8, ConditionSpace(5)), "there are no tokens"
    for made in (AttendingLevels, MatchedLevel):
        with pytest.raises(BadValue, match=r"short side of 3 or less; there are \[4, 8, 16\]"):
            made(sizes, widths, 3, ConditionSpace(0, token_dim=5))


def match() -> TokenMatch:
    block = TokenMatch(1, 2)
    fill(block.ask, [[1.0, 0.0]])
    fill(block.wanted, [[0.0, 1.0]])
    fill(block.place, [[1.0]])
    fill(block.shown, [[1.0]])
    return block


def test_a_token_is_compared_with_the_places_that_it_finds() -> None:
    """Scores 8 * f / sqrt(64) = f; the second token asks for nothing and finds the mean."""
    block = match()
    features = torch.tensor([[[0.0, 1.0]]])
    seen = condition([[[sqrt(SIZE), 16.0], [0.0, 32.0]]])
    first = 16 * exp(1) / (exp(1) + 1) / sqrt(SIZE)
    second = 32 * 0.5 / sqrt(SIZE)
    assert block(features, seen).item() == pytest.approx((first + second) / 2, rel=1e-5)
    masked = condition([[[sqrt(SIZE), 16.0], [0.0, 32.0]]], [[True, False]])
    assert block(features, masked).item() == pytest.approx(first, rel=1e-5)


def test_the_match_of_the_finest_small_level_is_added_to_every_logit() -> None:
    matched = MatchedLevel([(8, 8), (4, 4), (2, 2)], [3, 1, 9], 4, ConditionSpace(0, token_dim=2))
    assert matched.level == 1
    matched.match = match()
    features = [torch.zeros(1, 3, 8, 8), torch.ones(1, 1, 4, 4), torch.zeros(1, 9, 2, 2)]
    seen = condition([[[0.0, 8.0]]])
    assert matched(torch.tensor([[2.0, 3.0]]), features, seen).tolist() == [[3, 4]]
    none = MatchedLevel([(8, 8)], [3], 0, ConditionSpace(0, token_dim=2))
    logits = torch.tensor([2.0])
    assert none(logits, features, seen) is logits


def test_a_match_can_be_differentiated_twice() -> None:
    torch.manual_seed(0)
    block = TokenMatch(3, 2).double()
    features = torch.randn(2, 3, 4, dtype=torch.double, requires_grad=True)
    seen = Condition(torch.zeros(2, 0), torch.randn(2, 3, 2, dtype=torch.double))
    assert torch.autograd.gradgradcheck(lambda x: block(x, seen), features)


def test_attention_can_be_differentiated_twice() -> None:
    torch.manual_seed(0)
    block = CrossAttention(3, 2).double()
    features = torch.randn(2, 3, 4, dtype=torch.double, requires_grad=True)
    tokens = torch.randn(2, 3, 2, dtype=torch.double, requires_grad=True)
    mask = torch.tensor([[True, True, False], [True, False, False]])
    assert torch.autograd.gradgradcheck(lambda x, t: block(x, t, mask), (features, tokens))
