"""The assembled GAN and what its parts are told, number by number."""

from __future__ import annotations

from math import sqrt
from typing import Any

import pytest
import torch

from mmgan_core.contracts import Condition, Critique, Encoding, GeneratorStep, Masked, SampleSpace
from tests.training.by_hand import Choice, column, drawn_up

SPACE = SampleSpace("number", (2,), low=-2.0, high=6.0)


def numbers(tensor: torch.Tensor) -> list[float]:
    return tensor[:, 0].tolist()


# The GAN


def test_what_is_given_is_encoded_and_fused() -> None:
    """u = 0.5 v; a and b are added where they are shown; what is left out is absent."""
    gan = drawn_up(Choice(given=("a", "b"))).build()
    assert gan.dims == {"a": 1, "b": 1}
    encodings = gan.encode(
        {"a": {"prepared": column(2.0, 4.0)}, "b": {"prepared": column(6.0, 8.0)}}
    )
    assert {name: numbers(one.pooled) for name, one in encodings.items()} == {
        "a": [1, 2],
        "b": [3, 4],
    }
    shown = {"a": torch.tensor([True, False]), "b": torch.tensor([True, True])}
    assert numbers(gan.fuse(encodings, shown, like=torch.zeros(2)).pooled) == [4, 4]
    alone = gan.fuse({"a": encodings["a"]}, {"a": shown["a"]}, like=torch.zeros(2))
    assert numbers(alone.pooled) == [1, 0]
    assert numbers(gan.fuse({}, {}, like=torch.zeros(3)).pooled) == [0, 0, 0]
    # What is there and not shown does not matter; what is shown and not there is nothing.
    assert numbers(gan.fuse(encodings, {}, like=torch.zeros(2)).pooled) == [0, 0]


def test_nothing_given_has_no_numbers() -> None:
    gan = drawn_up(Choice(given=())).build()
    assert gan.fuse({}, {}, like=torch.zeros(3, 7)).pooled.shape == (3, 0)


def test_samples_of_every_made_entry() -> None:
    """G(z, c) = 0.5 z + 2 c."""
    gan = drawn_up(Choice(made=("x", "y"))).build()
    noise = {"x": column(2.0, 4.0), "y": column(6.0, 8.0)}
    found = gan.make(noise, Condition(column(1.0, 0.0)))
    assert {name: numbers(sample) for name, sample in found.items()} == {"x": [3, 2], "y": [5, 4]}
    gan.eval()
    critique = gan.discriminate("y", found["x"], Condition(column(1.0, 0.0)))
    assert critique.logits.tolist() == [3 * (2 - 1), 2 * 2]


def test_what_is_known_comes_out_as_it_is() -> None:
    gan = drawn_up(Choice(make={"repair": {}})).build()
    masked = Masked(column(9.0, 8.0), column(0.0, 1.0))
    condition = Condition(column(1.0, 0.0))
    found = gan.make({"x": column(2.0, 4.0)}, condition, {"x": masked})
    assert numbers(found["x"]) == [9, 2]
    told = gan.condition_for("x", condition, masked)
    assert told.masked is masked
    assert told.pooled is condition.pooled
    # By default nothing is known: the middle of the range, from -2 to 6.
    assert numbers(gan.make({"x": column(2.0, 4.0)}, condition)["x"]) == [3, 2]
    nothing = gan.condition_for("x", condition, None).masked
    assert nothing is not None
    assert (numbers(nothing.known), numbers(nothing.mask)) == ([2, 2], [1, 1])
    plain = drawn_up(Choice()).build()
    assert plain.condition_for("x", condition, masked) is condition, "it does not repair"


def test_what_makes_samples_is_all_but_the_discriminators() -> None:
    gan = drawn_up(Choice()).build()
    assert set(gan.maker_state()) == {"encoders.a.w", "generators.x.g", "generators.x.h"}
    assert gan.maker_state()["generators.x.g"].data_ptr() == gan.generators["x"].g.data_ptr()


# Conditions


def whole() -> Condition:
    return Condition(
        column(1.0, 2.0).requires_grad_(),
        torch.tensor([[[3.0]], [[4.0]]]).requires_grad_(),
        torch.tensor([[True], [False]]),
        torch.ones(2, 1, 1, 1).requires_grad_(),
        Masked(column(5.0, 6.0).requires_grad_(), column(1.0, 0.0)),
    )


def every(condition: Any) -> list[torch.Tensor]:
    parts = [
        condition.pooled,
        condition.tokens,
        condition.padding_mask,
        condition.maps,
        condition.masked.known,
        condition.masked.mask,
    ]
    assert all(part is not None for part in parts)
    return parts


def test_all_of_it_is_detached_turned_to_floats_and_taken() -> None:
    assert not any(part.requires_grad for part in every(whole().detach()))
    half = Condition(
        *(p.double() if p.is_floating_point() else p for p in every(whole())[:4]),
        Masked(*(p.double() for p in every(whole())[4:])),
    )
    assert [part.dtype for part in every(half.float())] == [
        torch.float32,
        torch.float32,
        torch.bool,
        torch.float32,
        torch.float32,
        torch.float32,
    ]
    taken = whole().take(torch.tensor([1, 1, 0]))
    assert [part.flatten().tolist() for part in every(taken)] == [
        [2, 2, 1],
        [4, 4, 3],
        [False, False, True],
        [1, 1, 1],
        [6, 6, 5],
        [0, 0, 1],
    ]
    bare = Condition(column(1.0)).detach()
    assert (bare.tokens, bare.padding_mask, bare.maps, bare.masked) == (None, None, None, None)
    encoding = Encoding(column(1.0, 2.0), padding_mask=torch.tensor([[True], [False]]))
    other = encoding.take(torch.tensor([1]))
    assert (numbers(other.pooled), other.padding_mask.tolist(), other.tokens) == (
        [2],
        [[False]],
        None,
    )  # type: ignore[union-attr]


def test_pooled_vectors_are_bounded() -> None:
    """c / sqrt(1 + mean c^2): of (3, 4), with a mean square of 12.5; a small one as it is."""
    found = Condition(torch.tensor([[3.0, 4.0], [0.001, 0.0]])).bounded().pooled
    size = sqrt(13.5)
    assert found.flatten().tolist() == pytest.approx([3 / size, 4 / size, 0.001, 0], rel=1e-6)
    long = Condition(torch.full((1, 2), 1e4).half()).bounded().pooled
    assert long.dtype == torch.float16
    assert long.flatten().tolist() == pytest.approx([1, 1], abs=1e-2), "squares overflow no half"


def test_pooled_vectors_are_mixed() -> None:
    """A quarter of one's own and three quarters of the other's; and all of one's own."""
    condition = whole()
    found = condition.mixed(torch.tensor([1, 0]), torch.tensor([0.25, 1.0]))
    assert numbers(found.pooled) == [0.25 * 1 + 0.75 * 2, 2]
    assert found.tokens is condition.tokens
    assert found.masked is condition.masked


def test_numbers_are_told_after_the_pooled_vector() -> None:
    found = Condition(column(1.0, 2.0).double()).extended(torch.tensor([[3.0, 4.0], [5.0, 6.0]]))
    assert found.pooled.tolist() == [[1, 3, 4], [2, 5, 6]]
    assert found.pooled.dtype == torch.float64


# What is known of samples


def test_what_is_missing_is_the_middle() -> None:
    sample = torch.tensor([[3.0, 4.0], [5.0, 6.0]])
    missing = torch.tensor([[1, 0], [0, 0]])
    masked = Masked.of(sample, missing, SPACE)
    assert masked.known.tolist() == [[2, 4], [5, 6]]
    assert masked.mask.dtype == torch.float32
    filled = masked.filled(torch.full((2, 2), 9.0).double())
    assert filled.tolist() == [[9, 4], [5, 6]]
    assert filled.dtype == torch.float64
    nothing = Masked.nothing(SPACE, (1,), torch.zeros(3, 5))
    assert (nothing.known.tolist(), nothing.mask.tolist()) == ([[2, 2]] * 3, [[1]] * 3)


def test_some_rows_of_it_and_one_several_times() -> None:
    masked = Masked(torch.tensor([[3.0, 4.0], [5.0, 6.0]]), column(1.0, 0.0))
    cut = masked.cut(slice(1, 2), torch.device("cpu"))
    assert (cut.known.tolist(), cut.mask.tolist()) == ([[5, 6]], [[0]])
    three = cut.repeated(3)
    assert (three.known.tolist(), three.mask.tolist()) == ([[5, 6]] * 3, [[0]] * 3)
    assert masked.repeated(2) is masked


# A making


def test_critiques_are_asked_for_once_and_only_if_wanted() -> None:
    critiqued: list[tuple[list[float], bool]] = []

    def discriminate(sample: torch.Tensor) -> Critique:
        critiqued.append((numbers(sample), torch.is_grad_enabled()))
        return Critique(sample[:, 0])

    gan: Any = drawn_up(Choice()).build()
    fake, real = column(1.0, 2.0), column(3.0, 4.0)
    making = GeneratorStep(gan.generators["x"], fake, Condition(fake), fake, real, discriminate)
    assert critiqued == []
    assert making.of_fake is making.of_fake
    assert making.of_real is making.of_real
    assert critiqued == [([1, 2], True), ([3, 4], False)]
    masked = Masked(column(9.0, 8.0), column(0.0, 1.0))
    repaired = GeneratorStep(
        gan.generators["x"], fake, Condition(fake, masked=masked), fake, real, discriminate
    )
    assert repaired.of_fake.logits.tolist() == [9, 2]
