"""The generator `text/parallel`: choices, ends, gradients, and repair."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from mmgan_core.contracts import Condition, ConditionSpace, Masked, SampleSpace
from mmgan_core.errors import BadValue
from mmgan_text.known_text import ends_that_fit
from mmgan_text.parallel_generator import (
    ParallelGenerator,
    ParallelGeneratorOptions,
    _hard,
    _soft,
)

SPACE = SampleSpace("text", (6, 5), 0.0, 1.0)


def made_of(condition: ConditionSpace | None = None, **options: object) -> ParallelGenerator:
    torch.manual_seed(2)
    small = {"width": 8, "layers": 2, "heads": 2, "noise_dim": 4, "style_dim": 6}
    return ParallelGenerator(
        ParallelGeneratorOptions.model_validate({**small, **options}),
        SPACE,
        condition or ConditionSpace(0),
    )


def text(*ids: int) -> Tensor:
    return one_hot(torch.tensor([ids]), 5).float()


def shares(*rows: tuple[float, ...]) -> Tensor:
    return torch.tensor([rows], requires_grad=True)


def test_the_likeliest_are_chosen_up_to_the_end() -> None:
    given = shares((0.2, 0.5, 0.3), (0.6, 0.1, 0.3), (0.1, 0.2, 0.7))
    made = _hard(given.log())
    assert made.tolist() == [[[0, 1, 0], [1, 0, 0], [1, 0, 0]]]
    made[0, :, 2].sum().backward()
    assert given.grad is not None
    # d share_2 / d p_2 by a softmax of log p: 1 - p_2; and nothing to learn after the end.
    assert given.grad[0, :, 2].tolist() == pytest.approx([0.7, 0.7, 0.0])


def test_shares_that_have_ended_are_those_of_the_end() -> None:
    made = _soft(shares((0.2, 0.5, 0.3), (0.5, 0.25, 0.25), (0.1, 0.2, 0.7)))
    # 0.8 have not ended at the second place, and 0.4 at the third.
    expected = [[0.2, 0.5, 0.3], [0.2 + 0.8 * 0.5, 0.2, 0.2], [0.6 + 0.4 * 0.1, 0.08, 0.28]]
    torch.testing.assert_close(made[0].detach(), torch.tensor(expected))


def test_made_texts_are_choices_that_stay_at_their_end() -> None:
    rows = made_of()(torch.randn(64, 4), Condition(torch.zeros(64, 0)))
    assert torch.equal(rows.sum(2), torch.ones(64, 6))
    assert torch.equal(rows.amax(2), torch.ones(64, 6))
    ended = (rows.argmax(2) == 0).int()
    assert (ended.diff(dim=1) >= 0).all()
    assert 0 < ended.sum() < ended.numel()
    assert len({tuple(row) for row in rows.argmax(2).tolist()}) > 10, "noise decides the text"


def test_a_critic_reaches_the_noise() -> None:
    noise = torch.randn(8, 4, requires_grad=True)
    made = made_of()(noise, Condition(torch.zeros(8, 0)))
    (made * torch.randn(made.shape)).sum().backward()
    assert noise.grad is not None
    assert noise.grad.any(0).all()


@pytest.mark.parametrize(
    ("known", "mask", "may_end", "must_end"),
    [
        # Something is known after the gap: it cannot end before.
        ((1, 2, 3, 4, 0, 0), (0, 1, 1, 0, 1, 1), (4, 5), ()),
        # Its end is known: all that is missing after it is its end.
        ((1, 2, 0, 0, 0, 0), (0, 1, 0, 1, 1, 0), (1,), (3, 4)),
        # Nothing is known: it may end anywhere.
        ((0, 0, 0, 0, 0, 0), (1, 1, 1, 1, 1, 1), range(6), ()),
    ],
)
def test_what_is_known_decides_where_a_text_can_end(
    known: tuple[int, ...],
    mask: tuple[int, ...],
    may_end: tuple[int, ...],
    must_end: tuple[int, ...],
) -> None:
    missing = torch.tensor([mask]).float()[..., None]
    masked = Masked.of(text(*known), missing, SPACE)
    found = ends_that_fit(torch.zeros(1, 6, 5), masked).softmax(2)[0]
    for place in range(6):
        if not mask[place]:
            continue
        expected = 1.0 if place in must_end else 0.2 if place in may_end else 0.0
        assert found[place, 0].item() == pytest.approx(expected), place


def test_what_is_known_stays_and_is_not_cut_off() -> None:
    made = made_of(ConditionSpace(0, mask_shape=(6, 1))).eval()
    sample = text(1, 2, 3, 4, 2, 0).expand(64, -1, -1)
    mask = torch.zeros(64, 6, 1)
    mask[:, 1:3] = 1
    masked = Masked.of(sample, mask, SPACE)
    rows = masked.filled(made(torch.randn(64, 4), Condition(torch.zeros(64, 0), masked=masked)))
    found = rows.argmax(2)
    assert torch.equal(found[:, [0, 3, 4, 5]], sample.argmax(2)[:, [0, 3, 4, 5]])
    assert (found[:, 1:3] > 0).all()


def test_other_samples_than_text_and_absent_tokens_are_refused() -> None:
    with pytest.raises(BadValue, match=r"samples must be \(T, V\)"):
        ParallelGenerator(ParallelGeneratorOptions(), SampleSpace("text", (3,)), ConditionSpace(0))
    made = made_of(ConditionSpace(0, token_dim=3), attend=True)
    assert made.reads == {"pooled", "tokens"}
    with pytest.raises(BadValue, match="needs the tokens"):
        made(torch.zeros(1, 4), Condition(torch.zeros(1, 0)))
