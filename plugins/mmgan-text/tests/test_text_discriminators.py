"""The discriminators `text/conv` and `text/transformer`: ends, tokens, masks and penalties."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from mmgan_core.contracts import Condition, ConditionSpace, Discriminator, Masked, SampleSpace
from mmgan_objectives.r1 import R1, R1Options
from mmgan_objectives.r2 import R2, R2Options
from mmgan_text.attention_layers import attended
from mmgan_text.conv_discriminator import ConvDiscriminator, ConvDiscriminatorOptions
from mmgan_text.transformer_discriminator import (
    TransformerDiscriminator,
    TransformerDiscriminatorOptions,
)

SPACE = SampleSpace("text", (5, 4), 0.0, 1.0)
NOTHING = Condition(torch.zeros(1, 0))


def made(kind: str, condition: ConditionSpace | None = None, **options: object) -> Discriminator:
    torch.manual_seed(0)
    space = condition or ConditionSpace(0)
    if kind == "conv":
        own = ConvDiscriminatorOptions.model_validate({"width": 8, **options})
        return ConvDiscriminator(own, SPACE, space)
    attention = TransformerDiscriminatorOptions.model_validate({"width": 8, "heads": 2, **options})
    return TransformerDiscriminator(attention, SPACE, space)


def text(*ids: int) -> Tensor:
    return one_hot(torch.tensor([ids]), 4).float()


both = pytest.mark.parametrize("kind", ["conv", "transformer"])


@both
def test_what_follows_the_end_makes_no_difference(kind: str) -> None:
    critic = made(kind)
    leaf = text(1, 2, 0, 0, 0).requires_grad_()
    found = critic(leaf, NOTHING).logits
    torch.testing.assert_close(found, critic(text(1, 2, 0, 3, 1), NOTHING).logits)
    found.backward()
    assert leaf.grad is not None
    assert not leaf.grad[0, 3:].any()
    assert leaf.grad[0, :3].any(1).all(), "up to the end, the end included"
    others = [text(1, 2, 3, 0, 0), text(2, 1, 0, 0, 0), text(1, 0, 0, 0, 0)]
    for other in others:
        assert abs(critic(other, NOTHING).logits.item() - found.item()) > 1e-4


@both
def test_places_beyond_a_known_length_are_not_read(kind: str) -> None:
    critic, places = made(kind), torch.tensor([[True, True, False, False, False]])[..., None]
    told = Condition(torch.zeros(1, 0), places=places)
    one, other = (critic(text(*ids), told).logits for ids in ((1, 2, 3, 1, 2), (1, 2, 2, 0, 0)))
    torch.testing.assert_close(one, other)
    nothing = Condition(torch.zeros(1, 0), places=torch.zeros_like(places))
    assert critic(text(1, 2, 3, 1, 2), nothing).logits.isfinite()


@both
def test_an_empty_text_is_read(kind: str) -> None:
    assert made(kind)(text(0, 0, 0, 0, 0), NOTHING).logits.isfinite()


@both
def test_in_repair_it_sees_what_was_missing(kind: str) -> None:
    critic = made(kind, ConditionSpace(0, mask_shape=(5, 1)))
    sample = text(1, 2, 3, 0, 0)
    found = set()
    for place in range(4):
        mask = one_hot(torch.tensor([place]), 5).float()[..., None]
        condition = Condition(torch.zeros(1, 0), masked=Masked.of(sample, mask, SPACE))
        found.add(round(critic(sample, condition).logits.item(), 5))
    assert len(found) == 4


@both
def test_tokens_that_are_padding_do_not_match(kind: str) -> None:
    critic = made(kind, ConditionSpace(0, token_dim=3), attend=True)
    assert critic.reads == {"pooled", "tokens"}
    tokens, mask = torch.randn(1, 2, 3), torch.tensor([[True, False]])

    def logit(tokens: Tensor) -> float:
        condition = Condition(torch.zeros(1, 0), tokens, mask)
        return float(critic(text(1, 2, 0, 0, 0), condition).logits.detach())

    changed = tokens.clone()
    changed[:, 1] = 9.0
    assert logit(changed) == logit(tokens)
    changed[:, 0] = 9.0
    assert logit(changed) != logit(tokens)


@both
@pytest.mark.parametrize("penalty", [R1(R1Options()), R2(R2Options())])
def test_exact_penalties_teach_it(kind: str, penalty: Any) -> None:
    critic = made(kind)
    real, fake = torch.rand(3, 5, 4), torch.rand(3, 5, 4)
    value = penalty(lambda x: critic(x, Condition(torch.zeros(3, 0))), real, fake)
    value.backward()
    taught = [n for n, w in critic.named_parameters() if w.grad is not None and w.grad.any()]
    assert {"read.embed", "judge.join.weight", "judge.head.weight"} <= set(taught)
    # By hand: the squared slope of every row, halved.
    leaf = (real if isinstance(penalty, R1) else fake).requires_grad_()
    logits = critic(leaf, Condition(torch.zeros(3, 0))).logits
    (slope,) = torch.autograd.grad(logits.sum(), leaf)
    expected = slope.square().sum((1, 2)).mean() / 2
    torch.testing.assert_close(value.detach(), expected)


def test_attention_written_out_is_the_fused_one() -> None:
    torch.manual_seed(1)
    query, key, value = torch.randn(3, 2, 4, 5, 6).unbind()
    real = torch.rand(2, 5) > 0.4
    real[:, 0] = True
    one, other = (attended(query, key, value, real, twice=twice) for twice in (False, True))
    torch.testing.assert_close(one, other)
    # One place to look at: its value.
    only = torch.tensor([[True, False, False, False, False]]).expand(2, 5)
    torch.testing.assert_close(attended(query, key, value, only), value[:, :, :1].expand_as(value))
