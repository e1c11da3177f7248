"""Several discriminators, none, joint ones, several phases: the numbers of ``by_hand``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from mmgan_core.assembly.blueprint import Blueprint
from mmgan_core.assembly.parts import DiscriminatorPart, JointPart, WeightedPart
from mmgan_core.contracts import (
    AuxiliaryLoss,
    Condition,
    Critique,
    Encoding,
    GeneratorStep,
    JointDiscriminator,
)
from mmgan_core.errors import BadValue, RecipeError
from mmgan_core.recipe.schedule import Schedule
from mmgan_core.recipe.schema import Recipe
from mmgan_core.training.phases import Networks, Phases
from mmgan_core.training.trainer import Trainer
from tests.training.by_hand import (
    Alone,
    Alternating,
    Choice,
    Difference,
    Game,
    Height,
    Pairs,
    Product,
    Scaled,
    Slope,
    column,
    drawn_up,
    part,
    weighted,
)

HALFWAY = Schedule.model_validate({"from": 0.0, "to": 1.0, "over": 10, "shape": "linear"})


class Sum(JointDiscriminator):
    """D(x, y, c) = f (x + 3 y) + c."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.f = nn.Parameter(torch.tensor(2.0))

    def forward(self, samples: Mapping[str, Tensor], condition: Condition) -> Critique:
        x, y = (samples[name] for name in self.spaces)
        return Critique((self.f * (x + 3 * y) + condition.pooled[:, :1])[:, 0])


class Readable(Scaled):
    """u = w v, of samples too."""

    def of_sample(self, sample: Tensor) -> Encoding:
        return Encoding(self.w * sample)


class Learned(AuxiliaryLoss):
    """s times the mean of what is made: a weight of its own."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.s = nn.Parameter(torch.tensor(3.0))

    def forward(self, step: GeneratorStep) -> Tensor:
        return self.s * step.fake.mean()


def played(blueprint: Blueprint, **recipe: Any) -> Game:
    """A game of a blueprint, of which some keys of the recipe are replaced."""
    if recipe:
        plain = blueprint.recipe.plain()
        for key, value in recipe.items():
            plain[key] = {**plain[key], **value}
        blueprint = replace(blueprint, recipe=Recipe.model_validate(plain))
    networks = Networks(blueprint)
    return Game(blueprint, networks, Phases(blueprint, networks))


def with_discriminators(*several: DiscriminatorPart, **chosen: Any) -> Game:
    """A game in which x has these discriminators."""
    blueprint = drawn_up(Choice(**chosen))
    make = replace(blueprint.make["x"], several=several)
    return played(replace(blueprint, make={"x": make}))


def one(name: str, weight: Any = 1.0, loss: Any = Difference, *penalties: WeightedPart):
    return DiscriminatorPart(name, part(Product), part(loss), penalties, weight)


def joined(
    weight: Any = 1.0, penalties: Sequence[WeightedPart] = (), loss: Any = Difference
) -> Game:
    """A game in which x and y have no discriminators but a joint one, ``both``."""
    blueprint = drawn_up(Choice(made=("x", "y")))
    make = {n: replace(p, discriminator=None, loss=None) for n, p in blueprint.make.items()}
    chosen = DiscriminatorPart("both", part(Sum), part(loss), tuple(penalties), weight)
    joint = {"both": JointPart(("x", "y"), chosen)}
    recipe = blueprint.recipe.plain()
    for entry in recipe["make"].values():
        entry |= {"discriminator": None, "loss": None}
    recipe["joint"] = {"both": {"of": ["x", "y"], "discriminator": "a/b", "loss": "a/b"}}
    whole = replace(blueprint, make=make, joint=joint, recipe=Recipe.model_validate(recipe))
    return played(whole)


# Several discriminators


def test_every_discriminator_learns_its_own_loss_and_has_its_own_metrics() -> None:
    """Both are the same: -0.25 each, however much they weigh; dL/dw is -2.5 of each."""
    two = with_discriminators(one("x"), one("x-2", 0.5))
    loss, metrics, slopes = two.play("discriminator")
    assert loss == pytest.approx(-0.5)
    assert metrics == pytest.approx(
        {
            "x/d": -0.25,
            "x/discriminator_accuracy": 0.5,
            "x/diversity": 0.25,
            "x-2/d": -0.25,
            "x-2/discriminator_accuracy": 0.5,
        }
    )
    assert slopes["w"] == pytest.approx(-5)
    names = list(two.networks.gan.discriminators)
    assert names == ["x", "x-2"]


def test_generators_minimise_the_weighted_losses_of_all() -> None:
    """L_G = -1.75 of each: 1 + 0.5 times, and nothing of one that weighs nothing."""
    two = with_discriminators(one("x"), one("x-2", 0.5), one("x-far", 0.0))
    loss, metrics, _ = two.play("generator")
    assert loss == pytest.approx(-1.75 * 1.5)
    assert metrics == pytest.approx({"x/g": -1.75, "x-2/g": -1.75, "x-far/g": -1.75})


def test_weights_of_discriminators_follow_their_schedules() -> None:
    two = with_discriminators(one("x"), one("x-2", HALFWAY))
    assert two.play("generator", samples=5)[0] == pytest.approx(-1.75 * 1.5)


def test_each_has_its_own_loss_and_penalties() -> None:
    """Slope: 5.5, times 0.1 in the second alone, whose generator loss compares: 2 - 1.75."""
    two = with_discriminators(one("x"), one("x-2", 1.0, Pairs, weighted(Slope, 0.1)))
    assert two.play("discriminator")[0] == pytest.approx(-0.25 - 0.25 + 0.55)
    assert two.play("generator")[0] == pytest.approx(-1.75 + (2 - 1.75))


# None


def test_auxiliary_losses_alone_teach_generators_and_encoders() -> None:
    """The mean of g z + h c: dL/dg = mean z = -1, dL/dh = mean c = 1, dL/dw = h mean v = 4."""
    blueprint = drawn_up(Choice(auxiliary_losses=[weighted(Height)]))
    make = replace(blueprint.make["x"], discriminator=None, loss=None)
    plain = blueprint.recipe.plain()
    plain["make"]["x"] |= {"discriminator": None, "loss": None, "auxiliary_losses": ["a/b"]}
    alone = played(replace(blueprint, make={"x": make}, recipe=Recipe.model_validate(plain)))
    loss, metrics, slopes = alone.play("generator")
    assert loss == pytest.approx(1.5)
    assert metrics == pytest.approx({"x/auxiliary": 1.5})
    assert slopes == pytest.approx({"g": -1, "h": 1, "w": 4})
    assert alone.phases.idle(0)
    assert alone.networks.discriminator_side() == []
    training = Trainer(alone.blueprint, alone.networks, Alternating(), Alone())
    assert list(training.optimizers) == ["generator"]
    training.train_step()
    assert training.samples == 2
    assert {phase for phase, _, _ in training.feed.asked} == {1}  # type: ignore[attr-defined]


def test_a_loss_that_needs_a_discriminator_says_that_there_is_none() -> None:
    class Judged(AuxiliaryLoss):
        def forward(self, step: GeneratorStep) -> Tensor:
            return step.of_fake.logits.mean()

    blueprint = drawn_up(Choice(auxiliary_losses=[weighted(Judged)]))
    make = replace(blueprint.make["x"], discriminator=None, loss=None)
    with pytest.raises(RecipeError, match=r"by\.hand: x has no discriminator"):
        played(replace(blueprint, make={"x": make})).play("generator")


@pytest.mark.parametrize("side", ["discriminator", "generator"])
def test_encoders_learn_with_whom_the_recipe_says(side: str) -> None:
    """In the generator phase: -mean D(G) by w is -h mean v (d + e c) = -2 (1.5 + 1.5) / 2 = -3."""
    game = played(drawn_up(Choice(train={"encoders": side})))
    found = {phase: game.play(phase)[2].get("w") for phase in ("discriminator", "generator")}
    expected = {"discriminator": {"discriminator": -2.5, "generator": None}}
    expected["generator"] = {"discriminator": None, "generator": -3.0}
    assert found == expected[side], "and not of the condition beside what is made"
    assert len(game.networks.generator_side()) == (3 if side == "generator" else 2)


# Joint discriminators


def test_a_joint_discriminator_sees_the_rows_of_all_entries_together() -> None:
    """Real x = y = (3, -1): 2 * 4 x + c = (24.5, -6.5), mean 9; made (2, 1): (16.5, 9.5), mean 13.

    dL/df = mean 4 (y - x) = 4 * 0.5 = 2; dL/dw by c is 0, that of both being the same.
    """
    game = joined()
    loss, metrics, slopes = game.play("discriminator")
    assert loss == pytest.approx(13 - 9)
    assert slopes["f"] == pytest.approx(2)
    assert metrics == pytest.approx(
        {
            "both/d": 4,
            "both/discriminator_accuracy": 0.5,
            "x/diversity": 0.25,
            "y/diversity": 0.25,
        }
    )
    loss, metrics, slopes = game.play("generator")
    assert loss == pytest.approx(-13)
    assert metrics == pytest.approx({"both/g": -13})
    # -mean (2 z + 6 z) = 8: x has the first share, and y three times as much.
    assert slopes["g"] in (pytest.approx(2), pytest.approx(6))
    assert joined(weight=0.5).play("generator")[0] == pytest.approx(-6.5)
    assert joined(loss=Pairs).play("generator")[0] == pytest.approx(9 - 13)
    assert list(game.networks.gan.discriminators) == ["both"]
    assert not any("both" in name for name in game.networks.gan.maker_state())


def test_penalties_of_a_joint_discriminator_take_the_slope_by_all_samples() -> None:
    """Slope: the mean over both columns of x f (1, 3): real 2 (1 + 3) / 2 * mean 1 = 4, made 6.

    4 + 2 * 6 = 16, with weight 0.1.
    """
    assert joined(penalties=[weighted(Slope, 0.1)]).play("discriminator")[0] == pytest.approx(5.6)


# Weights of losses


def test_weights_of_an_auxiliary_loss_learn_in_the_generator_phase_and_are_not_exported() -> None:
    game = played(drawn_up(Choice(auxiliary_losses=[weighted(Learned)])))
    loss, _, slopes = game.play("generator")
    assert loss == pytest.approx(-1.75 + 3 * 1.5)
    assert slopes["s"] == pytest.approx(1.5)
    own = [w for w in game.networks.parameters() if w.shape == () and w.item() == 3]
    assert any(w is own[0] for w in game.networks.generator_side())
    assert not any(w is own[0] for w in game.networks.discriminator_side())
    assert not any(name.endswith(".s") for name in game.networks.gan.maker_state())
    assert "auxiliary_losses.x.0.s" in game.networks.state_dict()


# Several phases


def test_discriminators_have_several_phases_each_on_a_new_batch() -> None:
    blueprint = drawn_up(Choice(train={"n_critic": 3}))
    feed = Alternating()
    training = Trainer(blueprint, Networks(blueprint), feed, Alone())
    training.train_step()
    training.train_step()
    assert training.samples == 12, "real samples that discriminators have seen"
    assert training.step == 2
    assert [start for phase, start, _ in feed.asked if phase == 0] == [0, 2, 4, 6, 8, 10]
    assert [start for phase, start, _ in feed.asked if phase == 1] == [0, 2]
    assert [phase for phase, _, _ in feed.asked] == [0, 0, 0, 1] * 2


def test_lazy_penalties_count_the_phases_of_discriminators() -> None:
    seen: list[tuple[str, int, int]] = []
    blueprint = drawn_up(Choice(train={"n_critic": 2}))
    training = Trainer(blueprint, Networks(blueprint), Alternating(), Alone())
    for side in ("discriminator", "generator"):
        whole = getattr(training.phases, side)

        def noting(*given: Any, side: str = side, whole: Any = whole, **named: Any) -> Any:
            seen.append((side, named["step"], named["samples"]))
            return whole(*given, **named)

        setattr(training.phases, side, noting)
    training.train_step()
    training.train_step()
    assert seen == [
        ("discriminator", 0, 0),
        ("discriminator", 1, 2),
        ("generator", 0, 2),
        ("discriminator", 2, 4),
        ("discriminator", 3, 6),
        ("generator", 1, 6),
    ]


# What is given, and noise


def test_entries_are_conditioned_on_what_they_name_alone() -> None:
    """c_x = u_a + u_b = (1, 3), c_y = u_b = (0.5, 1.5): G_x = (3, 4), G_y = (2, 1)."""
    blueprint = drawn_up(Choice(given=("a", "b"), made=("x", "y")))
    plain = blueprint.recipe.plain()
    plain["make"]["y"]["given"] = ["b"]
    game = played(replace(blueprint, recipe=Recipe.model_validate(plain)))
    fused: list[Mapping[str, Tensor]] = []
    fuse = game.networks.gan.fuse

    def noting(*given: Any, **named: Any) -> Condition:
        fused.append(given[1])
        return fuse(*given, **named)

    game.networks.gan.fuse = noting  # type: ignore[method-assign]
    game.play("generator")
    made = {name: game.networks.gan.generators[name].asked for name in ("x", "y")}
    assert made["x"][0][1].pooled.tolist() == [[1], [3]]
    assert made["y"][0][1].pooled.tolist() == [[0.5], [1.5]]
    assert [set(present) for present in fused] == [{"a", "b"}, {"b"}], "one for each subset"


def test_all_entries_share_one_condition_as_a_rule() -> None:
    game = played(drawn_up(Choice(given=("a", "b"), made=("x", "y"))))
    game.play("generator")
    asked = [game.networks.gan.generators[name].asked[0][1] for name in ("x", "y")]
    assert asked[0] is asked[1]


def test_a_mismatch_is_one_of_what_the_entry_is_conditioned_on() -> None:
    """Only b, whose value is another row's: c = (1.5, 0.5)."""
    blueprint = drawn_up(Choice(given=("a", "b"), made=("x", "y"), make={"matching_aware": 1.0}))
    plain = blueprint.recipe.plain()
    plain["make"]["x"]["given"] = ["b"]
    game = played(replace(blueprint, recipe=Recipe.model_validate(plain)))
    for seed in range(4):
        torch.manual_seed(seed)
        game.play("discriminator")
    judge: Any = game.networks.gan.discriminators["x"]
    assert {tuple(c.pooled[:, 0].tolist()) for _, c in judge.saw} == {(0.5, 1.5), (1.5, 0.5)}


def test_entries_may_share_noise() -> None:
    blueprint = drawn_up(Choice(made=("x", "y")))
    plain = blueprint.recipe.plain()
    plain["make"]["y"]["noise"] = "x"
    shared = replace(blueprint, recipe=Recipe.model_validate(plain))
    training = Trainer(shared, Networks(shared), Alternating(), Alone())
    assert list(training._noise()) == ["x"]
    gan = training.gan
    made = gan.make({"x": column(2.0, -4.0)}, Condition(column(0.5, 1.5)))
    assert made["x"].tolist() == made["y"].tolist() == [[2], [1]]


# Other made entries


class Towards(AuxiliaryLoss):
    """The mean of what the other entry makes of what this one made, as given a."""

    def forward(self, step: GeneratorStep) -> Tensor:
        other = step.other("y")
        condition = step.condition_from({"a": step.fake}, of="y")
        return other.generator(other.noise, condition).mean() + 0 * other.fake.mean()


def readable(blueprint: Blueprint) -> Blueprint:
    given = {n: replace(p, encoder=part(Readable)) for n, p in blueprint.given.items()}
    return replace(blueprint, given=given)


def test_what_one_entry_makes_can_be_given_to_another() -> None:
    """x makes (2, 1), which encodes as (1, 0.5); y makes of it 0.5 z + 2 c = (3, -1), mean 1.

    Its gradient by the generator of x goes through the encoder: dL/dh_x = h w mean c = 1.
    """
    blueprint = readable(drawn_up(Choice(made=("x", "y"), auxiliary_losses=[weighted(Towards)])))
    make = {**blueprint.make, "y": replace(blueprint.make["y"], auxiliary_losses=())}
    game = played(replace(blueprint, make=make))
    loss, metrics, _ = game.play("generator")
    assert metrics["x/auxiliary"] == pytest.approx(1)
    assert loss == pytest.approx(-1.75 * 2 + 1)
    generators: Any = game.networks.gan.generators
    # -mean c (d + e c) = -(0.75 + 0.75) / 2 of its own discriminator.
    assert generators["x"].h.grad.item() == pytest.approx(-0.75 + 1)
    assert len(generators["y"].asked) == 2, "its own samples are made only once"


def test_what_cannot_be_encoded_or_is_not_there_is_refused() -> None:
    blueprint = drawn_up(Choice(made=("x", "y"), auxiliary_losses=[weighted(Towards)]))
    with pytest.raises(RecipeError, match=r"by\.hand: Scaled cannot encode samples"):
        played(blueprint).play("generator")
    alone = readable(drawn_up(Choice(auxiliary_losses=[weighted(Towards)])))
    with pytest.raises(RecipeError, match="there is no other made entry 'y'"):
        played(alone).play("generator")
    steps: list[GeneratorStep] = []

    class Noted(AuxiliaryLoss):
        def forward(self, step: GeneratorStep) -> Tensor:
            steps.append(step)
            return step.fake.mean()

    played(readable(drawn_up(Choice(auxiliary_losses=[weighted(Noted)])))).play("generator")
    with pytest.raises(BadValue, match="nothing is given as 'b': choose from: a"):
        steps[0].condition_from({"b": steps[0].fake})
    assert steps[0].encodings["a"].pooled.tolist() == [[0.5], [1.5]]
    assert not steps[0].encodings["a"].pooled.requires_grad


# Inferred noise


def inferring(loss: Any = Difference, *penalties: WeightedPart) -> Game:
    """Noise is inferred as z = 0.5 x: (1.5, -0.5) of real samples; fakes have (2, -4)."""
    blueprint = readable(drawn_up(Choice(given=(), penalties=penalties, loss=loss)))
    make = replace(blueprint.make["x"], inference=part(Readable))
    plain = blueprint.recipe.plain()
    plain["make"]["x"]["inference"] = "a/b"
    return played(replace(blueprint, make={"x": make}, recipe=Recipe.model_validate(plain)))


@pytest.fixture
def unconditional(monkeypatch: pytest.MonkeyPatch) -> None:
    """A generator that needs no condition: G(z) = 0.5 z."""
    from tests.training.by_hand import Line

    monkeypatch.setattr(Line, "forward", lambda self, noise, condition: noise @ self.g)


@pytest.mark.usefixtures("unconditional")
def test_discriminators_see_inferred_noise_beside_real_samples() -> None:
    """D(x, z) = x (2 - z): real x = (3, -1), z = (1.5, -0.5): (1.5, -2.5), mean -0.5.

    Made x = (1, -2), z = (2, -4): (0, -12), mean -6. L_D = -6 + 0.5.
    """
    game = inferring()
    loss, _, slopes = game.play("discriminator")
    assert loss == pytest.approx(-5.5)
    assert set(slopes) == {"d", "e"}
    judge: Any = game.networks.gan.discriminators["x"]
    assert [c.pooled[:, 0].tolist() for _, c in judge.saw] == [[1.5, -0.5], [2, -4]]


@pytest.mark.usefixtures("unconditional")
@pytest.mark.parametrize(("loss", "value"), [(Difference, 6 - 0.5), (Pairs, 5.5 + 5.5)])
def test_what_infers_noise_plays_on_the_generators_side(loss: Any, value: float) -> None:
    """L_G = 6, and of inference mean D(x) = -0.5; in pairs -0.5 + 6, twice.

    dL/dw = mean of x (2 - w x) by w = -mean x^2 = -5, once: each side learns once.
    """
    game = inferring(loss)
    found, metrics, slopes = game.play("generator")
    assert metrics["x/g"] == pytest.approx(5.5 if loss is Pairs else 6)
    assert found == pytest.approx(value)
    assert slopes["w"] == pytest.approx(-5)


@pytest.mark.usefixtures("unconditional")
def test_penalties_take_the_slope_by_the_noise_too() -> None:
    """D by x and z is (2 - z, -x); times (x, z): real (1.5, -4.5), (-2.5, -0.5); mean -1.5.

    Made (0, -2), (-12, -8): mean -5.5. Slope: -1.5 - 11 = -12.5.
    """
    assert inferring(Difference, weighted(Slope)).play("discriminator")[0] == pytest.approx(
        -5.5 - 12.5
    )
