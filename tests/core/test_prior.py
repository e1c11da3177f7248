"""The prior: mixtures worked out by hand, and what is drawn from them."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from mmgan_core.errors import IntegrityError, RecipeError
from mmgan_core.inference.expectation_maximisation import chosen_mixture, fitted_mixture
from mmgan_core.inference.mixture import Mixture
from mmgan_core.inference.model import Model
from mmgan_core.inference.prior import Directions, Prior
from mmgan_core.recipe.reading import check
from tests.training.by_hand import Choice, column, drawn_up

EYE = torch.eye(1, dtype=torch.float64)
CPU = torch.device("cpu")
NOISE = {"x": column(2.0), "y": column(2.0)}


def double(*numbers: Any) -> torch.Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


def two_points() -> Prior:
    """u is (0.1, 1) or (0.2, 2) for the entries (a, b), each in half of all rows."""
    mixture = Mixture(
        double(0.5, 0.5), double([-1, -1], [1, 1]), 1e-6 * torch.eye(2).double().repeat(2, 1, 1)
    )
    return Prior(
        mixture, {n: Directions(double(3 * s), double([s])) for n, s in (("a", 0.05), ("b", 0.5))}
    )


# Mixtures


def test_em_finds_two_clusters() -> None:
    """-2 and -1 with shares of a half, 5 and 7 likewise: means -1.5 and 6, deviations 0.5 and 1."""
    rows = double(*([-2], [-1]) * 10, *([5], [7]) * 30)
    found = fitted_mixture(rows, 2)
    order = found.means[:, 0].argsort()
    assert found.weights[order].tolist() == pytest.approx([0.25, 0.75])
    assert found.means[order, 0].tolist() == pytest.approx([-1.5, 6])
    assert found.factors[order, 0, 0].tolist() == pytest.approx([0.5, 1], rel=0.01)


def test_held_out_rows_decide_how_many_components() -> None:
    random = torch.Generator().manual_seed(0)
    normal = torch.randn(400, 2, generator=random, dtype=torch.float64)
    assert len(chosen_mixture(normal, 16).weights) <= 2
    far = normal + 20 * (torch.arange(400) % 4)[:, None]
    assert len(chosen_mixture(far, 4).weights) == 4


@pytest.mark.parametrize("rows", [[[1.0, 2.0]], [[1.0, 2.0]] * 40, [[0.0, 0.0], [1.0, 0.0]] * 20])
def test_rows_that_are_alike_can_be_fitted(rows: list[list[float]]) -> None:
    found = chosen_mixture(double(*rows), 8)
    assert found.means.isfinite().all()
    assert found.factors.isfinite().all()


def test_the_density_is_that_of_the_gaussians() -> None:
    """At 1, N(0, 2^2) is exp(-1/8) / (2 sqrt(2 pi)) and N(1, 1) is 1 / sqrt(2 pi)."""
    mixture = Mixture(double(0.25, 0.75), double([0], [1]), torch.stack([2 * EYE, EYE]))
    root = math.sqrt(2 * math.pi)
    wanted = [0.25 * math.exp(-1 / 8) / 2 / root, 0.75 / root]
    assert mixture.joint(double([1])).exp()[0].tolist() == pytest.approx(wanted)
    assert mixture.likelihood(double([1])) == pytest.approx(math.log(sum(wanted)))


def test_the_known_coordinate_decides_the_component_and_the_mean() -> None:
    """With the factor [[1, 0], [2, 3]], a known 0.5 above the mean of 0 shifts the mean by 1."""
    factor = double([1, 0], [2, 3])
    mixture = Mixture(double(0.5, 0.5), double([0, 0], [100, 7]), torch.stack([factor, factor]))
    found = mixture.completion(1)(double([0.5], [100.5]), double(0.99, 0.01), double([0], [1]))
    assert found.tolist() == [[1.0], [7 + 1 + 3]]


def test_what_is_known_is_likelier_of_the_narrower_component() -> None:
    """At the mean of both, N(0, 1) is 9 times as dense as N(0, 9^2): 0.9 of the choices."""
    factors = torch.stack([double([1, 0], [0, 1]), double([9, 0], [0, 1])])
    mixture = Mixture(double(0.5, 0.5), double([0, 0], [0, 100]), factors)
    found = mixture.completion(1)(double([0], [0]), double(0.89, 0.91), double([0], [0]))
    assert found.flatten().tolist() == [0, 100]


def test_nothing_known_leaves_the_choice_to_the_weights() -> None:
    mixture = Mixture(double(0.25, 0.75), double([0], [9]), torch.stack([EYE, EYE]))
    found = mixture.completion(0)(double([], []), double(0.24, 0.26), double([0], [0]))
    assert found.flatten().tolist() == [0, 9]


def test_another_order_of_coordinates_is_the_same_density() -> None:
    factor = double([2, 0, 0], [-1, 3, 0], [4, 0.5, 1])
    mixture = Mixture(double(1), double([1, 2, 3]), factor[None])
    order = torch.tensor([2, 0, 1])
    other, row = mixture.reordered(order), double([0.3, -1, 2])
    assert other.likelihood(row[:, order]) == pytest.approx(mixture.likelihood(row))
    assert (other.factors.diagonal(dim1=1, dim2=2) > 0).all()


# Draws


def test_what_is_given_decides_what_is_drawn() -> None:
    found = two_points().drawn({"a": column(0.2, 0.1, 0.2)}, 0, range(3))
    assert found["b"].flatten().tolist() == pytest.approx([2, 1, 2], rel=1e-4)
    found = two_points().drawn({"b": column(1.0, 2.0)}, 0, range(2))
    assert found["a"].flatten().tolist() == pytest.approx([0.1, 0.2], rel=1e-4)


def test_draws_of_all_entries_belong_together() -> None:
    found = two_points().drawn({}, 0, range(50))
    assert torch.allclose(found["b"], 10 * found["a"], rtol=1e-4)
    assert set(found["b"].flatten().round().int().tolist()) == {1, 2}


def test_draws_depend_on_the_seed_and_the_row_alone() -> None:
    prior = two_points()
    all_rows, some = prior.drawn({}, 3, range(20)), prior.drawn({}, 3, range(15, 20))
    for name in ("a", "b"):
        assert torch.equal(all_rows[name][15:], some[name])
    assert not torch.equal(all_rows["a"], prior.drawn({}, 4, range(20))["a"])


def test_a_prior_finds_the_encodings_it_was_fitted_to() -> None:
    random = torch.Generator().manual_seed(0)
    class_ = torch.randint(3, (600,), generator=random)
    one = torch.randn(3, 6, generator=random)[class_]
    other = 50 * torch.randn(3, 2, generator=random)[class_]
    prior = Prior.fitted({"one": one, "other": other}, components=8)
    found = prior.drawn({"one": one}, 0, range(600))["other"]
    assert (found - other).norm(dim=1).max() < 5
    counts = torch.cdist(prior.drawn({}, 0, range(600))["one"], one[:60]).argmin(1)
    assert torch.bincount(class_[counts], minlength=3).min() > 150


# Models


def model(prior: Prior | None, given: tuple[str, ...] = ("a", "b")) -> Model:
    blueprint = drawn_up(Choice(given=given, made=("x", "y")))
    return Model(blueprint, blueprint.build(), device=CPU, prior=(lambda: prior) if prior else None)


def test_one_draw_reaches_all_made_entries() -> None:
    """G = 0.5 z + 2 c with z = 2 and c = u_a + u_b, which is 1.1 or 2.2."""
    found = model(two_points()).generate(count=20, seed=0, noise=NOISE)
    assert found["x"] == found["y"]
    assert {round(x, 2) for x in found["x"]} == {1 + 2.2, 1 + 4.4}


def test_the_missing_entry_is_drawn_to_fit_the_given_one() -> None:
    """v = 0.4 encodes to u_a = 0.2, so u_b is 2."""
    found = model(two_points()).generate(a=[0.4, 0.2], noise=NOISE)
    assert found["x"] == pytest.approx([1 + 4.4, 1 + 2.2], rel=1e-4)


def test_batches_and_paths_make_the_same_draws() -> None:
    drawing = model(two_points())
    whole = drawing.generate(count=9, seed=2)
    assert drawing.generate(count=9, seed=2, batch=2)["x"] == pytest.approx(whole["x"])
    assert drawing.interpolate(steps=3, count=9, seed=2)["x"][::3] == pytest.approx(whole["x"])


def test_noise_is_the_same_whether_anything_is_drawn() -> None:
    drawn, left_out = (model(p).generate(count=9, seed=2)["x"] for p in (two_points(), None))
    steps = {round(one - other, 2) for one, other in zip(drawn, left_out, strict=True)}
    assert steps == {2.2, 4.4}


@pytest.mark.parametrize("given", [{}, {"a": 2.0}])
def test_a_model_without_a_prior_leaves_out_what_is_not_given(given: dict[str, float]) -> None:
    found = model(None).generate(noise=NOISE, **given)
    assert found["x"] == [1 + 2 * 0.5 * given.get("a", 0)]


def test_everything_given_draws_nothing() -> None:
    def refuse() -> Prior:
        raise AssertionError("nothing is to be drawn")

    drawing = model(two_points())
    drawing.prior = refuse
    assert drawing.generate(a=1.0, b=2.0, noise=NOISE)["x"] == [1 + 2 * 1.5]


# Files and recipes


def test_tensors_make_the_same_prior() -> None:
    prior = two_points()
    again = Prior.of(prior.tensors(), {"a": 1, "b": 1}, "a file")
    for name, one in prior.drawn({}, 0, range(5)).items():
        assert torch.allclose(again.drawn({}, 0, range(5))[name], one)


def change(name: str, tensor: torch.Tensor | None) -> dict[str, torch.Tensor]:
    tensors = {**two_points().tensors(), name: tensor}
    return {key: one for key, one in tensors.items() if one is not None}


@pytest.mark.parametrize(
    ("tensors", "said"),
    [
        (change("means", None), "'means' is missing"),
        (change("more", torch.ones(1)), "'more' belongs to no part"),
        (
            change("means", torch.ones(2, 3)),
            r"'means' is torch.float32 \[2, 3\], not float32 \[2, 2\]",
        ),
        (change("weights", torch.tensor(1.0)), "'factors' is"),
        (change("weights", torch.tensor([0.5, 0.5]).double()), "torch.float64"),
        (change("centre.a", torch.tensor([math.nan])), "not finite"),
        (change("weights", torch.tensor([1.5, -0.5])), "no probabilities"),
        (change("weights", torch.tensor([0.5, 0.2])), "no probabilities"),
        (change("factors", torch.ones(2, 2, 2)), "no Cholesky factors"),
        (change("factors", torch.zeros(2, 2, 2)), "no Cholesky factors"),
        (change("basis.b", torch.zeros(1, 1)), "no length"),
        (
            {
                **change("weights", torch.full((300,), 1 / 300)),
                "means": torch.zeros(300, 2),
                "factors": torch.zeros(300, 2, 2),
            },
            "300 components in 2 directions, and there may be 1 to 256",
        ),
    ],
)
def test_tensors_that_are_no_prior_are_refused(tensors: dict[str, torch.Tensor], said: str) -> None:
    with pytest.raises(IntegrityError, match=f"a file is no prior for its recipe: .*{said}"):
        Prior.of(tensors, {"a": 1, "b": 1}, "a file")


def test_a_prior_needs_something_to_draw() -> None:
    plain = drawn_up(Choice(given=())).recipe.plain()
    with pytest.raises(RecipeError, match="prior draws entries that are not given"):
        check({**plain, "prior": {"components": 4}}, "recipe.yaml")
