"""Every initialiser of the networks of pictures, against its paper's numbers."""

import math

import pytest
import torch
from torch import nn

from mmgan_image.init_weights import (
    KAIMING_GAIN,
    init_dcgan,
    init_kaiming,
    init_kaiming_convolutions,
    init_orthogonal,
    residual_gain,
)


def deviation(layer: nn.Module) -> float:
    return float(layer.weight.detach().std())


def test_kaiming_keeps_the_power_of_what_goes_through_a_leaky_relu() -> None:
    torch.manual_seed(0)
    assert pytest.approx(math.sqrt(2 / 1.04)) == KAIMING_GAIN
    layer = init_kaiming(nn.Linear(500, 500))
    out = nn.functional.leaky_relu(layer(torch.randn(400, 500)), 0.2)
    assert float(out.detach().square().mean()) == pytest.approx(1.0, rel=0.05)


def test_blocks_share_a_gain_by_the_fourth_root() -> None:
    assert residual_gain(1) == pytest.approx(KAIMING_GAIN)
    assert residual_gain(16) == pytest.approx(KAIMING_GAIN / 2)


def test_dcgan_changes_convolutions_and_normalisation_alone() -> None:
    torch.manual_seed(0)
    linear, norm = nn.Linear(4, 4), nn.BatchNorm2d(2_000)
    before = linear.weight.detach().clone()
    network = nn.Sequential(
        nn.Conv2d(30, 40, 3), nn.ConvTranspose2d(30, 40, 3), norm, linear
    ).apply(init_dcgan)
    assert deviation(network[0]) == pytest.approx(0.02, rel=0.05)
    assert deviation(network[1]) == pytest.approx(0.02, rel=0.05)
    assert float(norm.weight.detach().mean()) == pytest.approx(1.0, abs=0.002)
    assert deviation(norm) == pytest.approx(0.02, rel=0.1)
    assert torch.equal(linear.weight, before)


def test_kaiming_for_convolutions_leaves_dense_layers() -> None:
    torch.manual_seed(0)
    linear = nn.Linear(4, 4)
    before = linear.weight.detach().clone()
    network = nn.Sequential(nn.Conv2d(16, 400, 5), linear).apply(init_kaiming_convolutions)
    assert deviation(network[0]) == pytest.approx(KAIMING_GAIN / 20, rel=0.02)
    assert torch.equal(linear.weight, before)


def test_orthogonal_weights_have_orthogonal_rows_and_no_bias() -> None:
    network = nn.Sequential(nn.Conv2d(3, 5, 3), nn.Linear(9, 4)).apply(init_orthogonal)
    for layer, rows in ((network[0], 5), (network[1], 4)):
        matrix = layer.weight.flatten(1)
        assert torch.allclose(matrix @ matrix.T, torch.eye(rows), atol=1e-5)
        assert not layer.bias.any()
