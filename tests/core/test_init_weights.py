"""Weights at the start: deviations worked out by hand, and layers that come back."""

import math

import pytest
import torch
from torch import nn

from mmgan_core.foundation.init_weights import init_variance_scaling, init_zeros, kaiming_gain


def test_the_gain_before_a_leaky_relu_is_that_of_he() -> None:
    assert kaiming_gain(0.0) == pytest.approx(math.sqrt(2))
    assert kaiming_gain(0.5) == pytest.approx(math.sqrt(1.6))
    assert kaiming_gain(1.0) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("layer", "fan_in"),
    [
        (nn.Linear(100, 4_000), 100),
        (nn.Conv1d(20, 4_000, 5), 100),
        (nn.Conv2d(8, 4_000, (3, 5)), 120),
        (nn.Conv2d(64, 4_000, 5, groups=16), 100),  # 4 channels of 5 x 5 each
    ],
)
def test_weights_have_the_gain_over_the_root_of_fan_in(
    layer: nn.Linear | nn.Conv1d | nn.Conv2d, fan_in: int
) -> None:
    torch.manual_seed(0)
    assert init_variance_scaling(layer, 3.0) is layer
    weight = layer.weight.detach()
    assert float(weight.std()) == pytest.approx(3 / math.sqrt(fan_in), rel=0.01)
    assert abs(float(weight.mean())) < 0.01 * 3 / math.sqrt(fan_in)
    assert layer.bias is not None
    assert not layer.bias.any()


def test_a_bias_is_kept_where_it_is_asked_for_and_may_be_absent() -> None:
    layer = nn.Linear(3, 2)
    bias = layer.bias.detach().clone()
    init_variance_scaling(layer, keep_bias=True)
    assert torch.equal(layer.bias, bias)
    assert init_variance_scaling(nn.Linear(3, 2, bias=False)).bias is None
    assert init_zeros(nn.Linear(3, 2, bias=False)).bias is None


def test_zeros_add_nothing() -> None:
    layer = init_zeros(nn.Conv2d(2, 3, 3, padding=1))
    assert not layer(torch.randn(1, 2, 4, 4)).any()
