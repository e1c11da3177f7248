"""One step of training: which batch, which noise, which weights move, and how far."""

from __future__ import annotations

import json
from math import sqrt
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from mmgan_core.data.feed import Batch
from mmgan_core.errors import IntegrityError, MmganError
from mmgan_core.foundation.randomness import seed_step
from mmgan_core.recipe.training_keys import LearningRates
from mmgan_core.runs.checkpoint import checkpoints, load_checkpoint, save_checkpoint
from mmgan_core.training.phases import Networks
from mmgan_core.training.trainer import Diverged, Stopwatch, Trainer, describe
from tests.training.by_hand import (
    Alone,
    Alternating,
    Choice,
    D,
    E,
    G,
    H,
    Height,
    Pairs,
    Raised,
    W,
    augmented,
    drawn_up,
    trainer,
    weighted,
)

V, X = torch.tensor([1.0, 3.0]), torch.tensor([3.0, -1.0])


def weights(of: Trainer) -> dict[str, float]:
    return {name.split(".")[-1]: w.item() for name, w in of.networks.named_parameters()}


def drawn(*parts: object, count: int = 2) -> Tensor:
    """The noise of a phase: the first that is drawn after its seed."""
    seed_step(*parts)
    return torch.randn(count)


def discriminators_slope(now: dict[str, float], z: Tensor) -> dict[str, float]:
    """As worked out in ``test_phases_by_hand``, for any weights and noise; v as it is."""
    c = now["w"] * V
    y = now["g"] * z + now["h"] * c
    return {
        "d": (y.mean() - X.mean()).item(),
        "e": ((c * y).mean() - (c * X).mean()).item(),
        "w": (now["e"] * ((V * y).mean() - (V * X).mean())).item(),
    }


def generators_slope(now: dict[str, float], z: Tensor) -> dict[str, float]:
    """Likewise; v twice as large, for the generator phase has a batch of its own."""
    c = now["w"] * 2 * V
    told = now["d"] + now["e"] * c
    return {"g": -(z * told).mean().item(), "h": -(c * told).mean().item()}


def stepped(now: dict[str, float], slope: dict[str, float], rate: float) -> dict[str, float]:
    return {name: value - rate * slope.get(name, 0.0) for name, value in now.items()}


def test_two_steps_of_gradient_descent() -> None:
    """The discriminator's side first, then the generator beside the new discriminator."""
    training = trainer(recipe={"seed": 5})
    now = {"w": W, "g": G, "h": H, "d": D, "e": E}
    for step in range(2):
        training.train_step()
        now = stepped(now, discriminators_slope(now, drawn(5, step, "discriminator", 0)), 0.1)
        now = stepped(now, generators_slope(now, drawn(5, step, "generator", 0)), 0.1)
        assert weights(training) == pytest.approx(now, rel=1e-5), step
    assert (training.samples, training.step) == (4, 2)
    feed: Any = training.feed
    assert feed.asked == [(0, 0, 2), (1, 0, 2), (0, 2, 2), (1, 2, 2)]


def test_each_process_has_its_share_and_noise_of_its_own() -> None:
    noises = []
    for rank in range(3):
        training = trainer(Alone(rank, 3), train={"batch_size": 6}, recipe={"seed": 5})
        training.train_step()
        training.train_step()
        feed: Any = training.feed
        first, second = 2 * rank, 6 + 2 * rank
        assert feed.asked == [(0, first, 2), (1, first, 2), (0, second, 2), (1, second, 2)]
        assert (training.samples, training.step) == (12, 2)
        generator: Any = training.gan.generators["x"]
        asked = [noise[:, 0] for noise, _, _ in generator.asked]
        expected = [drawn(5, s, side, rank) for s in (0, 1) for side in training.sides]
        for found, wanted in zip(asked, expected, strict=True):
            assert torch.equal(found, wanted)
        noises += asked
    assert len({tuple(noise.tolist()) for noise in noises}) == len(noises)


def test_a_batch_that_cannot_be_shared_is_refused() -> None:
    with pytest.raises(MmganError, match=r"batch_size 2 cannot be shared by 3 processes") as told:
        trainer(Alone(0, 3))
    assert told.value.hint == "make it a multiple of 3"


def test_only_the_side_that_plays_is_trained() -> None:
    training = trainer()
    seen: list[set[str]] = []
    for side in ("discriminator", "generator"):
        play = getattr(training.phases, side)

        def noting(*args: Any, play: Any = play, **when: Any) -> Any:
            named = training.networks.named_parameters()
            seen.append({name.split(".")[-1] for name, w in named if w.requires_grad})
            return play(*args, **when)

        setattr(training.phases, side, noting)
    training.train_step()
    assert seen == [{"w", "d", "e"}, {"g", "h"}]
    assert all(module.training for module in training.networks.modules())


def test_the_average_follows_after_both_phases() -> None:
    """Half of an old weight is left after 4 samples, so 0.5 ** (2 / 4) of it after a step of 2."""
    training = trainer(train={"ema": {"half_life": 4.0}})
    first = weights(training)["g"]
    training.train_step()
    second = weights(training)["g"]
    shadow = training.ema.shadow["generators.x.g"].item()
    assert shadow == pytest.approx(sqrt(0.5) * first + (1 - sqrt(0.5)) * second)
    assert second != pytest.approx(first)


def test_the_average_goes_by_the_samples_of_all_processes() -> None:
    """Two in each of three processes, and a half-life of six."""
    training = trainer(Alone(0, 3), train={"batch_size": 6, "ema": {"half_life": 6.0}})
    first = weights(training)["g"]
    training.train_step()
    shadow = training.ema.shadow["generators.x.g"].item()
    assert shadow == pytest.approx((first + weights(training)["g"]) / 2)


def test_the_half_life_is_that_of_the_samples_seen_by_then() -> None:
    """From 0 (a copy) to 8 over 4 samples: 4 after the first step, 8 after the second."""
    grows = {"from": 0.0, "to": 8.0, "over": 4, "shape": "linear"}
    training = trainer(train={"ema": {"half_life": grows}})
    expected = weights(training)["g"]
    for half_life in (4, 8):
        training.train_step()
        keep = 0.5 ** (2 / half_life)
        expected = keep * expected + (1 - keep) * weights(training)["g"]
        assert training.ema.shadow["generators.x.g"].item() == pytest.approx(expected)


@pytest.mark.parametrize(("n_critic", "half_lives"), [(1, (2, 4, 6, 6)), (2, (4, 6, 6))])
def test_the_half_life_warms_up(n_critic: int, half_lives: tuple[float, ...]) -> None:
    """As long as all that was seen, after steps of 2 (or 4) samples, until it is 6."""
    warm = {"half_life": 6.0, "warm_up": 1.0}
    training = trainer(train={"ema": warm, "n_critic": n_critic, "learning_rate": 1e-3})
    expected = weights(training)["g"]
    for half_life in half_lives:
        training.train_step()
        keep = 0.5 ** (2 * n_critic / half_life)
        expected = keep * expected + (1 - keep) * weights(training)["g"]
        assert training.ema.shadow["generators.x.g"].item() == pytest.approx(expected)


def rates(of: Trainer) -> dict[str, float]:
    return {side: o.param_groups[0]["lr"] for side, o in of.optimizers.items()}


def test_players_have_rates_of_their_own_and_schedules() -> None:
    apart = {
        "generator": {"from": 0.01, "to": 0.0, "over": 4, "shape": "linear"},
        "discriminator": 0.0025,
    }
    training = trainer(train={"learning_rate": apart})
    assert isinstance(training.recipe.train.learning_rate, LearningRates)
    found = [rates(training)]
    for _ in range(3):
        training.train_step()
        found.append(rates(training))
    assert [f["discriminator"] for f in found] == [0.0025] * 4
    # The rate of a step is that of the samples seen before it.
    assert [f["generator"] for f in found] == pytest.approx([0.01, 0.01, 0.005, 0])
    before = weights(training)
    training.train_step()
    assert weights(training)["g"] == before["g"], "a rate of 0"
    assert weights(training)["d"] != before["d"]


def test_one_rate_is_for_both() -> None:
    falls = {"from": 1.0, "to": 0.0, "over": 4, "shape": "linear"}
    training = trainer(train={"learning_rate": falls})
    training.train_step()
    training.train_step()
    assert rates(training) == pytest.approx({"discriminator": 0.5, "generator": 0.5})


def test_adam_moves_by_its_rate_at_first_and_then_by_its_memories() -> None:
    """With betas (0.5, 0.75): m = 0.5 m + 0.5 g, s = 0.75 s + 0.25 g^2, both unbiased."""
    training = trainer(
        train={"optimizer": "adam", "learning_rate": 0.01, "betas": (0.5, 0.75)}, recipe={"seed": 5}
    )
    assert rates(training) == {"discriminator": 0.01, "generator": 0.01}
    now = {"w": W, "g": G, "h": H, "d": D, "e": E}
    m, s = dict.fromkeys(now, 0.0), dict.fromkeys(now, 0.0)
    for step in range(3):
        training.train_step()
        for side, of in (("discriminator", discriminators_slope), ("generator", generators_slope)):
            for name, slope in of(now, drawn(5, step, side, 0)).items():
                m[name] = 0.5 * m[name] + 0.5 * slope
                s[name] = 0.75 * s[name] + 0.25 * slope**2
                first, second = (
                    m[name] / (1 - 0.5 ** (step + 1)),
                    s[name] / (1 - 0.75 ** (step + 1)),
                )
                now[name] -= 0.01 * first / (sqrt(second) + 1e-8)
        assert weights(training) == pytest.approx(now, rel=1e-4), step
    for optimizer in training.optimizers.values():
        assert isinstance(optimizer, torch.optim.Adam)
        assert optimizer.defaults["fused"], "several times as fast"


def test_betas_follow_schedules() -> None:
    grows = {"from": 0.0, "to": 0.5, "over": 4, "shape": "linear"}
    falls = {"from": 0.9, "to": 0.5, "over": 4, "shape": "linear"}
    training = trainer(train={"optimizer": "adam", "betas": (grows, falls)})
    found = [training.optimizers["generator"].param_groups[0]["betas"]]
    for _ in range(3):
        training.train_step()
        found.append(training.optimizers["generator"].param_groups[0]["betas"])
    assert [one for one, _ in found] == pytest.approx([0, 0, 0.25, 0.5])
    assert [two for _, two in found] == pytest.approx([0.9, 0.9, 0.7, 0.5])


def test_gradients_are_averaged_and_then_clipped() -> None:
    """A factor stands for the other processes; the norm of each side is then cut to 0.5."""
    processes = Alone(factor=3.0)
    training = trainer(processes, train={"clip_gradient": 0.5}, recipe={"seed": 5})
    now = weights(training)
    training.train_step()
    slope = discriminators_slope(now, drawn(5, 0, "discriminator", 0))
    assert sorted(processes.averaged[0]) == pytest.approx(sorted(3 * s for s in slope.values()))
    norm = sqrt(sum((3 * s) ** 2 for s in slope.values()))
    assert norm > 0.5
    now = stepped(now, {name: 3 * s * 0.5 / norm for name, s in slope.items()}, 0.1)
    slope = generators_slope(now, drawn(5, 0, "generator", 0))
    norm = sqrt(sum((3 * s) ** 2 for s in slope.values()))
    now = stepped(now, {name: 3 * s * min(1.0, 0.5 / norm) for name, s in slope.items()}, 0.1)
    assert weights(training) == pytest.approx(now, rel=1e-4)
    assert [len(found) for found in processes.averaged] == [3, 2]


def test_what_is_clipped_follows_its_schedule() -> None:
    """From 1e-9, which stops all, to very much."""
    opens = {"from": 1e-9, "to": 1e9, "over": 2, "shape": "linear"}
    training = trainer(train={"clip_gradient": opens})
    training.train_step()
    assert weights(training) == pytest.approx({"w": W, "g": G, "h": H, "d": D, "e": E})
    training.train_step()
    assert weights(training)["d"] != pytest.approx(D)


def test_while_the_discriminators_side_is_idle_it_is_left_alone() -> None:
    training = trainer(make={"adversarial_start": 4}, auxiliary_losses=[weighted(Height)])
    training.train_step()
    training.train_step()
    feed: Any = training.feed
    assert feed.asked == [(1, 0, 2), (1, 2, 2)]
    assert (training.samples, training.step) == (4, 2)
    assert weights(training)["d"] == D
    assert weights(training)["g"] != G
    training.train_step()
    assert feed.asked[2:] == [(0, 4, 2), (1, 4, 2)]


def test_a_step_with_nothing_to_learn_moves_nothing() -> None:
    """The term is every second step's, and the discriminator does not play yet."""
    training = trainer(auxiliary_losses=[weighted(Height, every=2)], make={"adversarial_start": 99})
    training.train_step()
    before = weights(training)
    assert before["g"] != G
    training.train_step()
    assert weights(training) == before
    training.train_step()
    assert weights(training) != before
    assert (training.samples, training.step) == (6, 3)


def test_a_weight_that_a_loss_does_not_reach_stays_where_it_is() -> None:
    """Adam would go on by its memories of a gradient of 0; of none it knows nothing."""

    class Unasked(Alone):
        def average_gradients(self, parameters: Any) -> None: ...

    chosen = {"optimizer": "adam", "betas": (0.5, 0.9)}
    training = trainer(Unasked(), train=chosen)
    named = {n.split(".")[-1]: w for n, w in training.networks.named_parameters()}
    training._backward("discriminator", (named["d"] + named["e"]).sum(), anew=True)
    training._step("discriminator")
    before = weights(training)
    assert before["e"] != E
    training._backward("discriminator", named["d"].sum(), anew=True)
    training._step("discriminator")
    assert weights(training)["e"] == before["e"]
    assert weights(training)["d"] != before["d"]


def test_a_side_without_anything_that_learns_is_refused() -> None:
    blueprint = drawn_up(Choice())
    networks = Networks(blueprint)
    networks._learning = ("gan.generators.x.g",)
    with pytest.raises(MmganError, match="nothing learns in the discriminator's phase"):
        Trainer(blueprint, networks, Alternating(), Alone())


def test_lazy_parts_go_by_the_step_and_schedules_by_the_samples() -> None:
    """A term every third step; adversarial from the fourth sample on, which is the third step."""
    training = trainer(auxiliary_losses=[weighted(Height, every=3)], make={"adversarial_start": 4})
    terms, games = [], []
    for _ in range(5):
        training.train_step()
        found = training.metrics()
        terms.append(found["x/auxiliary"] != 0)
        games.append("x/g" in found)
    assert terms == [True, False, False, True, False]
    assert games == [False, False, True, True, True]


def test_metrics_are_means_since_they_were_last_asked_for() -> None:
    training = trainer()
    for values in ({"one": 1.0, "two": 5.0}, {"one": 2.0}, {"one": 6.0}):
        tensors = {name: torch.tensor(value) for name, value in values.items()}
        training._add(tensors, torch.tensor(0.0), 0)
    found = training.metrics()
    assert found == {"one": 3.0, "two": 5.0}
    assert all(isinstance(value, float) for value in found.values())
    assert training.metrics() == {}
    training._add({"one": torch.tensor(7.0)}, torch.tensor(0.0), 1)
    assert training.metrics() == {"one": 7.0}


def test_both_phases_are_measured() -> None:
    training = trainer(loss=Pairs, augment=[augmented(Raised)])
    training.train_step()
    assert set(training.metrics()) == {"x/d", "x/discriminator_accuracy", "x/diversity", "x/g"}


# What is not finite


@pytest.mark.parametrize(
    ("step", "phase", "said"),
    [(0, 0, "the discriminator's"), (0, 1, "the generator's"), (3, 0, "the discriminator's")],
)
def test_the_first_loss_that_is_not_finite_is_named(
    tmp_path: Path, step: int, phase: int, said: str
) -> None:
    training = trainer(Alone(1, 2), train={"batch_size": 4})
    for training.step in range(5):
        for number in range(2):
            bad = (training.step, number) >= (step, phase)
            training._add({}, torch.tensor(float("inf") if bad else 1.0), number)
    training.samples = 20
    (tmp_path / "checkpoints" / "000000000004").mkdir(parents=True)
    with pytest.raises(Diverged) as told:
        training.refuse_divergence(tmp_path)
    message = str(told.value)
    assert f"{said} loss was not finite in step {step} (at 20 samples)" in message
    feed: Any = training.feed
    # Its batch: that of the step, which began at 4 samples times as many, and of this process.
    assert feed.asked == [(phase, 4 * step + 2, 2)]
    file = tmp_path / "failed" / f"step-{step}.safetensors"
    assert f"its batch is in {file}" in message
    found = load_file(file)
    assert set(found) == {"real.x", "given.a.prepared"}
    assert found["real.x"][:, 0].tolist() == [3, -1]
    assert found["given.a.prepared"][:, 0].tolist() == [1 + phase, 3 + 3 * phase]


@pytest.mark.parametrize("value", [float("nan"), float("-inf")])
def test_a_weight_that_is_not_finite_broke_in_the_last_step(tmp_path: Path, value: float) -> None:
    training = trainer()
    for _ in range(3):
        training.train_step()
    training.refuse_divergence(tmp_path)
    with torch.no_grad():
        training.sides["generator"][1].fill_(value)
    with pytest.raises(Diverged, match=r"a weight was not finite in step 2 .* no checkpoint was"):
        training.refuse_divergence(tmp_path)
    feed: Any = training.feed
    assert feed.asked[-1] == (0, 4, 2)


def test_a_batch_that_failed_is_written_whatever_its_layout(tmp_path: Path) -> None:
    class Turned(Alternating):
        def batch(self, phase: int, start: int, count: int, device: torch.device) -> Batch:
            assert device == torch.device("cpu"), "a file is written"
            tensor = torch.arange(6.0).reshape(2, 3).T
            return Batch({"a": {"prepared": tensor}}, {"x": tensor}, torch.arange(3))

    training = trainer()
    training.feed = Turned()
    training._add({}, torch.tensor(float("nan")), 0)
    for _ in range(2):  # though its folder is there already
        with pytest.raises(Diverged):
            training.refuse_divergence(tmp_path)
    found = load_file(tmp_path / "failed" / "step-0.safetensors")
    assert [tensor.tolist() for tensor in found.values()] == [[[0, 3], [1, 4], [2, 5]]] * 2
    (tmp_path / "other").write_text("no folder")
    with pytest.raises(
        MmganError, match=r"the failed batch .*step-0\.safetensors cannot be written"
    ):
        training.refuse_divergence(tmp_path / "other")


def test_the_last_good_checkpoint_is_named(tmp_path: Path) -> None:
    training = trainer(train={"ema": {"half_life": 2}})
    for _ in range(2):
        training.train_step()
        training.save(tmp_path)
    training._add({}, torch.tensor(float("nan")), 0)
    with pytest.raises(Diverged, match=r"the last good checkpoint is .*000000000004\n"):
        training.refuse_divergence(tmp_path)


# Going on


def test_a_checkpoint_holds_all_that_going_on_needs(tmp_path: Path) -> None:
    chosen: Any = {
        "train": {"optimizer": "adam", "ema": {"half_life": 4, "warm_up": 0.7}, "keep": 2},
        "recipe": {"seed": 9},
    }
    processes = Alone()
    whole = trainer(processes, **chosen)
    for _ in range(3):
        whole.train_step()
        folder = whole.save(tmp_path)
    assert processes.waited == 3
    assert folder == tmp_path / "checkpoints" / "000000000006"
    assert [path.name for path in checkpoints(tmp_path)] == ["000000000004", "000000000006"]
    state = json.loads((folder / "state.json").read_text())
    assert (state["samples"], state["step"], state["seed"]) == (6, 3, 9)
    other = trainer(**chosen)
    other.restore(folder)
    assert (other.samples, other.step) == (6, 3)
    for one in (whole, other):
        one.train_step()
    assert weights(whole) == weights(other)
    for name, tensor in whole.ema.shadow.items():
        assert torch.equal(tensor, other.ema.shadow[name])


def test_only_the_main_process_saves(tmp_path: Path) -> None:
    processes = Alone(1, 2)
    assert trainer(processes).save(tmp_path) is None
    assert processes.waited == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("lost", ["weights", "ema", "generator_optimizer"])
def test_a_checkpoint_that_lacks_something_is_refused(tmp_path: Path, lost: str) -> None:
    training = trainer(train={"optimizer": "adam"})
    training.train_step()
    folder = training.save(tmp_path)
    assert folder
    tensors, state = load_checkpoint(folder)
    del tensors[lost]
    save_checkpoint(folder, tensors, state)
    with pytest.raises(IntegrityError, match="does not fit its recipe"):
        training.restore(folder)


def test_rates_count_samples_since_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([100.0, 104.0, 100.0])
    monkeypatch.setattr("time.perf_counter", lambda: next(now))
    watch = Stopwatch(50)
    assert watch.rate(70) == 5
    assert watch.rate(51) == pytest.approx(1e9)


def test_metrics_are_told_in_six_digits() -> None:
    assert describe({"one": 1 / 3, "two": 123456789.0}) == {"one": 0.333333, "two": 123457000.0}


def test_everything_is_on_the_device_of_its_process() -> None:
    class Elsewhere(Alone):
        def __init__(self) -> None:
            super().__init__()
            self.device = torch.device("meta")

    training = trainer(Elsewhere())
    tensors = [*training.networks.parameters(), training._first_bad, *training._noise().values()]
    assert {tensor.device.type for tensor in tensors} == {"meta"}


def test_players_are_in_training_whatever_they_were() -> None:
    blueprint = drawn_up(Choice())
    networks = Networks(blueprint).eval()
    Trainer(blueprint, networks, Alternating(), Alone())
    assert all(module.training for module in networks.modules())


def test_the_device_is_that_of_the_process() -> None:
    assert trainer().device == torch.device("cpu")
    assert isinstance(trainer().feed, Alternating)
