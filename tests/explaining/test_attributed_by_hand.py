"""Integrated gradients and occlusion of generators whose slopes are known."""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence

import pytest
import torch
from torch import Tensor

from mmgan_core.components.vector import Vector, VectorOptions
from mmgan_core.contracts import Explained, Inputs
from mmgan_core.errors import UsageError
from mmgan_core.explaining.attributed import Attributed, ways_of
from mmgan_core.explaining.integrated_gradients import (
    IntegratedGradients,
    IntegratedGradientsOptions,
)
from mmgan_core.explaining.occlusion import Occlusion
from mmgan_core.explaining.parts import PartsOptions

VECTOR = Vector(VectorOptions(low=(-1, -1, -1), high=(1, 1, 1)))
VALUE = (1.0, -0.5, 0.25)
WEIGHTS = torch.tensor([1.0, 2.0, 8.0])


class Grows(Vector):
    """A vector of which the last numbers move up when others leave, as letters do."""

    def without(self, value, family, gone):
        kept = [one for at, one in enumerate(self.decode(value)) if at not in gone]
        return tuple(kept + [0.0] * (3 - len(kept))) if kept else None


def seen(slope, vector: Vector = VECTOR) -> Explained:
    """Samples of four noises, (4, 1), which a function makes of three numbers."""
    noise = torch.tensor([[0.0], [1.0], [2.0], [3.0]])

    def read(values: Sequence[object]) -> Tensor:
        return torch.tensor([(0.0, 0.0, 0.0) if one is None else one for one in values])

    def made_of(numbers: Tensor, rows: Tensor) -> Tensor:
        return slope(numbers)[:, None] + noise[rows]

    def make(given: Mapping[str, object]) -> Tensor:
        return made_of(read([given.get("vector")]).expand(4, -1), torch.arange(4))

    return Explained(
        {"vector": VALUE},
        "made",
        {"vector": vector, "made": VECTOR},
        make,
        dict,
        inputs=lambda entry: Inputs(read, made_of),
    )


def influence(explained: Explained, explainer: Attributed) -> tuple[float, ...]:
    (one,) = explainer.explain(explained)
    return one.influence


def gradients(steps: int = 32) -> IntegratedGradients:
    return IntegratedGradients(IntegratedGradientsOptions(steps=steps))


def test_of_a_linear_generator_it_is_weights_times_differences() -> None:
    # 1 * 1, 2 * -0.5 and 8 * 0.25, of a way of 2: all samples move by 2 whatever the noise.
    linear = seen(lambda numbers: numbers @ WEIGHTS)
    for explainer in (gradients(), Occlusion(PartsOptions())):
        assert influence(linear, explainer) == pytest.approx((1, -1, 2), abs=1e-5)


def test_of_a_product_gradients_divide_equally_and_occlusion_counts_twice() -> None:
    # f = x0 x1 along t (1, -0.5): each slope is -0.5 t, so -0.25 each, of a way of -0.5. Without
    # either of them nothing is left.
    product = seen(lambda numbers: numbers[:, 0] * numbers[:, 1])
    assert influence(product, gradients()) == pytest.approx((0.25, 0.25, 0), abs=1e-5)
    assert influence(product, Occlusion(PartsOptions())) == pytest.approx((0.5, 0.5, 0), abs=1e-5)


def test_it_is_said_where_the_steps_miss_a_jump() -> None:
    jump = seen(lambda numbers: (numbers[:, 0] > 0.99).float() + 0 * numbers.sum(1))
    (one,) = gradients().explain(jump)
    assert "sum to 0.000, and the change from nothing is 1.000" in one.believe
    (smooth,) = gradients().explain(seen(lambda numbers: numbers @ WEIGHTS))
    assert "sum to" not in smooth.believe


def test_the_directions_of_parts_that_move_lead_from_nothing_to_the_value() -> None:
    moving = seen(lambda numbers: numbers @ WEIGHTS, Grows(VECTOR.options))
    inputs = moving.inputs("vector")
    assert inputs is not None
    start, ways = ways_of(moving, inputs, "vector", "numbers", 3)
    assert start.tolist() == [0, 0, 0]
    assert ways.tolist() == [[1, 0, 0], [0, -0.5, 0], [0, 0, 0.25]]


def test_the_test_takes_the_order_that_gradients_say() -> None:
    # The slope at 0 says the first number, but without the last one more changes.
    (one,) = gradients().explain(seen(lambda numbers: numbers @ WEIGHTS))
    assert one.test is not None
    # Without the last, samples move by 2; without the last and the first by 3.
    assert one.test.most_first == pytest.approx((2, 3), abs=1e-5)


def test_what_samples_do_not_follow_has_no_influence() -> None:
    still = seen(lambda numbers: torch.zeros(len(numbers)))
    for explainer in (gradients(), Occlusion(PartsOptions())):
        assert influence(still, explainer) == (0, 0, 0)


def test_without_captum_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *rest, **more):
        if name.startswith("captum"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(UsageError, match="captum") as raised:
        gradients().explain(seen(lambda numbers: numbers @ WEIGHTS))
    assert raised.value.hint == "pip install 'mmgan-zoo[explain]'"
