"""The average of the weights, number by number."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from mmgan_core.assembly.gan import GAN
from mmgan_core.contracts import (
    Condition,
    ConditionSpace,
    Critique,
    Discriminator,
    Generator,
    SampleSpace,
)
from mmgan_core.options import Options
from mmgan_core.recipe.training_keys import Ema as AverageKeys
from mmgan_core.training.ema import Ema


class Maker(Generator):
    """A learned number, one that only is kept, a count, and a fixed whole number."""

    def __init__(self) -> None:
        super().__init__(Options(), SampleSpace("number", (1,)), ConditionSpace(0))
        self.learned = nn.Parameter(torch.tensor(0.0))
        self.mean = nn.Buffer(torch.tensor(0.0))
        self.count = nn.Buffer(torch.tensor(0))
        self.fixed = nn.Parameter(torch.tensor(0), requires_grad=False)

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        return noise


class Critic(Discriminator):
    """Weights that are not averaged."""

    def __init__(self, options: Options, space: SampleSpace, condition: ConditionSpace) -> None:
        super().__init__(options, space, condition)
        self.layer = nn.Linear(1, 1)

    def forward(self, sample: Tensor, condition: Condition) -> Critique:
        return Critique(self.layer(sample))


def gan() -> GAN:
    return GAN(
        {}, {}, None, {"x": Maker()}, {"x": Critic(Options(), Maker().space, Maker().condition)}
    )


def become(of: GAN, learned: float, mean: float = 0.0, count: int = 0) -> None:
    with torch.no_grad():
        for name, value in (("learned", learned), ("mean", mean), ("count", count)):
            of.generators["x"].state_dict()[name].fill_(value)


def shadow(of: Ema) -> tuple[float, float, int]:
    values = [of.shadow[f"generators.x.{name}"].item() for name in ("learned", "mean", "count")]
    return values[0], values[1], int(values[2])


@pytest.mark.parametrize(
    ("batch", "half_life", "expected"),
    [
        (4, 4.0, 4.0),  # half of the way from 0 to 8
        (8, 4.0, 6.0),  # two half-lives: a quarter of the old is left
        (2, 4.0, 8 * (1 - 0.5**0.5)),
        (1, 3.0, 8 * (1 - 0.5 ** (1 / 3))),
        (4, 0.0, 8.0),  # a copy
        (4, float("inf"), 0.0),  # it stays where it began
    ],
)
def test_an_old_weight_counts_half_after_a_half_life(
    batch: int, half_life: float, expected: float
) -> None:
    live = gan()
    average = Ema(live)
    become(live, 8.0)
    average.update(live, batch=batch, half_life=half_life)
    assert shadow(average)[0] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("half_life", "warm_up", "samples", "expected"),
    [
        (10_000, 0.05, 64, 3.2),
        (10_000, 0.05, 2_000, 100),
        (10_000, 0.05, 200_000, 10_000),  # from here on it is reached
        (10_000, 0.05, 900_000, 10_000),
        (10_000, 0.0, 64, 10_000),  # no warm-up
        (0, 0.05, 64, 0),
        (float("inf"), 0.5, 64, 32),
    ],
)
def test_a_half_life_grows_with_what_was_seen_until_it_is_reached(
    half_life: float, warm_up: float, samples: int, expected: float
) -> None:
    assert Ema.warmed_up(half_life, warm_up, samples) == pytest.approx(expected)


def test_updates_follow_one_another() -> None:
    live = gan()
    average = Ema(live)
    for value, expected in ((8.0, 4.0), (8.0, 6.0), (0.0, 3.0)):
        become(live, value)
        average.update(live, batch=1, half_life=1.0)
        assert shadow(average)[0] == pytest.approx(expected)
        assert live.generators["x"].learned.item() == value, "live weights stay"


def test_what_is_not_learned_is_copied() -> None:
    live = gan()
    average = Ema(live)
    become(live, 8.0, 6.0, 3)
    average.update(live, batch=4, half_life=4.0)
    assert shadow(average) == (4.0, 6.0, 3)
    with torch.no_grad():
        live.generators["x"].fixed.fill_(5)
    average.update(live, batch=4, half_life=4.0)
    assert average.shadow["generators.x.fixed"].item() == 5


def test_discriminators_are_not_averaged() -> None:
    names = {f"generators.x.{name}" for name in ("learned", "mean", "count", "fixed")}
    assert set(Ema(gan()).shadow) == names


def test_an_average_is_of_its_own() -> None:
    live = gan()
    average = Ema(live)
    become(live, 8.0, 6.0, 3)
    assert shadow(average) == (0.0, 0.0, 0)
    assert not any(tensor.requires_grad for tensor in average.shadow.values())


def test_a_saved_average_is_taken_over() -> None:
    live = gan()
    average = Ema(live)
    become(live, 8.0, 6.0, 3)
    average.load({name: tensor.clone() for name, tensor in live.maker_state().items()})
    assert shadow(average) == (8.0, 6.0, 3)
    become(live, 1.0)
    assert shadow(average) == (8.0, 6.0, 3)


def test_it_is_applied_for_a_while() -> None:
    live = gan()
    average = Ema(live)
    become(live, 8.0, 6.0, 3)
    live.train()

    def looked_at() -> None:
        with average.applied(live):
            assert live.generators["x"].learned.item() == 0.0
            assert live.generators["x"].mean.item() == 0.0
            assert not live.training
            raise RuntimeError("while it is applied")

    with pytest.raises(RuntimeError, match="while it is applied"):
        looked_at()
    assert live.generators["x"].learned.item() == 8.0
    assert live.generators["x"].mean.item() == 6.0
    assert live.generators["x"].count.item() == 3
    assert live.training
    assert shadow(average) == (0.0, 0.0, 0)


@pytest.mark.parametrize(
    ("average", "samples", "expected"),
    [
        (AverageKeys(half_life=10_000), 20_000, 0.25),
        (AverageKeys(half_life=10_000, warm_up=0.05), 20_000, 0.0),
        (AverageKeys(half_life=0), 20_000, 0.0),
    ],
)
def test_how_much_of_the_start_is_left_in_the_average(
    average: AverageKeys, samples: int, expected: float
) -> None:
    assert Ema.left_of_the_start(average, samples) == expected
