"""Residual networks: spectral norm, attention, modulated normalisation, scales at the start."""

import pytest
import torch
from torch import nn
from torch.nn.functional import batch_norm, conv2d, scaled_dot_product_attention
from torch.nn.utils.parametrize import register_parametrization

from mmgan_core.contracts import Condition, ConditionSpace, SampleSpace
from mmgan_core.errors import BadValue
from mmgan_image.blocks.attention import Attention, attended_level
from mmgan_image.blocks.residual_block import DownBlock, ModulatedNorm
from mmgan_image.blocks.spectral import Spectral
from mmgan_image.networks.residual_discriminator import (
    ResidualDiscriminator,
    ResidualDiscriminatorOptions,
)
from mmgan_image.networks.residual_generator import ResidualGenerator, ResidualGeneratorOptions

SPACE = SampleSpace("image", (3, 16, 16))


def discriminator(dim: int = 4, **said: object) -> ResidualDiscriminator:
    torch.manual_seed(0)
    options = ResidualDiscriminatorOptions.model_validate({"width": 8, "max_width": 16} | said)
    return ResidualDiscriminator(options, SPACE, ConditionSpace(dim))


def norms(network: nn.Module) -> list[float]:
    return [
        torch.linalg.matrix_norm(layer.weight.detach().flatten(1), 2).item()
        for layer in network.modules()
        if isinstance(layer, (nn.Conv2d, nn.Linear))
    ]


def logits_of(network: nn.Module) -> torch.Tensor:
    torch.manual_seed(3)
    return network(torch.randn(4, 3, 16, 16), Condition(torch.randn(4, 4))).logits


def moved(network: nn.Module) -> None:
    """A step of training, of one size for every weight, as Adam's first."""
    network.zero_grad()
    logits_of(network).sum().backward()
    with torch.no_grad():
        for weight in network.parameters():
            weight -= 1e-3 * weight.grad.sign()


@pytest.mark.parametrize("conditioning", ["projection", "concatenation", "auxiliary"])
def test_every_layer_starts_with_a_spectral_norm_of_one(conditioning: str) -> None:
    network = discriminator(conditioning=conditioning, attention=8)
    assert norms(network) == pytest.approx([1.0] * len(norms(network)), abs=1e-4)


def test_the_norm_is_followed_while_weights_change() -> None:
    network = discriminator()
    for _ in range(5):
        moved(network)
    logits_of(network)
    assert norms(network) == pytest.approx([1.0] * len(norms(network)), rel=0.15)
    assert norms(discriminator(spectral=False)) != pytest.approx(1.0, rel=0.5)


def test_it_converges_on_the_largest_singular_value() -> None:
    torch.manual_seed(0)
    layer = nn.Linear(9, 5)
    register_parametrization(layer, "weight", Spectral(layer.weight))
    original = layer.parametrizations.weight.original
    for _ in range(40):
        with torch.no_grad():
            original.add_(1e-3)
        weight = layer.weight
    sigma = torch.linalg.matrix_norm(original, 2)
    torch.testing.assert_close(weight, original / sigma, rtol=1e-3, atol=1e-5)


def test_a_discriminator_changes_with_its_weights_alone() -> None:
    network = discriminator().train()
    moved(network)
    before = logits_of(network)  # the norms follow here
    assert torch.equal(logits_of(network), before)
    assert torch.equal(logits_of(network.eval()), before)
    moved(network.train())
    assert not torch.allclose(logits_of(network), before)


def test_a_resumed_discriminator_is_the_same() -> None:
    network, again = discriminator(), discriminator()
    moved(network)
    logits_of(network)
    again.load_state_dict(network.state_dict())
    moved(network)
    moved(again)
    assert torch.equal(logits_of(network), logits_of(again))


def test_the_slope_of_the_norm_is_part_of_the_gradient() -> None:
    torch.manual_seed(0)
    weight = nn.init.orthogonal_(torch.empty(3, 4))
    normal = Spectral(weight)
    weight = weight.double().requires_grad_()
    assert torch.autograd.gradcheck(normal.double().eval(), (weight,))


def test_a_plain_discriminator_keeps_the_scale_of_what_it_sees() -> None:
    torch.manual_seed(0)
    options = ResidualDiscriminatorOptions(width=32, max_width=64, spectral=False)
    network = ResidualDiscriminator(options, SampleSpace("image", (3, 64, 64)), ConditionSpace(0))
    # Halving takes three quarters of the power of noise away: see what blocks do on their own.
    maps = torch.randn(8, 3, 32, 32)
    for block in network.blocks:
        block.halve = False
        maps = block(maps)
        assert 0.5 < maps.square().mean() < 2
    assert network(torch.randn(8, 3, 64, 64), Condition(torch.zeros(8, 0))).logits.abs().max() < 3


def test_a_block_that_shrinks_halves_both_ways() -> None:
    torch.manual_seed(0)
    block = DownBlock(4, 6, first=False, halve=True)
    maps = torch.randn(2, 4, 5, 8)
    small = block(maps)
    block.halve = False
    large = block(maps)
    assert small.shape == (2, 6, 3, 4)
    torch.testing.assert_close(small[:, :, 0, 0], large[:, :, :2, :2].mean((2, 3)))
    torch.testing.assert_close(small[:, :, 2, 0], large[:, :, 4, :2].mean(2))


def test_normalisation_is_modulated_row_by_row() -> None:
    torch.manual_seed(0)
    norm = ModulatedNorm(5, 3)
    maps, vector = torch.randn(4, 5, 6, 6), torch.randn(4, 3)
    scale, shift = norm.modulate(vector).split(5, dim=1)
    normal = batch_norm(maps, None, None, training=True)
    expected = normal * (1 + scale[:, :, None, None]) + shift[:, :, None, None]
    torch.testing.assert_close(norm(maps, vector), expected)


def test_each_block_has_noise_of_its_own() -> None:
    torch.manual_seed(0)
    options = ResidualGeneratorOptions(width=8, noise_dim=7)
    network = ResidualGenerator(options, SPACE, ConditionSpace(4)).eval()
    assert network.chunks == [3, 2, 2]
    seen: list[torch.Tensor] = []
    network.blocks[1].register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    noise, condition = torch.randn(1, 7), Condition(torch.randn(1, 4))
    other = noise.clone()
    other[:, 5:] += 1
    assert not torch.allclose(network(noise, condition), network(other, condition))
    assert torch.equal(*seen)
    with pytest.raises(BadValue, match="3 or more"):
        ResidualGenerator(ResidualGeneratorOptions(noise_dim=2), SPACE, ConditionSpace(0))


def test_attention_starts_as_nothing_and_is_that_of_the_paper() -> None:
    torch.manual_seed(0)
    attention, maps = Attention(16), torch.randn(2, 16, 3, 5)
    assert torch.equal(attention(maps), maps)
    nn.init.constant_(attention.strength, 0.5)
    query, key, value = (
        conv2d(maps, layer.weight).flatten(2).transpose(1, 2)
        for layer in (attention.query, attention.key, attention.value)
    )
    assert (query.shape[2], value.shape[2]) == (2, 8)
    found = scaled_dot_product_attention(query, key, value, scale=1.0)
    expected = maps + 0.5 * attention.back(found.transpose(1, 2).unflatten(2, (3, 5)))
    torch.testing.assert_close(attention(maps), expected)


@pytest.mark.parametrize(("side", "level"), [(0, None), (64, 1), (16, 1), (8, 2), (7, 3), (4, 3)])
def test_which_level_attends(side: int, level: int | None) -> None:
    assert attended_level([(33, 40), (16, 20), (8, 10), (4, 5)], side) == level


def test_both_networks_attend_at_the_same_level() -> None:
    shapes = []
    torch.manual_seed(0)
    options = ResidualGeneratorOptions(width=8, noise_dim=7, attention=8)
    generator = ResidualGenerator(options, SPACE, ConditionSpace(4)).eval()
    for network in (generator, discriminator(attention=8)):
        (attention,) = (m for m in network.modules() if isinstance(m, Attention))
        attention.register_forward_hook(lambda _, given, made: shapes.append(tuple(made.shape[2:])))
    logits_of(discriminator(attention=8))
    generator(torch.randn(1, 7), Condition(torch.randn(1, 4)))
    logits_of(network)
    assert shapes == [(8, 8), (8, 8)]


@pytest.mark.parametrize(("shape", "says"), [((1, 16, 16), r"\[8, 4\]"), ((1, 4, 9), "one level")])
def test_no_level_is_small_enough_to_attend(shape: tuple[int, int, int], says: str) -> None:
    options = ResidualGeneratorOptions(attention=3)
    with pytest.raises(BadValue, match=says):
        ResidualGenerator(options, SampleSpace("image", shape), ConditionSpace(0))
