"""The U-Net: what is known comes through, noise fills the rest, a spectrum sees it all."""

import math

import pytest
import torch
from torch.nn.functional import leaky_relu

from mmgan_core.contracts import Condition, ConditionSpace, Masked, SampleSpace
from mmgan_core.errors import BadValue
from mmgan_image.blocks.fourier_conv import FourierConv
from mmgan_image.blocks.styled_conv import StyledConv
from mmgan_image.init_weights import SLOPE
from mmgan_image.networks.unet_generator import UNetGenerator, UNetGeneratorOptions

SPACE = SampleSpace("image", (1, 12, 10))


def repairer(**options: object) -> UNetGenerator:
    torch.manual_seed(0)
    chosen = UNetGeneratorOptions.model_validate({"width": 8, "noise_dim": 7, **options})
    return UNetGenerator(chosen, SPACE, ConditionSpace(0, mask_shape=(1, 12, 10))).eval()


def masked_condition(sample: torch.Tensor, missing: torch.Tensor) -> Condition:
    return Condition(torch.zeros(len(sample), 0), masked=Masked.of(sample, missing, SPACE))


def test_it_says_what_the_recipe_lacks() -> None:
    with pytest.raises(BadValue, match="repair:"):
        UNetGenerator(UNetGeneratorOptions(), SPACE, ConditionSpace(3))


def test_it_is_small() -> None:
    space = SampleSpace("image", (1, 28, 28))
    network = UNetGenerator(
        UNetGeneratorOptions(), space, ConditionSpace(10, mask_shape=(1, 28, 28))
    )
    assert 400_000 < sum(p.numel() for p in network.parameters()) < 600_000


def test_what_is_missing_is_not_seen_and_what_is_known_is() -> None:
    network, noise = repairer(), torch.randn(1, 7)
    sample, missing = torch.rand(1, 1, 12, 10), torch.zeros(1, 1, 12, 10)
    missing[..., 3:9, 2:8] = 1
    inside, outside = sample.clone(), sample.clone()
    inside[..., 5, 5] = -1
    outside[..., 0, 0] = -1
    made = network(noise, masked_condition(sample, missing))
    assert torch.equal(made, network(noise, masked_condition(inside, missing)))
    assert not torch.allclose(made, network(noise, masked_condition(outside, missing)))
    # The same picture, of which a grey part is known to be grey.
    grey = torch.where(missing > 0, 0.0, sample)
    assert not torch.allclose(made, network(noise, masked_condition(grey, 0 * missing)))


@pytest.mark.parametrize("options", [{"patch": 2}, {"refine": 2}, {"patch": 2, "refine": 1}])
def test_in_patches_and_refined_it_still_sees_each_known_pixel_alone(
    options: dict[str, object],
) -> None:
    network, noise = repairer(smooth=2, **options), torch.randn(1, 7)
    torch.nn.init.normal_(network.paint.weight)
    for refine in (*network.refine_down, *network.refine_up):
        for layer in refine:
            torch.nn.init.normal_(layer.add.weight)
    missing = torch.zeros(1, 1, 12, 10)
    missing[..., 3:9, 2:8] = 1
    sample = torch.rand(1, 1, 12, 10).requires_grad_()
    made = network(noise, masked_condition(sample, missing))
    assert made.shape == (1, 1, 12, 10)
    (slope,) = torch.autograd.grad(made[..., 5, 5].sum(), sample)
    assert ((slope != 0) == (missing == 0)).all()


@pytest.mark.parametrize("options", [{}, {"patch": 2, "refine": 1}])
def test_a_self_ensemble_fills_a_mirror_image_with_the_mirror_image(
    options: dict[str, object],
) -> None:
    noise, sample, missing = torch.randn(1, 7), torch.rand(1, 1, 12, 10), torch.zeros(1, 1, 12, 10)
    missing[..., 3:9, 1:6] = 1
    one, both = repairer(**options), repairer(self_ensemble=True, **options)
    alone, ensembled = (
        network(noise, masked_condition(sample, missing)) for network in (one, both)
    )
    mirrored = both(noise, masked_condition(sample.flip(3), missing.flip(3))).flip(3)
    torch.testing.assert_close(ensembled, mirrored)
    assert not torch.allclose(alone, ensembled, atol=1e-3)
    assert torch.equal(both.train()(noise, masked_condition(sample, missing)), alone)


def test_patches_must_fill_the_picture() -> None:
    with pytest.raises(BadValue, match="squares of 4 pixels do not fill 12 x 10; try 2"):
        repairer(patch=4)


def test_it_begins_with_the_smooth_fill() -> None:
    network = repairer(smooth=8)
    sample, missing = torch.full((1, 1, 12, 10), 0.3), torch.zeros(1, 1, 12, 10)
    missing[..., 3:9, 2:8] = 1
    made = network(torch.randn(1, 7), masked_condition(sample, missing))
    torch.testing.assert_close(made, sample)


def test_a_recipe_cannot_ask_for_endless_smoothing() -> None:
    with pytest.raises(ValueError, match="less than or equal to 64"):
        repairer(smooth=65)


def test_without_a_partial_nothing_is_known() -> None:
    network, noise = repairer(), torch.randn(2, 7)
    nothing = Masked.nothing(SPACE, (1, 12, 10), noise)
    made = network(noise, Condition(torch.zeros(2, 0)))
    assert torch.equal(made, network(noise, Condition(torch.zeros(2, 0), masked=nothing)))
    assert not torch.allclose(made[0], made[1])


def test_masks_broadcast() -> None:
    network, noise = repairer(), torch.randn(1, 7)
    columns = torch.zeros(1, 1, 1, 10)
    columns[..., 4:] = 1
    known = torch.where(columns > 0, 0.0, torch.rand(1, 1, 12, 10))
    made = [
        network(noise, Condition(torch.zeros(1, 0), masked=Masked(known, missing)))
        for missing in (columns, columns.expand(1, 1, 12, 10))
    ]
    assert torch.equal(*made)


@pytest.mark.parametrize("size", [(8, 8), (5, 6), (1, 7), (1, 1)])
def test_a_convolution_in_the_spectrum_sees_all_places(size: tuple[int, int]) -> None:
    """With W = 1 only the leaky ReLU acts on the spectrum; one place reaches all others."""
    layer = FourierConv(2)
    with torch.no_grad():
        layer.mix.weight.copy_(torch.eye(4)[:, :, None, None])
        layer.mix.bias.fill_(0.0)
    spectrum = torch.rand(1, 2, size[0], size[1] // 2 + 1, dtype=torch.complex64)
    maps = torch.fft.irfft2(spectrum, s=size, norm="ortho")
    seen = torch.fft.rfft2(maps, norm="ortho")
    parts = [leaky_relu(part, SLOPE) for part in (seen.real, seen.imag)]
    wanted = torch.fft.irfft2(torch.complex(*parts), s=size, norm="ortho")
    torch.testing.assert_close(layer(maps), wanted)
    torch.manual_seed(0)
    layer = FourierConv(2)
    maps.requires_grad_()
    layer(maps)[0, 0, 0, 0].backward()
    assert maps.grad is not None
    assert (maps.grad[0, 0] != 0).all()


def test_a_styled_convolution_is_one_with_scaled_weights() -> None:
    torch.manual_seed(0)
    layer = StyledConv(3, 5, 4)
    maps, style = torch.randn(2, 3, 6, 7), torch.randn(2, 4)
    out = layer(maps, style)
    for row in range(2):
        weight = layer.conv.weight * layer.strength(style[row])[None, :, None, None]
        weight = weight / weight.flatten(1).norm(dim=1)[:, None, None, None]
        plain = torch.nn.functional.conv2d(maps[row], weight, padding=1)
        plain = plain + layer.shift(style[row])[:, None, None]
        wanted = math.sqrt(2 / (1 + SLOPE**2)) * leaky_relu(plain, SLOPE)
        torch.testing.assert_close(out[row], wanted, atol=1e-5, rtol=1e-4)


def test_fourier_makes_one_corner_see_the_other() -> None:
    """With no halvings, only the spectrum carries that far, besides the style."""
    reached = {}
    for fourier in (False, True):
        network = repairer(levels=0, fourier=fourier)
        # The style sees the mean of everything: cut that.
        torch.nn.init.zeros_(network.join[0].weight)
        made = []
        for value in (-1.0, 1.0):
            sample = torch.zeros(1, 1, 12, 10)
            sample[..., 0, 0] = value
            made.append(
                network(torch.zeros(1, 7), masked_condition(sample, torch.zeros_like(sample)))
            )
        reached[fourier] = (made[0] - made[1])[0, 0, -1, -1].abs().item() > 1e-6
    assert reached == {False: False, True: True}


def test_it_learns_to_repair_stripes() -> None:
    """Vertical stripes of any phase: the known half says what the missing half is."""
    torch.manual_seed(0)
    network = repairer(noise_dim=2).train()
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3)
    places = torch.arange(10.0)
    for _ in range(60):
        phase = 6.28 * torch.rand(16, 1, 1, 1)
        sample = torch.sin(places * 1.3 + phase).expand(16, 1, 12, 10)
        missing = torch.zeros(16, 1, 12, 10)
        missing[:, :, 4:, :] = 1
        made = network(torch.randn(16, 2), masked_condition(sample, missing))
        loss = ((made - sample).abs() * missing).sum() / missing.sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.25  # grey would be off by .64
