"""The generator `text/transformer` against numbers worked out by hand."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from mmgan_core.contracts import Condition, ConditionSpace, SampleSpace
from mmgan_core.errors import BadValue
from mmgan_text.text_choices import first_reaching
from mmgan_text.transformer_generator import (
    Before,
    Seen,
    TransformerGenerator,
    TransformerGeneratorOptions,
)

# Ids: 0 ends a text. The probabilities of every place, in whatever context.
ODDS = (0.2, 0.5, 0.3)
NOTHING = Condition(torch.zeros(1, 0))
SMALL = {"width": 8, "layers": 2, "heads": 2}


def made_of(
    length: int = 3, dim: int = 0, token_dim: int = 0, size: int = 3, **options: object
) -> TransformerGenerator:
    torch.manual_seed(3)
    return TransformerGenerator(
        TransformerGeneratorOptions.model_validate({**SMALL, **options}),
        SampleSpace("text", (length, size), 0.0, 1.0),
        ConditionSpace(dim, token_dim=token_dim),
    )


def generator(length: int = 3, **options: object) -> TransformerGenerator:
    """One that always has the same odds."""
    made = made_of(length, **options)
    with torch.no_grad():
        made.embed.zero_()
        made.bias.copy_(torch.tensor(ODDS).log())
    return made.eval()


def text(*ids: int) -> Tensor:
    return one_hot(torch.tensor([ids]), 3).float()


def noise_of(*uniform: float) -> Tensor:
    """The noise that becomes these numbers from 0 to 1."""
    return torch.special.ndtri(torch.tensor([uniform]))


@pytest.mark.parametrize(
    ("uniform", "expected"),
    [
        # Cumulated: 0.2, 0.7, 1.
        ((0.6, 0.8, 0.3), (1, 2, 1)),
        ((0.9, 0.1, 0.9), (2, 0, 0)),
        ((0.19, 0.9, 0.9), (0, 0, 0)),
        ((0.21, 0.69, 0.71), (1, 1, 2)),
    ],
)
@pytest.mark.parametrize("training", [False, True])
def test_one_number_of_noise_decides_one_piece(
    uniform: tuple[float, ...], expected: tuple[int, ...], training: bool
) -> None:
    made = generator().train(training)(noise_of(*uniform), NOTHING)
    assert torch.equal(made, text(*expected)), "exactly one-hot, also where gradients are kept"


@pytest.mark.parametrize(
    ("ids", "odds"),
    [
        ((1, 2, 0), (0.5, 0.3, 0.2)),
        ((1, 2, 1), (0.5, 0.3, 0.5)),
        ((2, 0, 0), (0.3, 0.2)),
        ((0, 0, 0), (0.2,)),
    ],
)
def test_the_likelihood_ends_with_the_text(ids: tuple[int, ...], odds: tuple[float, ...]) -> None:
    found = generator().log_likelihood(text(*ids), NOTHING)
    assert found.item() == pytest.approx(math.log(math.prod(odds)), rel=1e-5)
    assert generator().likelihood_dims(text(*ids)).tolist() == [len(odds)]


def test_a_mask_leaves_places_out() -> None:
    mask = torch.tensor([[[True], [False], [True]]])
    found = generator().log_likelihood(text(1, 2, 1), NOTHING, mask)
    assert found.item() == pytest.approx(2 * math.log(0.5), rel=1e-5)
    assert generator().likelihood_dims(text(1, 2, 1), mask).tolist() == [2]


def every_text() -> Tensor:
    ids = {
        tuple(i if 0 not in row[:k] else 0 for k, i in enumerate(row))
        for row in itertools.product(range(3), repeat=3)
    }
    return torch.cat([text(*row) for row in sorted(ids)])


@torch.no_grad()
def test_all_texts_together_have_probability_one_and_are_sampled_as_often() -> None:
    made, texts = made_of(dim=2), every_text()
    condition = Condition(torch.tensor([[1.0, -2.0]]).expand(len(texts), 2))
    found = made.log_likelihood(texts, condition)
    assert len(texts) == 15
    assert found.exp().sum().item() == pytest.approx(1.0, abs=1e-5)
    many = condition.take(torch.zeros(20_000).long())
    sampled = made(torch.randn(20_000, 3), many)
    often = torch.stack([(sampled == one).all(2).all(1).float().mean() for one in texts])
    torch.testing.assert_close(often, found.exp(), atol=0.01, rtol=0)


@torch.no_grad()
def test_texts_with_kept_keys_are_those_of_whole_passes() -> None:
    made = made_of(6, dim=2, token_dim=4, size=9, attend=True)
    condition = Condition(torch.randn(16, 2), torch.randn(16, 3, 4), torch.rand(16, 3) > 0.3)
    condition.padding_mask[:, 0] = True  # type: ignore[index]
    noise = torch.randn(16, 6)
    ids = torch.zeros(16, 6, dtype=torch.long)
    ended = torch.zeros(16, dtype=torch.bool)
    for place in range(6):
        odds = made._log_probabilities(ids, made._seen(condition))[:, place].exp()
        chosen = first_reaching(odds, torch.special.ndtr(noise[:, place])).masked_fill(ended, 0)
        ids[:, place] = chosen
        ended |= chosen == 0
    assert torch.equal(made(noise, condition).argmax(2), ids)
    assert len(ids.unique()) > 5


def test_no_place_sees_those_after_it() -> None:
    made = made_of(5, size=9)
    seen = made._seen(Condition(torch.zeros(1, 0)))
    one = made._log_probabilities(torch.tensor([[3, 4, 5, 6, 7]]), seen)
    other = made._log_probabilities(torch.tensor([[3, 4, 8, 1, 2]]), seen)
    torch.testing.assert_close(one[:, :3], other[:, :3])
    assert not torch.allclose(one[:, 3], other[:, 3])


@torch.no_grad()
def test_with_attention_tokens_decide_and_padding_does_not() -> None:
    made = made_of(token_dim=2, attend=True)
    assert made.reads == {"pooled", "tokens"}
    mask = torch.tensor([[True, True, False]])

    def likelihood(*tokens: tuple[float, float]) -> float:
        condition = Condition(torch.zeros(1, 0), torch.tensor([tokens]), mask)
        return made.log_likelihood(text(1, 2, 0), condition).item()

    found = likelihood((1.0, 0.0), (0.0, 2.0), (0.0, 0.0))
    assert likelihood((1.0, 0.0), (0.0, 2.0), (9.0, 9.0)) == pytest.approx(found)
    assert likelihood((0.0, 2.0), (1.0, 0.0), (0.0, 0.0)) == pytest.approx(found)
    assert abs(likelihood((1.0, 0.0), (0.0, -2.0), (0.0, 0.0)) - found) > 1e-3
    with pytest.raises(BadValue, match="needs the tokens"):
        made(torch.zeros(1, 3), NOTHING)


def test_a_critic_teaches_it_through_the_probabilities() -> None:
    made = generator(length=1)
    made(noise_of(0.6), NOTHING)[0, 0, 2].backward()
    # d p_2 / d logits = p_2 (1_2 - p), though the piece is 1.
    expected = [-0.3 * 0.2, -0.3 * 0.5, 0.3 * 0.7]
    assert made.bias.grad is not None
    assert made.bias.grad.tolist() == pytest.approx(expected)


def test_after_its_end_a_text_teaches_nothing() -> None:
    made = generator().train()
    rows = made(noise_of(0.6, 0.1, 0.9), NOTHING)
    assert rows.argmax(2).tolist() == [[1, 0, 0]]
    rows[0, 2, 1].backward()
    assert made.bias.grad is not None
    assert not made.bias.grad.any()


def test_in_half_precision_gradients_reach_every_weight() -> None:
    """Weights that were cast where the choices were made, without gradients, are cast again."""
    made = made_of(6, dim=2, size=9).train()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rows = made(torch.randn(8, 6), Condition(torch.randn(8, 2)))
        assert rows.dtype == torch.float32
        (rows * torch.randn(rows.shape)).sum().backward()
    idle = [n for n, p in made.named_parameters() if p.grad is None or not p.grad.any()]
    assert not idle


@pytest.mark.parametrize(
    ("options", "uniform", "expected"),
    [
        # Squared, and as shares: 0.04, 0.25, 0.09 of 0.38, cumulated 0.105, 0.763, 1.
        ({"sampling_temperature": 0.5}, 0.11, 1),
        ({"sampling_temperature": 0.5}, 0.10, 0),
        ({"sampling_temperature": 0.5}, 0.77, 2),
        # The nucleus of 0.6 is 0.5 and 0.3: ids 1 and 2, cumulated 0.625, 1.
        ({"top_p": 0.6}, 0.01, 1),
        ({"top_p": 0.6}, 0.62, 1),
        ({"top_p": 0.6}, 0.63, 2),
        # That of 0.5 is one piece.
        ({"top_p": 0.5}, 0.999999, 1),
        ({"beams": 1}, 0.01, 1),
    ],
)
def test_at_use_odds_can_be_sharpened(
    options: dict[str, float], uniform: float, expected: int
) -> None:
    made, noise = generator(1, **options), noise_of(uniform)
    assert made(noise, NOTHING).argmax().item() == expected
    plain = generator(1)(noise, NOTHING)
    assert torch.equal(made.train()(noise, NOTHING), plain), "training samples as it is"


@torch.no_grad()
def test_enough_beams_find_the_likeliest_of_all_texts() -> None:
    texts = every_text()
    for seed in range(5):
        torch.manual_seed(seed)
        made = made_of(dim=2, beams=9).eval()
        condition = Condition(torch.randn(4, 2))
        found = made(torch.randn(4, 3), condition)
        for row in range(4):
            own = condition.take(torch.full((len(texts),), row))
            assert torch.equal(found[row], texts[made.log_likelihood(texts, own).argmax()])


def test_it_stops_when_every_text_has_ended() -> None:
    places = []

    class Counting(TransformerGenerator):
        def _next(self, chosen: Tensor | None, seen: Seen, before: Before) -> Tensor:
            places.append(before.place)
            return super()._next(chosen, seen, before)

    space = SampleSpace("text", (64, 3), 0.0, 1.0)
    options = TransformerGeneratorOptions.model_validate(SMALL)
    made = Counting(options, space, ConditionSpace(0)).eval()
    with torch.no_grad():
        made.bias.copy_(torch.tensor([50.0, 0.0, 0.0]))
        assert not made(torch.randn(4, 64), Condition(torch.zeros(4, 0))).argmax(2).any()
    assert len(places) == 8


def test_where_it_learns_pieces_before_may_be_unknown() -> None:
    made, texts = made_of(6, size=9, unseen=0.999), one_hot(torch.tensor([[3, 4, 5, 0, 0, 0]]), 9)
    unknown = made._log_probabilities(torch.tensor([[1, 1, 1, 0, 0, 0]]), made._seen(NOTHING))
    expected = unknown[0, range(4), [3, 4, 5, 0]].sum()
    torch.testing.assert_close(made.log_likelihood(texts.float(), NOTHING)[0], expected)
    plain = made.eval().log_likelihood(texts.float(), NOTHING)[0]
    assert abs(plain - expected) > 1e-3


def test_other_samples_than_text_are_refused() -> None:
    with pytest.raises(BadValue, match=r"samples must be \(T, V\)"):
        TransformerGenerator(
            TransformerGeneratorOptions(), SampleSpace("text", (3,)), ConditionSpace(0)
        )
    with pytest.raises(BadValue, match="width 8 must be a multiple of heads: 3"):
        made_of(heads=3)
