"""Weights lie in memory as convolutions are quickest, in training and in use."""

from __future__ import annotations

import torch
from torch import nn

from mmgan_core import load
from mmgan_core.foundation.memory_layout import channels_last


def test_convolutions_of_any_kind() -> None:
    network = nn.Sequential(
        nn.Conv1d(3, 4, 3), nn.Conv2d(3, 4, 3), nn.Conv3d(3, 4, 3), nn.Linear(3, 4)
    )
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    assert channels_last(network) is network
    assert network[1].weight.is_contiguous(memory_format=torch.channels_last)
    assert all(network[number].weight.is_contiguous() for number in (0, 2, 3))
    assert all(torch.equal(before[n], tensor) for n, tensor in network.state_dict().items())


def test_a_loaded_model_has_channels_last() -> None:
    weights = [weight for weight in load("digits").gan.parameters() if weight.dim() == 4]
    assert any(min(weight.shape[1:3]) > 1 for weight in weights)
    assert all(weight.is_contiguous(memory_format=torch.channels_last) for weight in weights)
