"""Planned networks take no memory and are bounded; frozen ones have a bound of their own."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from mmgan_core.errors import IntegrityError
from mmgan_core.zoo import weights
from mmgan_core.zoo.planning import planned
from mmgan_image.blocks.timm_network import frozen_timm, timm_network


class Random(nn.Module):
    """A module with weights that are initialised in every usual way."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 4)
        nn.init.orthogonal_(self.layer.weight)
        self.a = nn.Parameter(torch.randn(2, 3) * 0.1)
        self.b = nn.Parameter(1 - torch.rand((3,), dtype=torch.float64) / 2)
        self.c = nn.Parameter(torch.randn_like(self.a))
        self.register_buffer("d", torch.zeros(2).normal_().mul_(3))
        self.e = nn.Parameter(torch.randn(4, generator=None).view(2, 2) @ torch.ones(2, 1))


class Frozen(nn.Module):
    """A layer that a model keeps, about a frozen network that it does not."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 2)
        with torch.device("cpu"), torch.random.fork_rng(devices=[]):
            torch.manual_seed(3)
            self.outside = (nn.Linear(size, size), torch.randn(size), nn.BatchNorm1d(size))


def sampled_again(size: int) -> tuple[Tensor, Tensor]:
    network = Frozen(size).outside
    return network[0].weight.detach(), network[1]


def test_what_is_planned_has_the_shapes_and_no_numbers() -> None:
    real = {name: (t.shape, t.dtype) for name, t in Random().state_dict().items()}
    with planned(10, 1000, "it"):
        bare = Random().state_dict()
    assert {name: (t.shape, t.dtype) for name, t in bare.items()} == real
    assert all(tensor.is_meta for tensor in bare.values())


@pytest.mark.parametrize(("count", "numbers"), [(5, 1000), (10, 20)])
def test_one_weight_too_many(count: int, numbers: int) -> None:
    with (
        pytest.raises(IntegrityError, match="more weights than its files hold"),
        planned(count, numbers, "it"),
    ):
        Random()


def test_frozen_networks_are_drawn_and_do_not_count() -> None:
    with planned(2, 6, "it"):
        found = sampled_again(50)
    for one, other in zip(found, sampled_again(50), strict=True):
        assert torch.equal(one, other)
    assert found[0].std() > 0.01


@pytest.mark.parametrize("name", ["FROZEN_COUNT", "FROZEN_NUMBERS"])
def test_frozen_networks_have_a_bound_of_their_own(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, name, 3)
    frozen_timm.cache_clear()
    for build in (lambda: Frozen(50), lambda: frozen_timm("test_resnet", False, "")):
        with (
            pytest.raises(IntegrityError, match="names frozen networks with more than"),
            planned(100, 10_000, "it"),
        ):
            build()


def test_a_frozen_timm_network_is_the_same_wherever_it_is_first_built() -> None:
    frozen_timm.cache_clear()
    with planned(0, 0, "it"):
        planning = frozen_timm("test_resnet", False, "").state_dict()
    frozen_timm.cache_clear()
    usual = frozen_timm("test_resnet", False, "").state_dict()
    assert all(torch.equal(planning[name], tensor) for name, tensor in usual.items())


def test_what_learns_along_is_planned_without_its_first_weights() -> None:
    """They are in the model's own file: nothing is fetched, and a local file is not needed."""
    with planned(1000, 10_000_000, "it"):
        assert all(w.is_meta for w in timm_network("test_resnet", True, "").parameters())
        timm_network("test_resnet", True, "/nowhere/first.safetensors")
