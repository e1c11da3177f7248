"""StyleGAN2's generator: modulation is that of the weights, styles are mixed, noise is grain."""

import pytest
import torch
from torch.nn.functional import conv2d

from mmgan_core.contracts import Condition, ConditionSpace, SampleSpace
from mmgan_image.blocks.modulated_conv import ModulatedConv, StyledLayer
from mmgan_image.networks.style_generator import StyleGenerator, StyleGeneratorOptions


def generator(
    shape: tuple[int, int, int] = (3, 12, 9), dim: int = 4, **said: object
) -> StyleGenerator:
    torch.manual_seed(0)
    options = {"latent_dim": 6, "style_dim": 8, "mapping": 2, "width": 4} | said
    return StyleGenerator(
        StyleGeneratorOptions.model_validate(options),
        SampleSpace("image", shape),
        ConditionSpace(dim),
    )


def noise_and_condition(network: StyleGenerator, rows: int) -> tuple[torch.Tensor, Condition]:
    return torch.randn(rows, network.noise_dim), Condition(torch.randn(rows, 4))


@pytest.mark.parametrize("demodulate", [True, False])
def test_each_row_is_convolved_with_weights_of_its_own(demodulate: bool) -> None:
    torch.manual_seed(0)
    layer = ModulatedConv(5, 7, 3, demodulate=demodulate)
    maps, style = torch.randn(2, 5, 6, 4), torch.randn(2, 3)
    for row, strength in enumerate(layer.strength(style)):
        weight = layer.conv.weight * strength[None, :, None, None]
        if demodulate:
            weight = weight / (weight.square().sum((1, 2, 3), keepdim=True) + 1e-8).sqrt()
        expected = conv2d(maps[row : row + 1], weight, padding=1)
        torch.testing.assert_close(layer(maps, style)[row : row + 1], expected)


def test_layers_keep_the_scale_whatever_the_style() -> None:
    torch.manual_seed(0)
    layer = StyledLayer(64, 64, 16, grainy=False)
    with torch.no_grad():
        layer.conv.conv.weight.mul_(30)  # filters that grew: their length is taken out
    made = layer(torch.randn(8, 64, 16, 16), 5 * torch.randn(8, 16), None)
    assert made.square().mean().item() == pytest.approx(1, abs=0.3)


def test_noise_has_a_number_for_each_place_of_each_layer() -> None:
    # 12 x 9, 6 x 5 and 3 x 3: one layer at the smallest, two at the others.
    assert generator().noise_dim == 6 + 2 * 12 * 9 + 2 * 6 * 5 + 3 * 3
    assert generator(pixel_noise=False).noise_dim == 6


def test_grain_is_where_its_noise_is() -> None:
    network = generator(shape=(1, 12, 9)).eval()
    (noise, condition), places = noise_and_condition(network, 1), slice(-12 * 9, None)
    other = noise.clone()
    other[:, 6:].normal_()
    assert torch.equal(network(noise, condition), network(other, condition))  # of strength 0
    with torch.no_grad():
        network.levels[-1][-1].graininess.fill_(0.5)
    other = noise.clone()
    other[0, places].view(12, 9)[7, 2] += 1
    changed = (network(other, condition) != network(noise, condition))[0, 0].nonzero()
    assert changed.tolist() == [[7, 2]]


def test_the_length_of_the_latent_does_not_matter() -> None:
    network = generator().eval()
    noise, condition = noise_and_condition(network, 3)
    torch.testing.assert_close(
        network.styles(3 * noise, condition), network.styles(noise, condition)
    )


def test_a_sample_is_what_its_styles_draw() -> None:
    network = generator().eval()
    noise, condition = noise_and_condition(network, 2)
    styles = network.styles(noise, condition)
    assert styles.shape == (2, 5, 8)
    assert torch.equal(styles[:, :1].expand(-1, 5, -1), styles)
    assert torch.equal(network.synthesise(styles, noise, condition), network(noise, condition))


def test_each_layer_listens_to_its_style() -> None:
    network = generator().eval()
    noise, condition = noise_and_condition(network, 1)
    styles = network.styles(noise, condition).repeat(6, 1, 1)
    for layer in range(5):
        styles[layer, layer] += 1
    made = network.synthesise(styles, noise.expand(6, -1), condition)
    assert all(not torch.allclose(one, made[5], atol=1e-4) for one in made[:5])


def test_training_mixes_the_styles_of_two_latents() -> None:
    network = generator(mixing=1).train()
    noise, condition = noise_and_condition(network, 64)
    torch.manual_seed(1)
    styles = network.styles(noise, condition)
    torch.manual_seed(1)
    another = network.eval().styles(torch.randn(64, 6), condition)  # for the same conditions
    own = network.styles(noise, condition)
    is_own = (styles == own).all(2)
    assert torch.equal(is_own, ~(styles == another).all(2))
    firsts = is_own.sum(1)
    assert torch.equal(is_own, torch.arange(5) < firsts[:, None])  # own, up to a layer
    assert set(firsts.tolist()) == {1, 2, 3, 4}


@pytest.mark.parametrize(("mixing", "least", "most"), [(0, 0, 0), (0.25, 10, 40)])
def test_a_share_of_the_rows_is_mixed(mixing: float, least: int, most: int) -> None:
    network = generator(mixing=mixing).train()
    styles = network.styles(*noise_and_condition(network, 100))
    mixed = (styles[:, 0] != styles[:, -1]).any(1).sum()
    assert least <= mixed <= most


def test_pictures_start_within_the_range() -> None:
    network = generator(shape=(3, 64, 48), width=16).eval()
    made = network(*noise_and_condition(network, 16))
    assert 0.3 < made.std() < 2
