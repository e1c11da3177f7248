"""FastGAN's generator: which grids weigh which, and that the condition comes in by both ways."""

import pytest
import torch

from mmgan_core.contracts import Condition, ConditionSpace, SampleSpace
from mmgan_image.networks.fast_generator import Excitation, FastGenerator, FastGeneratorOptions


def generator(size: int, reach: int = 2) -> FastGenerator:
    torch.manual_seed(0)
    options = FastGeneratorOptions(width=4, noise_dim=5, reach=reach)
    return FastGenerator(options, SampleSpace("image", (1, size, size)), ConditionSpace(3))


@pytest.mark.parametrize(
    ("size", "reach", "excitations"),
    [(64, 2, 3), (64, 4, 1), (64, 5, 0), (32, 1, 3), (8, 2, 0), (3, 1, 0)],
)
def test_small_grids_weigh_those_above_them(size: int, reach: int, excitations: int) -> None:
    network = generator(size, reach)
    assert len(network.excite) == excitations
    seen: list[tuple[int, int]] = []
    for excitation in network.excite:
        excitation.register_forward_hook(
            lambda _, given, made: seen.append((given[0].shape[2], made.shape[1]))
        )
    network.eval()(torch.randn(2, 5), Condition(torch.randn(2, 3)))
    small = [4 * 2**level for level in range(excitations)]
    # Four channels at full size, twice as many a level down.
    assert seen == [(side, 4 * size // (side * 2**reach)) for side in small]


def test_weights_of_channels_are_shares() -> None:
    torch.manual_seed(0)
    weights = Excitation(6, 8, 3)(50 * torch.randn(4, 6, 5, 7), 50 * torch.randn(4, 3))
    assert weights.shape == (4, 8, 1, 1)
    assert weights.min() >= 0
    assert weights.max() <= 1


@pytest.mark.parametrize("way", ["seed", "excite"])
def test_the_condition_comes_in_by_each_way_alone(way: str) -> None:
    network = generator(16).eval()
    shut = network.excite[0].gather if way == "seed" else network.seed
    with torch.no_grad():
        shut.weight[:, -3:] = 0
    noise = torch.randn(1, 5)
    one, other = (network(noise, Condition(torch.randn(1, 3))) for _ in range(2))
    assert not torch.allclose(one, other, atol=1e-5)


def test_pictures_are_bounded() -> None:
    network = generator(16).eval()
    made = network(1000 * torch.randn(8, 5), Condition(torch.randn(8, 3)))
    assert made.abs().max() <= 1
