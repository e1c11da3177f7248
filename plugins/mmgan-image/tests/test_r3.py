"""R3GAN as in its paper: the sizes of its presets, and its way to change sizes."""

import pytest
import torch
from pydantic import ValidationError
from torch.nn import functional

from mmgan_core.contracts import Condition, ConditionSpace, SampleSpace
from mmgan_image.blocks.binomial import binomial_halved, binomial_resized
from mmgan_image.blocks.levels import level_sizes
from mmgan_image.blocks.r3_block import R3Block, level_widths
from mmgan_image.networks.r3_discriminator import R3Discriminator, R3DiscriminatorOptions
from mmgan_image.networks.r3_generator import R3Generator, R3GeneratorOptions

SIDES = [(8, 8), (7, 5), (9, 2), (1, 1), (1, 6)]
KERNEL = torch.tensor([1.0, 2.0, 1.0]).double()
WIDTHS = {
    32: [768, 768, 768, 768],
    64: [384, 768, 768, 768, 768],
    128: [192, 384, 768, 768, 768, 768],
    256: [96, 192, 384, 768, 768, 768, 768],
}


@pytest.mark.parametrize("side", WIDTHS)
def test_presets_are_the_paper_s(side: int) -> None:
    options = R3GeneratorOptions(preset=side)
    sizes = level_sizes(SampleSpace("image", (3, side, side)))
    assert level_widths(options, len(sizes)) == WIDTHS[side]
    assert (options.blocks, options.group, options.noise_dim) == (2, 16, 64)
    assert options.resample == "binomial"
    assert R3DiscriminatorOptions(preset=side).max_width == 768


def test_what_is_said_wins_over_the_preset_and_survives_a_file() -> None:
    options = R3GeneratorOptions(preset=64, width=8, blocks=1, resample="bilinear")
    assert (options.width, options.blocks, options.resample) == (8, 1, "bilinear")
    assert options.max_width == 768
    assert R3GeneratorOptions.model_validate_json(options.model_dump_json()) == options
    assert R3GeneratorOptions().resample == "bilinear"
    for other in (48, "64", [64]):
        with pytest.raises(ValidationError, match="preset"):
            R3GeneratorOptions.model_validate({"preset": other})


def test_a_preset_builds_as_many_blocks_of_16_channels_a_group() -> None:
    with torch.device("meta"):
        network = R3Discriminator(
            R3DiscriminatorOptions(preset=64), SampleSpace("image", (3, 64, 64)), ConditionSpace(0)
        )
    blocks = [module for module in network.modules() if isinstance(module, R3Block)]
    assert len(blocks) == 10
    assert {block.mix.in_channels // block.mix.groups for block in blocks} == {16}


@pytest.mark.parametrize("size", SIDES)
def test_down_is_a_filter_then_every_second_place(size: tuple[int, int]) -> None:
    maps = torch.randn(2, 3, *size).double()
    kernel = (torch.outer(KERNEL, KERNEL) / 16).expand(3, 1, 3, 3)
    filtered = functional.conv2d(maps, kernel, padding=1, groups=3)
    torch.testing.assert_close(binomial_halved(maps), filtered[:, :, ::2, ::2])


@pytest.mark.parametrize("size", SIDES)
def test_up_is_zeros_between_then_a_filter_of_gain_4(size: tuple[int, int]) -> None:
    small = [-(-side // 2) for side in size]
    maps = torch.randn(2, 3, *small).double()
    between = torch.zeros(2, 3, 2 * small[0], 2 * small[1]).double()
    between[:, :, ::2, ::2] = maps
    kernel = (4 * torch.outer(KERNEL, KERNEL) / 16).expand(3, 1, 3, 3)
    filtered = functional.conv2d(between, kernel, padding=1, groups=3)
    torch.testing.assert_close(binomial_resized(maps, size), filtered[..., : size[0], : size[1]])


def test_up_and_down_keep_a_plain_picture_plain_but_for_its_border() -> None:
    plain = torch.ones(1, 1, 8, 8)
    assert (binomial_halved(plain)[..., 1:, 1:] == 1).all()
    assert (binomial_resized(plain, (16, 16))[..., :-1, :-1] == 1).all()


def test_resampling_changes_the_samples_and_no_weight() -> None:
    space, noise = SampleSpace("image", (1, 9, 12)), torch.randn(1, 64)
    made = []
    networks = []
    for way in ("bilinear", "binomial"):
        torch.manual_seed(0)
        options = R3GeneratorOptions(width=8, resample=way)
        networks.append(R3Generator(options, space, ConditionSpace(0)))
        made.append(networks[-1](noise, Condition(torch.zeros(1, 0))))
    assert not torch.allclose(*made)
    for (name, one), (other_name, other) in zip(
        networks[0].state_dict().items(), networks[1].state_dict().items(), strict=True
    ):
        assert name == other_name
        assert torch.equal(one, other)
