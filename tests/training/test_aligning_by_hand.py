"""Made entries that an alignment pulls towards what is given; numbers worked out by hand.

u_a = 0.5 (1, 3) = (0.5, 1.5). Real samples are (3, 1), so u_x = 3 (3, 1) = (9, 3). What is made is
G = 0.5 (2, -4) + 2 (0.5, 1.5) = (2, 1), so u_x = (6, 3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import pytest
import torch
from torch import Tensor

from mmgan_core.contracts import Alignment, Encoding
from mmgan_core.training.phases import Networks
from tests.training.by_hand import (
    Choice,
    Game,
    Raised,
    Swapped,
    augmented,
    drawn_up,
    game,
    two_rows,
)

MADE = {"use": "x/y", "made": {"x": "by-hand/seen"}}


class Near(Alignment):
    """The mean of u_a u_x over the rows of x that are present."""

    takes_present: ClassVar[bool] = True

    def forward(
        self,
        encodings: Mapping[str, Encoding],
        same: Tensor,
        present: Mapping[str, Tensor] | None = None,
    ) -> Tensor:
        assert set(encodings) == set(self.dims) >= {"a", "x"}
        products = (encodings["a"].pooled * encodings["x"].pooled)[:, 0]
        if present is None:
            return products.mean()
        return products[present["a"] & present["x"]].mean()


def aligned(weight: float = 0.2, generator_weight: Any = 0.5, **chosen: Any) -> Game:
    align = {**MADE, "weight": weight, "generator_weight": generator_weight}
    return game(align=Near, recipe={"align": align}, **chosen)


def test_real_samples_join_the_alignment_and_teach_their_encoder() -> None:
    """(0.5 9 + 1.5 3) / 2 = 4.5; its slope by k is (0.5 3 + 1.5 1) / 2 = 1.5."""
    one, without = aligned(), game()
    batch = two_rows(one.blueprint, real=(3.0, 1.0))
    loss, metrics, slopes = one.play("discriminator", batch=batch)
    assert metrics["align"] == pytest.approx(4.5)
    assert loss - without.play("discriminator", batch=batch)[0] == pytest.approx(0.2 * 4.5)
    assert slopes["k"] == pytest.approx(0.2 * 1.5)


def test_generators_learn_to_make_what_is_near_what_was_given() -> None:
    """(0.5 6 + 1.5 3) / 2 = 3.75; its slope by g is 3 (0.5 2 - 1.5 4) / 2 = -7.5."""
    one, without = aligned(), game()
    loss, metrics, slopes = one.play("generator")
    before = without.play("generator")
    assert metrics["align/g"] == pytest.approx(3.75)
    assert loss - before[0] == pytest.approx(0.5 * 3.75)
    assert slopes["g"] - before[2]["g"] == pytest.approx(0.5 * -7.5)
    assert "w" not in slopes, "encoders of what is given learn in their own phase"


def test_the_weight_may_be_a_schedule() -> None:
    growing = {"from": 0.0, "to": 1.0, "over": 8}
    one, without = aligned(generator_weight=growing), game()
    halfway = [one.play("generator", samples=4)[0], without.play("generator", samples=4)[0]]
    assert halfway[0] - halfway[1] == pytest.approx(0.5 * 3.75)


def test_without_a_weight_generators_are_left_alone() -> None:
    one, without = aligned(generator_weight=0.0), game()
    assert one.play("generator")[:2] == without.play("generator")[:2]


def test_rows_of_which_the_generator_was_not_told_are_left_out() -> None:
    """The first row is hidden: G = (1, 1), and 1.5 3 = 4.5 alone counts."""
    assert aligned(hidden=(0,)).play("generator")[1]["align/g"] == pytest.approx(4.5)


def test_a_row_of_which_something_was_told_counts() -> None:
    """The first row has a, and no b: (0.5 3 + 1.5 3) / 2 = 3, and not 1.5 3."""
    one = aligned(given=("a", "b"))
    batch = two_rows(one.blueprint, real=(1.0, 1.0))
    batch = replace(batch, present={"b": torch.tensor([False, True])})
    assert one.play("discriminator", batch=batch)[1]["align"] == pytest.approx(3.0)


def test_what_mixes_rows_is_left_out() -> None:
    one = aligned(augment=[augmented(Swapped)])
    batch = two_rows(one.blueprint, real=(3.0, 1.0))
    assert one.play("discriminator", batch=batch)[1]["align"] == pytest.approx(4.5)


def test_their_encoders_see_what_discriminators_see() -> None:
    """Raised by 10: (0.5 3 13 + 1.5 3 11) / 2 = 34.5, made: (0.5 3 12 + 1.5 3 11) / 2 = 33.75."""
    one = aligned(augment=[augmented(Raised)])
    batch = two_rows(one.blueprint, real=(3.0, 1.0))
    assert one.play("discriminator", batch=batch)[1]["align"] == pytest.approx(34.5)
    assert one.play("generator")[1]["align/g"] == pytest.approx(33.75)


def test_their_encoders_learn_on_the_discriminators_side() -> None:
    networks = Networks(drawn_up(Choice(align=Near, recipe={"align": MADE})))
    names = {id(weight): name.split(".")[-1] for name, weight in networks.named_parameters()}
    assert [names[id(w)] for w in networks.discriminator_side()] == ["w", "d", "e", "k"]
    both = Choice(align=Near, recipe={"align": MADE}, train={"encoders": "generator"})
    networks = Networks(drawn_up(both))
    names = {id(weight): name.split(".")[-1] for name, weight in networks.named_parameters()}
    assert "k" in [names[id(w)] for w in networks.generator_side()]


def test_an_entry_without_a_vector_is_not_asked_for() -> None:
    """Only entries with a vector have a size, and only these are handed to an alignment."""
    one = game(given=("a", "b"), align=Near, recipe={"align": {**MADE, "given": ["a"]}})
    batch = two_rows(one.blueprint, real=(3.0, 1.0))
    assert one.play("discriminator", batch=batch)[1]["align"] == pytest.approx(4.5)
    assert isinstance(one.networks.align_encoders["x"], torch.nn.Module)


@pytest.mark.parametrize(
    ("align", "train", "why"),
    [
        ({"use": "x/y"}, {}, "at least two entries"),
        ({**MADE, "made": {"y": "x/y"}}, {}, "there is no made entry 'y'"),
        ({**MADE, "given": ["b"]}, {}, "there is no given entry 'b'"),
        ({**MADE, "given": []}, {}, "at least two entries"),
        (
            {**MADE, "generator_weight": 1.0},
            {"encoders": "generator"},
            "they would learn from made samples",
        ),
    ],
)
def test_what_cannot_be_is_refused(align: dict[str, Any], train: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        drawn_up(Choice(align=Near, recipe={"align": align}, train=train))


def test_a_weight_for_made_samples_needs_their_encoder() -> None:
    with pytest.raises(ValueError, match=r"name an encoder of them in align\.made"):
        drawn_up(
            Choice(
                given=("a", "b"),
                align=Near,
                recipe={"align": {"use": "x/y", "generator_weight": 1.0}},
            )
        )
