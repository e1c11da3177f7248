"""Which rows are changed, with what probability, and how the probability moves."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from mmgan_core.contracts import Augmentation, Change, Condition, Critique, SampleSpace
from mmgan_core.options import Options
from mmgan_core.recipe.schedule import Schedule
from mmgan_core.recipe.schema import Adaptive
from mmgan_core.training.augmenting import Augmenting
from tests.training.by_hand import Raised, Swapped, augmented, column

SPACE = SampleSpace("number", (1,))


class Tenfold(Raised):
    def sample(self, like: Tensor) -> Change:
        return Change(
            lambda sample: 10 * sample, augmentation_parameters=torch.full((len(like), 1), 3.0)
        )


class Plain(Augmentation):
    """A function and no more."""

    def sample(self, like: Tensor) -> Any:
        return lambda sample: sample + 1


def augmenting(*classes: type[Augmentation], relative: bool = False, **settings: Any) -> Augmenting:
    parts = [augmented(cls, **settings) for cls in classes]
    return Augmenting([cls(Options(), SPACE) for cls in classes], parts, relative)


def numbers(tensor: Tensor) -> list[float]:
    return tensor[:, 0].tolist()


def said(*logits: float) -> Critique:
    return Critique(torch.tensor(logits))


def test_changes_come_in_the_order_of_the_recipe() -> None:
    samples = column(1.0, 2.0)
    assert numbers(augmenting(Raised, Tenfold).sample(samples, 0).sample(samples)) == [110, 120]
    assert numbers(augmenting(Tenfold, Raised).sample(samples, 0).sample(samples)) == [20, 30]
    plain, condition = augmenting(Plain).sample(samples, 0), Condition(samples)
    assert numbers(plain.sample(samples)) == [2, 3]
    assert plain.condition(condition) is condition


def test_a_row_is_changed_where_a_draw_is_under_the_probability() -> None:
    """The draws of this seed: 0.4963, 0.7682, 0.0885."""
    samples = column(1.0, 2.0, 3.0)
    for probability, expected in (
        (0.4, [1, 2, 13]),
        (0.6, [11, 2, 13]),
        (0.8, [11, 12, 13]),
        (0.0, [1, 2, 3]),
    ):
        torch.manual_seed(0)
        drawn = augmenting(Raised, probability=probability).sample(samples, 0)
        assert numbers(drawn.sample(samples)) == expected


def test_pictures_are_changed_row_by_row() -> None:
    torch.manual_seed(0)
    pictures = torch.zeros(3, 2, 4, 4)
    changed = augmenting(Raised, probability=0.6).sample(pictures, 0).sample(pictures)
    assert changed.flatten(1).amax(1).tolist() == changed.flatten(1).amin(1).tolist() == [10, 0, 10]


def test_a_probability_of_one_draws_nothing() -> None:
    torch.manual_seed(0)
    state = torch.random.get_rng_state()
    augmenting(Raised).sample(column(1.0), 0)
    assert torch.equal(torch.random.get_rng_state(), state)
    augmenting(Raised, probability=0.99).sample(column(1.0), 0)
    assert not torch.equal(torch.random.get_rng_state(), state)


def test_probabilities_follow_schedules() -> None:
    falls = Schedule.model_validate({"from": 1.0, "to": 0.0, "over": 10})
    samples = column(1.0, 2.0)
    made = augmenting(Raised, probability=falls)
    assert numbers(made.sample(samples, 0).sample(samples)) == [11, 12]
    assert numbers(made.sample(samples, 10).sample(samples)) == [1, 2]


def test_an_adaptive_probability_is_the_one_it_has_found() -> None:
    """The draws of this seed: 0.4963, 0.7682, 0.0885; each augmentation has its own."""
    made = augmenting(Raised, Tenfold, adaptive=Adaptive())
    assert made.probability.tolist() == [0, 0]
    samples = column(1.0, 2.0, 3.0)
    made.probability[0] = 0.6
    torch.manual_seed(0)
    assert numbers(made.sample(samples, 0).sample(samples)) == [11, 2, 13]
    made.probability[1] = 1.0
    torch.manual_seed(0)
    assert numbers(made.sample(samples, 0).sample(samples)) == [110, 20, 130]


def test_what_is_told_is_told_of_changed_rows_alone() -> None:
    samples, condition = column(1.0, 2.0, 3.0), Condition(column(5.0, 6.0, 7.0))
    assert augmenting(Raised).sample(samples, 0).condition(condition) is condition
    both = augmenting(Raised, Tenfold, condition_discriminator=True).sample(samples, 0)
    assert both.condition(condition).pooled.tolist() == [[5, 7, 3], [6, 7, 3], [7, 7, 3]]
    torch.manual_seed(0)
    some = augmenting(Raised, condition_discriminator=True, probability=0.6).sample(samples, 0)
    assert some.condition(condition).pooled.tolist() == [[5, 7], [6, 0], [7, 7]]


def test_conditions_are_mixed_where_samples_are() -> None:
    """A quarter of one's own and three quarters of the other's: rows 0 and 2; 1 is its own."""
    samples, condition = column(0.0, 4.0, 8.0), Condition(column(8.0, 4.0, 0.0))
    whole = augmenting(Swapped).sample(samples, 0)
    assert numbers(whole.sample(samples)) == [6, 4, 2]
    assert numbers(whole.condition(condition).pooled) == [2, 4, 6]
    torch.manual_seed(0)  # 0.4963, 0.7682, 0.0885
    some = augmenting(Swapped, probability=0.2).sample(samples, 0)
    assert numbers(some.sample(samples)) == [0, 4, 2]
    assert numbers(some.condition(condition).pooled) == [8, 4, 6]


def test_slopes_are_of_samples_that_are_not_mixed_but_changed() -> None:
    samples, condition = column(0.0, 4.0, 8.0), Condition(column(8.0, 4.0, 0.0))
    both = augmenting(Swapped, Raised).sample(samples, 0)
    assert numbers(both.sample(samples)) == [16, 14, 12]
    assert numbers(both.unmixed().sample(samples)) == [10, 14, 18]
    assert numbers(both.unmixed().condition(condition).pooled) == [8, 4, 0]
    assert numbers(both.sample(samples)) == [16, 14, 12], "the draw itself is as it was"


# Adaptive probabilities


def moved(made: Augmenting, answers: list[Critique]) -> list[float]:
    found = []
    for answer in answers:
        made.observe(answer, said(*[0.0] * len(answer.logits)))
        found.append(round(made.probability[0].item(), 6))
    return found


UP, DOWN = said(1.0, 2.0, 3.0, -4.0), said(1.0, -2.0, -3.0, -4.0)  # mean signs 0.5 and -0.5


def test_every_fourth_step_it_moves_by_four_batches() -> None:
    """4 steps of 4 rows in 100 samples: 0.16 at a time; between 0 and 0.4."""
    made = augmenting(Raised, adaptive=Adaptive(target=0.4, most=0.4, over=100))
    assert moved(made, [UP] * 12) == [0, 0, 0, 0.16, 0.16, 0.16, 0.16, 0.32, 0.32, 0.32, 0.32, 0.4]
    assert moved(made, [DOWN] * 8) == [0.4, 0.4, 0.4, 0.24, 0.24, 0.24, 0.24, 0.08]
    assert moved(made, [DOWN] * 4)[-1] == 0


def test_it_goes_by_the_mean_sign_of_four_batches() -> None:
    """Three up and one down: a mean of 0.25, over a target of 0.2 and under one of 0.3."""
    answers = [UP, UP, DOWN, UP]
    for target, expected in ((0.2, 0.66), (0.3, 0.34), (0.25, 0.5)):
        made = augmenting(Raised, adaptive=Adaptive(target=target, most=0.9, over=100))
        made.probability.fill_(0.5)
        assert moved(made, answers)[-1] == pytest.approx(expected)
        assert made.signs.tolist() == [0, 0], "counted anew"


def test_between_it_remembers_signs_and_their_number() -> None:
    made = augmenting(Raised, adaptive=Adaptive())
    moved(made, [UP, DOWN, UP])
    assert made.signs.tolist() == [0.5, 3]
    names = set(made.state_dict())
    assert {"probability", "signs"} <= names


def test_each_goes_by_its_own_rule_and_fixed_ones_stay() -> None:
    parts = [
        augmented(Raised, adaptive=Adaptive(target=0.4, most=0.4, over=100)),
        augmented(Raised, adaptive=None),
        augmented(Raised, adaptive=Adaptive(target=0.6, most=0.9, over=50)),
    ]
    made = Augmenting([Raised(Options(), SPACE) for _ in parts], parts, False)
    made.probability.copy_(torch.tensor([0.1, 0.7, 0.5]))
    moved(made, [UP] * 4)
    assert made.probability.tolist() == pytest.approx([0.26, 0.7, 0.18])


def test_where_the_loss_compares_differences_count() -> None:
    """Reals -1 and -1, fakes -2 and -3: signs of reals -1, of differences 1."""
    for relative, expected in ((False, 0.2), (True, 0.5)):
        made = augmenting(Raised, relative=relative, adaptive=Adaptive(target=-0.5, over=10))
        made.probability.fill_(0.0 if relative else 1.0)
        for _ in range(4):
            made.observe(said(-1.0, -1.0), said(-2.0, -3.0))
        # 4 batches of 2 in 10: 0.8 up, or down; up no further than `most`, 0.8.
        assert made.probability.item() == pytest.approx({0.2: 0.2, 0.5: 0.8}[expected])


def test_fixed_ones_do_not_look() -> None:
    made = augmenting(Raised)
    made.observe(UP, DOWN)
    assert made.signs.tolist() == [0, 0]
    assert made.adaptive == [None]


def test_looking_leaves_no_gradient() -> None:
    made = augmenting(Raised, adaptive=Adaptive())
    logits = torch.tensor([1.0, 2.0], requires_grad=True)
    for _ in range(5):
        made.observe(Critique(logits), Critique(logits))
    assert not made.signs.requires_grad
    assert not made.probability.requires_grad
