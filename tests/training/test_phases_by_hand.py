"""Losses, metrics and gradients of both phases; the numbers are worked out in ``by_hand``."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from mmgan_core.contracts import AuxiliaryLoss, Critique, GeneratorStep
from mmgan_core.errors import BadValue, RecipeError
from mmgan_core.recipe.schedule import Schedule
from mmgan_core.recipe.schema import Adaptive
from mmgan_core.training.adversaries import diversity, in_float
from mmgan_core.training.phases import Networks
from mmgan_objectives.contrastive import Contrastive
from tests.training.by_hand import (
    Apart,
    Choice,
    Difference,
    Game,
    Height,
    Line,
    Pairs,
    Product,
    Raised,
    Same,
    Slope,
    Swapped,
    augmented,
    drawn_up,
    game,
    part,
    two_rows,
    weighted,
)

HALFWAY = Schedule.model_validate({"from": 0.0, "to": 1.0, "over": 10, "shape": "linear"})


def saw(played: Game) -> list[list[float]]:
    """What the discriminator judged, in order."""
    judge = played.networks.gan.discriminators["x"]
    assert isinstance(judge, Product)
    return [sample[:, 0].tolist() for sample, _ in judge.saw]


def told(played: Game) -> list[list[list[float]]]:
    """Beside which pooled conditions."""
    judge = played.networks.gan.discriminators["x"]
    assert isinstance(judge, Product)
    return [condition.pooled.tolist() for _, condition in judge.saw]


# The discriminator phase


def test_the_discriminators_side_learns_from_real_and_made_samples() -> None:
    """L = mean D(y) - mean D(x) = 1.75 - 2.

    dL/dd = mean y - mean x = 1.5 - 1
    dL/de = mean c y - mean c x = (1 + 1.5) / 2 - (1.5 - 1.5) / 2 = 1.25
    dL/dw = e (mean v y - mean v x) = -((2 + 3) / 2 - (3 - 3) / 2) = -2.5: the condition beside a
    sample learns, and that which made it does not, nor does the generator.
    """
    loss, metrics, slopes = game().play("discriminator")
    assert loss == pytest.approx(-0.25)
    assert slopes == pytest.approx({"d": 0.5, "e": 1.25, "w": -2.5})
    # 4.5 > 3, but not -0.5 > 0.5; the spread is 0.5 sqrt 2 of fakes and 2 sqrt 2 of reals.
    assert metrics == pytest.approx(
        {"x/d": -0.25, "x/discriminator_accuracy": 0.5, "x/diversity": 0.25}
    )


def test_fakes_are_made_without_a_gradient_and_judged_after_reals() -> None:
    played = game()
    played.play("discriminator")
    generator = played.networks.gan.generators["x"]
    assert isinstance(generator, Line)
    ((noise, condition, gradients),) = generator.asked
    assert noise[:, 0].tolist() == [2, -4]
    assert not gradients
    assert not condition.pooled.requires_grad
    assert saw(played) == [[3, -1], [2, 1]]


def test_a_batch_of_one_has_no_variety() -> None:
    played = game()
    one = two_rows(played.blueprint, [0], [1.0], [3.0])
    assert set(played.play("discriminator", batch=one)[1]) == {"x/d", "x/discriminator_accuracy"}


def test_reals_that_are_all_alike_do_not_divide_by_nothing() -> None:
    played = game()
    alike = two_rows(played.blueprint, real=(1.0, 1.0))
    variety = played.play("discriminator", batch=alike)[1]["x/diversity"]
    assert variety == pytest.approx(0.5**0.5 / 1e-6)


def test_real_samples_are_to_be_told_from_made_ones() -> None:
    """D(x) = (4.5, 1.5) lies over D(y) = (3, 0.5)."""
    played = game()
    high = two_rows(played.blueprint, real=(3.0, 3.0))
    assert played.play("discriminator", batch=high)[1]["x/discriminator_accuracy"] == 1
    low = two_rows(played.blueprint, real=(1.0, 0.0))
    assert played.play("discriminator", batch=low)[1]["x/discriminator_accuracy"] == 0


def test_variety_is_the_mean_spread_over_the_mean_spread() -> None:
    """Of what is made: sqrt 2 and 2 sqrt 2; of reals 2 sqrt 2 and 4 sqrt 2; and none."""
    made = torch.tensor([[0.0, 0.0, 1.0], [2.0, 4.0, 1.0]])
    real = torch.tensor([[0.0, 0.0, 5.0], [4.0, 8.0, 5.0]])
    found = diversity("x", real, made)
    assert found["x/diversity"].item() == pytest.approx(0.5)
    found = diversity("x", real[:, :1], made[:, 1:])
    assert found["x/diversity"].item() == pytest.approx((2 + 0) / 2 / 2)


def test_equal_logits_are_not_told_apart() -> None:
    played = game()
    same = two_rows(played.blueprint, real=(2.0, 1.0))  # what is made
    assert played.play("discriminator", batch=same)[1]["x/discriminator_accuracy"] == 0


@pytest.mark.parametrize("step", range(9))
def test_a_lazy_penalty_counts_as_often_as_it_is_left_out(step: int) -> None:
    """Slope: mean x (d + e c) = 2 at reals, and 2 times 1.75 at fakes: 5.5.

    Its gradients: d: mean x + 2 mean y = 1 + 3; e: mean c x + 2 mean c y = 0 + 2.5; and none in w.
    Every fourth step it counts with 0.1 times 4.
    """
    counts = 0.4 if step in (0, 4, 8) else 0.0
    lazy = game(penalties=[weighted(Slope, 0.1, every=4)])
    loss, metrics, slopes = lazy.play("discriminator", step=step)
    assert loss == pytest.approx(-0.25 + counts * 5.5)
    expected = {"d": 0.5 + counts * 4, "e": 1.25 + counts * 2.5, "w": -2.5}
    assert slopes == pytest.approx(expected)
    assert metrics["x/d"] == pytest.approx(-0.25), "the adversarial loss alone"


def test_penalties_add_up_and_their_weights_follow_schedules() -> None:
    both = game(penalties=[weighted(Slope, HALFWAY), weighted(Slope, 0.25, every=2)])
    loss = both.play("discriminator", step=2, samples=5)[0]
    assert loss == pytest.approx(-0.25 + 0.5 * 5.5 + 0.25 * 2 * 5.5)
    assert both.play("discriminator", step=1, samples=5)[0] == pytest.approx(-0.25 + 0.5 * 5.5)
    assert both.play("generator", step=2, samples=5)[0] == pytest.approx(-1.75), "D's alone"


def test_half_precision_ends_where_losses_and_penalties_begin() -> None:
    """The penalty itself refuses autocast and other logits than floats; all numbers are exact."""
    half = game(train={"precision": "bf16"}, penalties=[weighted(Slope)])
    assert half.play("discriminator")[0] == pytest.approx(-0.25 + 5.5)
    game_of_x: Any = half.phases.losses["x"]
    assert game_of_x.kinds == [torch.float32] * 2
    judge: Any = half.networks.gan.discriminators["x"]
    fakes = [sample for sample, _ in judge.saw if sample[0, 0] == 2]
    assert {sample.dtype for sample in fakes} == {torch.float32}
    assert {condition.pooled.dtype for _, condition in judge.saw[:2]} == {torch.bfloat16}
    assert {condition.pooled.dtype for _, condition in judge.saw[2:]} == {torch.float32}
    assert half.play("generator")[0] == pytest.approx(-1.75)
    assert game_of_x.kinds == [torch.float32] * 3
    generator: Any = half.networks.gan.generators["x"]
    assert {condition.pooled.dtype for _, condition, _ in generator.asked} == {torch.bfloat16}
    wrong = game(train={"precision": "bf16"}, make={"matching_aware": 1.0})
    assert wrong.play("discriminator")[0] == pytest.approx(-0.25 - 2)
    game_of_x = wrong.phases.losses["x"]
    assert game_of_x.kinds == [torch.float32] * 4


def test_readings_are_floats_too() -> None:
    half = Critique(torch.zeros(2).bfloat16(), (torch.zeros(1),), torch.zeros(2, 1).bfloat16())
    found = in_float(half)
    assert found.reading is not None
    assert (found.logits.dtype, found.reading.dtype) == (torch.float32, torch.float32)
    assert found.features is half.features


def test_half_precision_is_bf16_on_every_device(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another device than a CPU would take another kind when it is told none."""
    told: list[Any] = []

    class Noting(torch.autocast):
        def __init__(self, *args: Any, **settings: Any) -> None:
            told.append((*args, settings))
            super().__init__(*args, **settings)

    half = game(train={"precision": "bf16"}, penalties=[weighted(Slope)])
    monkeypatch.setattr(torch, "autocast", Noting)
    half.play("discriminator")
    half.play("generator")
    bf16 = ("cpu", {"dtype": torch.bfloat16})
    assert told == [bf16, ("cpu", {"enabled": False}), bf16]


def test_full_precision_is_full_everywhere() -> None:
    full = game(train={"precision": "fp32"}, penalties=[weighted(Slope)])
    full.play("discriminator")
    judge: Any = full.networks.gan.discriminators["x"]
    assert {condition.pooled.dtype for _, condition in judge.saw} == {torch.float32}


def test_wrong_conditions_weigh_what_the_recipe_says() -> None:
    """Each row stands beside the other's condition: d + e c = (0.5, 1.5), D = (1.5, -1.5).

    The term is their mean less that of D(x, c): 0 - 2.
    """
    wrong = game(make={"matching_aware": 0.5})
    loss, metrics, _ = wrong.play("discriminator")
    assert loss == pytest.approx(-0.25 + 0.5 * -2)
    assert metrics["x/matching_aware"] == pytest.approx(-2)
    assert metrics["x/d"] == pytest.approx(-0.25)
    assert saw(wrong) == [[3, -1], [2, 1], [3, -1]]
    assert [pooled[0] for pooled in told(wrong)] == [[0.5], [0.5], [1.5]]
    growing = game(make={"matching_aware": HALFWAY.model_dump(by_alias=True)})
    assert growing.play("discriminator", samples=5)[0] == pytest.approx(-1.25)
    assert growing.play("generator", samples=5)[0] == pytest.approx(-1.75)


def test_rows_of_one_meaning_are_no_mismatch() -> None:
    wrong = game(make={"matching_aware": 0.5})
    same = two_rows(wrong.blueprint, meaning=(7, 7))
    assert wrong.play("discriminator", batch=same)[1]["x/matching_aware"] == pytest.approx(0)


def test_readings_are_of_real_samples_here_and_of_made_ones_there() -> None:
    """v = (1, -3), so that c = (0.5, -1.5) is (1, -1) at unit length, and G = (2, -5) also.

    Real (3, 1) reads (1, 1): of the first row that is right, and of the second, 20 at the
    temperature 0.1, wrong: mean 10. What is made reads as it should.
    L_D = mean D(y) - mean D(x), d + e c = (1.5, 3.5): (3 - 17.5) / 2 - (4.5 + 3.5) / 2 = -11.25.
    """
    reading = game(make={"auxiliary_classifier": 0.25})
    batch = two_rows(reading.blueprint, given=(1.0, -3.0), real=(3.0, 1.0))
    loss, metrics, _ = reading.play("discriminator", batch=batch)
    assert metrics["x/auxiliary_classifier"] == pytest.approx(10)
    assert loss == pytest.approx(-11.25 + 0.25 * 10)
    assert reading.play("generator", batch=batch)[0] == pytest.approx(7.25)
    # Made samples, not real ones: rows of one meaning are both right, and half of it is far off.
    same = two_rows(reading.blueprint, (4, 4), (1.0, -3.0), (3.0, 1.0))
    assert reading.play("generator", batch=same)[0] == pytest.approx(7.25 + 0.25 * 10)


def test_readings_weigh_as_their_schedule_says_in_both_phases() -> None:
    growing = game(make={"auxiliary_classifier": HALFWAY.model_dump(by_alias=True)})
    same = two_rows(growing.blueprint, (4, 4), (1.0, -3.0), (3.0, -1.0))
    # d + e c = (1.5, 3.5): L_D = -7.25 - (4.5 - 3.5) / 2
    assert growing.play("discriminator", samples=5, batch=same)[0] == pytest.approx(-7.75 + 5)
    assert growing.play("generator", samples=5, batch=same)[0] == pytest.approx(7.25 + 5)


def test_only_those_that_ask_stand_beside_wrong_conditions() -> None:
    two = game(made=("x", "y"))
    two.phases.make["y"].matching_aware = 0.5
    loss, metrics, _ = two.play("discriminator")
    assert "x/matching_aware" not in metrics
    assert metrics["y/matching_aware"] == pytest.approx(-2)
    assert loss == pytest.approx(-0.25 - 0.25 - 1)


def test_real_samples_are_data_and_get_no_gradient() -> None:
    changed = game(data_augment=[augmented(Raised)], penalties=[weighted(Slope)])
    batch = two_rows(changed.blueprint)
    real = batch.real["x"].requires_grad_()
    changed.play("discriminator", batch=batch)
    judge: Any = changed.networks.gan.discriminators["x"]
    assert not judge.saw[0][0].requires_grad
    assert real.grad is None
    assert batch.real["x"] is real, "the batch itself stays as it is"
    as_it_is = game(penalties=[weighted(Slope)])
    as_it_is.play("discriminator", batch=batch)  # the penalty refuses samples with a gradient


def test_alignment_weighs_what_the_recipe_says() -> None:
    """Two entries: c = (1, 3), d + e c = (1, -1), G = (3, 4), D(x) = (3, 1), D(G) = (3, -4).

    L = -0.5 - 2; the sum of u_i u_j is 0.25 + 2.25 for rows that differ, and 4 for rows alike.
    """
    aligned = game(given=("a", "b"), align=Apart, recipe={"align": {"use": "x/y", "weight": 0.2}})
    loss, metrics, _ = aligned.play("discriminator")
    assert metrics["align"] == pytest.approx(2.5)
    assert loss == pytest.approx(-2.5 + 0.2 * 2.5)
    alike = two_rows(aligned.blueprint, meaning=(3, 3))
    assert aligned.play("discriminator", batch=alike)[0] == pytest.approx(-2.5 + 0.2 * 4)
    plain = HALFWAY.model_dump(by_alias=True)
    growing = game(given=("a", "b"), align=Apart, recipe={"align": {"use": "x/y", "weight": plain}})
    assert growing.play("discriminator", samples=5)[0] == pytest.approx(-2.5 + 0.5 * 2.5)


def test_hidden_entries_are_hidden_from_both_players() -> None:
    """The first row is shown nothing: c = (0, 1.5), G = (1, 1), d + e c = (2, 0.5)."""
    hidden = game(hidden=(0,))
    assert hidden.play("discriminator")[0] == pytest.approx((2 + 0.5) / 2 - (6 - 0.5) / 2)
    assert hidden.play("generator")[0] == pytest.approx(-(2 + 0.5) / 2)


def test_nothing_given_is_a_condition_of_no_numbers() -> None:
    alone = game(given=())
    with pytest.raises(RuntimeError, match="shape"):  # G by hand wants one number
        alone.play("discriminator")
    generator: Any = alone.networks.gan.generators["x"]
    assert generator.asked[0][1].pooled.shape == (2, 0)


# The generator phase


def test_the_generator_learns_from_what_it_makes() -> None:
    """L = -mean D(G) = -1.75.

    dL/dg = -mean z (d + e c) = -(3 - 2) / 2;  dL/dh = -mean c (d + e c) = -(0.75 + 0.75) / 2;
    the condition is given: nothing in w.
    """
    loss, metrics, slopes = game().play("generator")
    assert loss == pytest.approx(-1.75)
    assert slopes["g"] == pytest.approx(-0.5)
    assert slopes["h"] == pytest.approx(-0.75)
    assert "w" not in slopes
    assert metrics == pytest.approx({"x/g": -1.75})


def test_reals_are_compared_with_where_the_loss_wants_them() -> None:
    """L = mean D(x) - mean D(y) = 2 - 1.75; D(x) has no gradient: in d, -mean y alone."""
    pairs = game(loss=Pairs)
    loss, _, slopes = pairs.play("generator")
    assert loss == pytest.approx(0.25)
    assert slopes["d"] == pytest.approx(-1.5)
    assert saw(pairs) == [[3, -1], [2, 1]]


@pytest.mark.parametrize("step", range(5))
def test_a_lazy_term_counts_as_often_as_it_is_left_out(step: int) -> None:
    """Height: mean G = 1.5; in g: mean z = -1; in h: mean c = 1. Every second step, 0.3 times 2."""
    counts = 0.6 if step % 2 == 0 else 0.0
    lazy = game(auxiliary_losses=[weighted(Height, 0.3, every=2)])
    loss, metrics, slopes = lazy.play("generator", step=step)
    assert loss == pytest.approx(-1.75 + counts * 1.5)
    assert metrics == pytest.approx({"x/g": -1.75, "x/auxiliary": counts * 1.5})
    assert slopes["g"] == pytest.approx(-0.5 - counts)
    assert slopes["h"] == pytest.approx(-0.75 + counts)


def test_terms_add_up_and_their_weights_follow_schedules() -> None:
    both = game(auxiliary_losses=[weighted(Height, HALFWAY), weighted(Height, 0.25, every=2)])
    loss, metrics, _ = both.play("generator", step=2, samples=5)
    assert metrics["x/auxiliary"] == pytest.approx(0.5 * 1.5 + 0.25 * 2 * 1.5)
    assert loss == pytest.approx(-1.75 + 1.5)
    assert both.play("discriminator", step=2, samples=5)[0] == pytest.approx(-0.25), "G's alone"


def test_terms_alone_teach_until_the_discriminator_plays() -> None:
    late = game(make={"adversarial_start": 8}, auxiliary_losses=[weighted(Height)])
    assert late.phases.adversarial(7) == []
    assert late.phases.adversarial(8) == ["x"]
    assert late.phases.idle(7)
    assert not late.phases.idle(8)
    loss, metrics, _ = late.play("generator", samples=7)
    assert loss == pytest.approx(1.5)
    assert metrics == pytest.approx({"x/auxiliary": 1.5})
    assert saw(late) == [], "nobody asked"
    assert late.play("discriminator", samples=7)[:2] == (0, {})
    loss, metrics, _ = late.play("generator", samples=8)
    assert loss == pytest.approx(-1.75 + 1.5)
    assert metrics == pytest.approx({"x/g": -1.75, "x/auxiliary": 1.5})
    assert late.play("discriminator", samples=8)[0] == pytest.approx(-0.25)


def test_with_an_alignment_the_discriminators_side_is_never_idle() -> None:
    aligned = game(
        given=("a", "b"),
        align=Apart,
        recipe={"align": "x/y"},
        make={"adversarial_start": 8},
        auxiliary_losses=[weighted(Height)],
    )
    assert not aligned.phases.idle(0)
    assert aligned.play("discriminator", samples=0)[:2] == (2.5, {"align": 2.5})


def test_a_term_sees_the_whole_making() -> None:
    seen: list[GeneratorStep] = []

    class Noting(AuxiliaryLoss):
        def forward(self, making: GeneratorStep) -> torch.Tensor:
            seen.append(making)
            return making.fake.mean()

    played = game(auxiliary_losses=[weighted(Noting)])
    played.play("generator")
    (making,) = seen
    assert making.generator is played.networks.gan.generators["x"]
    assert making.noise[:, 0].tolist() == [2, -4]
    assert making.condition.pooled[:, 0].tolist() == [0.5, 1.5]
    assert making.fake[:, 0].tolist() == [2, 1]
    assert making.real[:, 0].tolist() == [3, -1]
    assert making.of_fake.logits.tolist() == [3, 0.5]
    assert making.of_real.logits.tolist() == [4.5, -0.5]


def test_a_term_that_cannot_work_names_its_place() -> None:
    class Sulking(AuxiliaryLoss):
        def forward(self, making: GeneratorStep) -> torch.Tensor:
            raise BadValue("not today")

    with pytest.raises(RecipeError, match=r"by\.hand: not today"):
        game(auxiliary_losses=[weighted(Sulking)]).play("generator")


def test_what_is_made_twice_is_added_up() -> None:
    two = game(made=("x", "y"), auxiliary_losses=[weighted(Height)])
    loss, metrics, _ = two.play("discriminator")
    assert loss == pytest.approx(-0.5)
    assert {"x/d", "y/d"} <= set(metrics)
    loss, metrics, _ = two.play("generator")
    assert loss == pytest.approx(2 * (-1.75 + 1.5))
    assert set(metrics) == {"x/g", "x/auxiliary", "y/g", "y/auxiliary"}


def test_one_may_play_while_another_is_taught() -> None:
    two = game(made=("x", "y"), auxiliary_losses=[weighted(Height)])
    two.phases.make["y"].adversarial_start = 1
    loss, metrics, _ = two.play("discriminator")
    assert loss == pytest.approx(-0.25)
    assert "y/d" not in metrics
    assert two.play("generator")[0] == pytest.approx(-1.75 + 1.5 + 1.5)


# Samples that are changed


def test_real_and_made_samples_are_changed_alike_and_it_is_told() -> None:
    """10 higher: D(x) = (13 * 1.5, 9 * 0.5), D(y) = (12 * 1.5, 11 * 0.5)."""
    raised = game(
        augment=[augmented(Raised, condition_discriminator=True)], penalties=[weighted(Slope)]
    )
    loss, metrics, _ = raised.play("discriminator")
    assert loss == pytest.approx(11.75 - 12 + 5.5)
    assert saw(raised) == [[13, 9], [12, 11]] * 2, "also under a penalty"
    assert told(raised) == [[[0.5, 7], [1.5, 7]]] * 4
    assert metrics["x/diversity"] == pytest.approx(0.25), "of the samples themselves"
    assert raised.play("generator")[0] == pytest.approx(-11.75)
    generator: Any = raised.networks.gan.generators["x"]
    assert {condition.pooled.shape[1] for _, condition, _ in generator.asked} == {1}, "D alone"


def test_mixed_rows_stand_beside_mixed_conditions_and_slopes_are_unmixed() -> None:
    """A quarter is kept: c = (1.25, 0.75), d + e c = (0.75, 1.25), x = (0, 2), y = (1.25, 1.75).

    L = (0.9375 + 2.1875) / 2 - (0 + 2.5) / 2 = 0.3125; the slope is that of unmixed samples, 5.5.
    """
    mixed = game(augment=[augmented(Swapped)], penalties=[weighted(Slope)])
    assert mixed.play("discriminator")[0] == pytest.approx(0.3125 + 5.5)
    assert saw(mixed) == [[0, 2], [1.25, 1.75], [3, -1], [2, 1]]
    assert told(mixed)[2] == [[0.5], [1.5]]
    loss, _, slopes = mixed.play("generator")
    assert loss == pytest.approx(-1.5625)
    # Each row learns of its own quarter: -mean 0.25 z (d + e c) = -0.25 (1.5 - 5) / 2
    assert slopes["g"] == pytest.approx(0.4375)


def test_wrong_conditions_are_mixed_too() -> None:
    """Wrong c = (1.5, 0.5), mixed (0.75, 1.25): d + e c = (1.25, 0.75), and x = (0, 2)."""
    wrong = game(make={"matching_aware": 1.0}, augment=[augmented(Swapped)])
    metrics = wrong.play("discriminator")[1]
    assert metrics["x/matching_aware"] == pytest.approx((0 + 1.5) / 2 - 1.25)


def test_varied_samples_are_real_ones_in_both_phases() -> None:
    """10 higher: D(x) = (13 * 1.5, 9 * 0.5), mean 12."""
    varied = game(loss=Pairs, data_augment=[augmented(Raised)])
    assert varied.play("discriminator")[0] == pytest.approx(1.75 - 12)
    assert varied.play("generator")[0] == pytest.approx(12 - 1.75)
    assert saw(varied) == [[13, 9], [2, 1]] * 2


def test_what_varies_follows_its_schedule() -> None:
    late = Schedule.model_validate({"from": 0.0, "to": 1.0, "over": 10})
    varied = game(data_augment=[augmented(Raised, probability=late)])
    varied.play("discriminator", samples=0)
    varied.play("discriminator", samples=10)
    assert saw(varied)[::2] == [[3, -1], [13, 9]]


def test_augmentations_follow_their_schedules_in_both_phases() -> None:
    late = Schedule.model_validate({"from": 0.0, "to": 1.0, "over": 10})
    raised = game(augment=[augmented(Raised, probability=late)])
    for samples in (0, 10):
        raised.play("discriminator", samples=samples)
        raised.play("generator", samples=samples)
    assert saw(raised) == [[3, -1], [2, 1], [2, 1], [13, 9], [12, 11], [12, 11]]


@pytest.mark.parametrize(
    ("loss", "real", "moved"),
    [
        (Difference, (1.0, 1.0), 0.4),  # D(x) = (1.5, 0.5): mean sign 1
        (Difference, (-1.0, -1.0), -0.5),  # though D(y) = (3, 0.5)
        (Pairs, (1.0, 1.0), -0.5),  # D(x) - D(y) = (-1.5, 0): mean sign -0.5
        (Pairs, (3.0, 3.0), 0.4),  # (1.5, 1)
    ],
)
def test_adaptive_probabilities_hear_of_the_right_answers(
    loss: Any, real: tuple[float, float], moved: float
) -> None:
    """4 batches of 2 in 16: half the way up, but not over 0.9, or down, from 0.5 on."""
    rule = Adaptive(target=0.0, most=0.9, over=16)
    adaptive = game(augment=[augmented(Same, adaptive=rule), augmented(Same)], loss=loss)
    batch = two_rows(adaptive.blueprint, real=real)
    augmenting: Any = adaptive.networks.augmentations["x"]
    augmenting.probability.copy_(torch.tensor([0.5, 0.2]))
    for number in range(4):
        metrics = adaptive.losses("discriminator", batch=batch)[1]
        if not number:
            first = metrics["x/augment_probability"]
    assert augmenting.probability[0].item() == pytest.approx(0.5 + moved)
    assert metrics["x/augment_probability"].item() == pytest.approx(max(0.5 + moved, 0.2))
    assert first.item() == 0.5, "it was, and is not looked up when it is read"
    assert adaptive.play("generator", batch=batch)[1].keys() == {"x/g"}
    assert augmenting.signs.tolist() == [0, 0], "the generator phase does not count"


def test_without_adaptive_probabilities_none_are_told() -> None:
    raised = game(augment=[augmented(Raised)])
    assert "x/augment_probability" not in raised.play("discriminator")[1]


# Repairs


def test_what_is_known_is_put_back_before_it_is_judged() -> None:
    """The first row is missing: y = (2, -1), D(y) = (3, -0.5), mean 1.25. Terms see what was made.

    What is known: 2, the middle of the range from -2 to 6, and -1.
    """
    repairing = game(make={"repair": {"masks": ["first"]}}, auxiliary_losses=[weighted(Height)])
    assert repairing.play("discriminator")[0] == pytest.approx(1.25 - 2)
    loss, metrics, slopes = repairing.play("generator")
    assert metrics == pytest.approx({"x/g": -1.25, "x/auxiliary": 1.5})
    assert loss == pytest.approx(0.25)
    assert slopes["g"] == pytest.approx(-0.5 * 2 * 1.5 - 1), "adversarial: of the first row alone"
    judge: Any = repairing.networks.gan.discriminators["x"]
    generator: Any = repairing.networks.gan.generators["x"]
    conditions = [c for _, c in judge.saw] + [c for _, c, _ in generator.asked]
    assert len(conditions) == 3 + 2
    for condition in conditions:
        assert condition.masked.known[:, 0].tolist() == [2, -1]
        assert condition.masked.mask[:, 0].tolist() == [1, 0]


def test_a_wrong_condition_is_wrong_in_what_is_given_alone() -> None:
    repairing = game(make={"repair": {"masks": ["first"]}, "matching_aware": 1.0})
    repairing.play("discriminator")
    judge: Any = repairing.networks.gan.discriminators["x"]
    wrong = judge.saw[2][1]
    assert wrong.pooled[:, 0].tolist() == [1.5, 0.5]
    assert wrong.masked.mask[:, 0].tolist() == [1, 0]


# The networks


def test_each_weight_is_of_one_side() -> None:
    networks = Networks(
        drawn_up(Choice(given=("a", "b"), align=Contrastive, recipe={"align": "x/y"}))
    )
    names = {id(weight): name.split(".")[-1] for name, weight in networks.named_parameters()}
    assert [names[id(w)] for w in networks.discriminator_side()] == ["w", "w", "d", "e"]
    assert [names[id(w)] for w in networks.generator_side()] == ["g", "h"]
    assert isinstance(networks.generator_side(), list), "gone through again and again"


def test_alignments_are_drawn_from_the_seed_and_one() -> None:
    chosen = Choice(given=("a", "b"), align=Contrastive, recipe={"align": "x/y", "seed": 41})
    blueprint = replace(drawn_up(chosen), align=part(Contrastive, dim=3))
    before = torch.random.get_rng_state()
    found = Networks(blueprint).align
    assert torch.equal(torch.random.get_rng_state(), before), "the global state is left alone"
    torch.manual_seed(42)
    expected = Contrastive(Contrastive.Options(dim=3), {"a": 1, "b": 1})
    assert found is not None
    for key, weight in expected.state_dict().items():
        assert torch.equal(found.state_dict()[key], weight)


def test_losses_that_compare_make_adaptive_probabilities_compare() -> None:
    for loss, relative in ((Pairs, True), (None, False)):
        chosen = {"loss": loss} if loss else {}
        played = game(augment=[augmented(Raised)], data_augment=[augmented(Raised)], **chosen)
        augmenting: Any = played.networks.augmentations["x"]
        varying: Any = played.networks.data_augmentations["x"]
        assert augmenting.relative is relative
        assert varying.relative is False
    assert list(game().networks.data_augmentations) == []


@pytest.mark.parametrize("channels", [1, 2])
def test_pictures_weights_lie_channels_last(channels: int) -> None:
    """What a convolution makes lies as its weights do, those of a single channel too."""

    class Pictured(Line):
        def __init__(self, *sizes: Any) -> None:
            super().__init__(*sizes)
            self.convolution = torch.nn.Conv2d(channels, 2, 3)

    blueprint = drawn_up(Choice())
    make = replace(blueprint.make["x"], generator=part(Pictured))
    networks = Networks(replace(blueprint, make={"x": make}))
    generator: Any = networks.gan.generators["x"]
    weight = generator.convolution.weight
    assert weight.is_contiguous(memory_format=torch.channels_last)
    made = generator.convolution(torch.zeros(2, channels, 8, 8))
    assert made.is_contiguous(memory_format=torch.channels_last)
