"""Generators and discriminators: any size, every parameter used, noise and condition matter."""

import pytest
import torch

from mmgan_core.contracts import Condition, ConditionSpace, Discriminator, Generator, SampleSpace
from mmgan_core.errors import BadValue
from mmgan_image.networks.dcgan_discriminator import DCGANDiscriminator, DCGANDiscriminatorOptions
from mmgan_image.networks.dcgan_generator import DCGANGenerator, DCGANGeneratorOptions
from mmgan_image.networks.fast_generator import FastGenerator, FastGeneratorOptions
from mmgan_image.networks.patch_discriminator import PatchDiscriminator, PatchDiscriminatorOptions
from mmgan_image.networks.r3_discriminator import R3Discriminator, R3DiscriminatorOptions
from mmgan_image.networks.r3_generator import R3Generator, R3GeneratorOptions
from mmgan_image.networks.residual_discriminator import (
    ResidualDiscriminator,
    ResidualDiscriminatorOptions,
)
from mmgan_image.networks.residual_generator import ResidualGenerator, ResidualGeneratorOptions
from mmgan_image.networks.style_generator import StyleGenerator, StyleGeneratorOptions
from mmgan_image.networks.unet_discriminator import UNetDiscriminator, UNetDiscriminatorOptions
from mmgan_image.networks.unet_generator import UNetGenerator, UNetGeneratorOptions

GENERATORS = {
    "r3": (R3Generator, R3GeneratorOptions(width=8, noise_dim=7)),
    "r3-deep": (R3Generator, R3GeneratorOptions(width=6, blocks=2, growth=1.5, noise_dim=7)),
    "r3-binomial": (R3Generator, R3GeneratorOptions(preset=32, width=6, blocks=1, noise_dim=7)),
    "dcgan": (DCGANGenerator, DCGANGeneratorOptions(width=8, noise_dim=7)),
    "dcgan-nearest": (
        DCGANGenerator,
        DCGANGeneratorOptions(width=8, noise_dim=7, upsample="nearest"),
    ),
    "unet": (UNetGenerator, UNetGeneratorOptions(width=6, noise_dim=7)),
    "unet-fourier": (
        UNetGenerator,
        UNetGeneratorOptions(width=6, max_width=9, blocks=2, fourier=True, noise_dim=7),
    ),
    "style": (StyleGenerator, StyleGeneratorOptions(width=4, style_dim=8, latent_dim=7)),
    "style-smooth": (
        StyleGenerator,
        StyleGeneratorOptions(width=4, style_dim=8, mapping=1, latent_dim=7, pixel_noise=False),
    ),
    "residual": (ResidualGenerator, ResidualGeneratorOptions(width=8, noise_dim=7)),
    "fast": (FastGenerator, FastGeneratorOptions(width=8, noise_dim=7)),
}
DISCRIMINATORS = {
    "r3": (R3Discriminator, R3DiscriminatorOptions(width=8)),
    "r3-deep": (R3Discriminator, R3DiscriminatorOptions(width=6, blocks=2, growth=1.5)),
    "r3-binomial": (R3Discriminator, R3DiscriminatorOptions(preset=32, width=6, blocks=1)),
    "dcgan": (DCGANDiscriminator, DCGANDiscriminatorOptions(width=8)),
    "dcgan-plain": (DCGANDiscriminator, DCGANDiscriminatorOptions(width=8, normalise=False)),
    "patch": (PatchDiscriminator, PatchDiscriminatorOptions(width=8, layers=1)),
    "patch-deep": (PatchDiscriminator, PatchDiscriminatorOptions(width=6, layers=3)),
    "unet": (UNetDiscriminator, UNetDiscriminatorOptions(width=8)),
    "residual": (ResidualDiscriminator, ResidualDiscriminatorOptions(width=8, max_width=16)),
    "residual-plain": (
        ResidualDiscriminator,
        ResidualDiscriminatorOptions(width=8, max_width=16, spectral=False),
    ),
}
SIZES = [(1, 28, 28), (3, 17, 30), (2, 5, 4), (4, 33, 9), (1, 1, 1)]


def generator(name: str, shape: tuple[int, ...], dim: int = 5) -> Generator:
    torch.manual_seed(0)
    cls, options = GENERATORS[name]
    return cls(
        options, SampleSpace("image", shape), ConditionSpace(dim, mask_shape=(1, *shape[1:]))
    )


def discriminator(name: str, shape: tuple[int, ...], dim: int = 5) -> Discriminator:
    torch.manual_seed(0)
    cls, options = DISCRIMINATORS[name]
    return cls(options, SampleSpace("image", shape), ConditionSpace(dim))


def wakened(network: torch.nn.Module) -> torch.nn.Module:
    """Blocks that begin as the identity hide what is before their last layer: move it off zero."""
    for parameter in network.parameters():
        if not parameter.any():
            torch.nn.init.normal_(parameter, std=0.1)
    return network


@pytest.mark.parametrize("name", GENERATORS)
@pytest.mark.parametrize("shape", SIZES)
@pytest.mark.parametrize(("batch", "dim"), [(1, 5), (3, 0)])
def test_generators_make_any_size(name: str, shape: tuple[int, ...], batch: int, dim: int) -> None:
    network = generator(name, shape, dim).eval()
    made = network(torch.randn(batch, network.noise_dim), Condition(torch.randn(batch, dim)))
    assert made.shape == (batch, *shape)
    assert made.isfinite().all()


@pytest.mark.parametrize("name", DISCRIMINATORS)
@pytest.mark.parametrize("shape", SIZES)
@pytest.mark.parametrize(("batch", "dim"), [(1, 5), (3, 0)])
def test_discriminators_take_any_size(
    name: str, shape: tuple[int, ...], batch: int, dim: int
) -> None:
    network = discriminator(name, shape, dim).eval()
    critique = network(torch.randn(batch, *shape), Condition(torch.randn(batch, dim)))
    assert len(critique.logits) == batch
    assert critique.logits.isfinite().all()
    assert all(len(features) == batch for features in critique.features)


@pytest.mark.parametrize("name", GENERATORS)
def test_every_weight_of_a_generator_learns(name: str) -> None:
    network = wakened(generator(name, (3, 18, 13)))
    made = network(torch.randn(6, network.noise_dim), Condition(torch.randn(6, 5)))
    (made * torch.randn_like(made)).sum().backward()
    assert [n for n, p in network.named_parameters() if p.grad is None or not p.grad.any()] == []


@pytest.mark.parametrize("name", DISCRIMINATORS)
def test_every_weight_of_a_discriminator_learns(name: str) -> None:
    network = wakened(discriminator(name, (3, 18, 13)))
    critique = network(torch.randn(6, 3, 18, 13), Condition(torch.randn(6, 5)))
    (critique.logits * torch.randn_like(critique.logits)).sum().backward()
    assert [n for n, p in network.named_parameters() if p.grad is None or not p.grad.any()] == []


@pytest.mark.parametrize("name", GENERATORS)
def test_noise_and_condition_matter(name: str) -> None:
    network = generator(name, (1, 12, 12)).eval()
    noise, given = torch.randn(2, 1, network.noise_dim), torch.randn(2, 1, 5)
    made = [network(z, Condition(c)) for z in noise for c in given]
    for k in range(4):
        for other in range(k):
            assert not torch.allclose(made[k], made[other], atol=1e-6)
    assert torch.equal(made[0], network(noise[0], Condition(given[0])))


@pytest.mark.parametrize("name", DISCRIMINATORS)
def test_the_condition_matters(name: str) -> None:
    network = discriminator(name, (1, 12, 12)).eval()
    sample = torch.randn(1, 1, 12, 12)
    one, other = (network(sample, Condition(torch.randn(1, 5))).logits for _ in range(2))
    assert not torch.allclose(one, other, atol=1e-6)


@pytest.mark.parametrize(
    "name",
    ["r3", "r3-deep", "dcgan-plain", "patch", "unet", "residual", "residual-plain"],
)
def test_rows_do_not_mix(name: str) -> None:
    network = discriminator(name, (1, 12, 12))
    samples, given = torch.randn(4, 1, 12, 12), torch.randn(4, 5)
    whole = network(samples, Condition(given)).logits
    alone = network(samples[2:3], Condition(given[2:3])).logits
    torch.testing.assert_close(whole[2:3], alone, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("name", DISCRIMINATORS)
def test_the_gradient_of_the_gradient_is_right(name: str) -> None:
    network = wakened(discriminator(name, (1, 6, 5))).double().eval()
    condition = Condition(torch.randn(2, 5).double())
    # Leaky ReLUs have corners; away from them finite differences agree.
    sample = torch.randn(2, 1, 6, 5).double().requires_grad_()
    weight = next(p for p in network.parameters() if p.dim() > 1)

    def penalty() -> torch.Tensor:
        logits = network(sample, condition).logits
        (slope,) = torch.autograd.grad(logits.sum(), sample, create_graph=True)
        return slope.square().sum()

    (exact,) = torch.autograd.grad(penalty(), weight)
    direction = torch.randn_like(weight)
    with torch.no_grad():
        weight += 1e-6 * direction
    above = penalty().item()
    with torch.no_grad():
        weight -= 2e-6 * direction
    below = penalty().item()
    assert (exact * direction).sum().item() == pytest.approx((above - below) / 2e-6, rel=1e-4)


@pytest.mark.parametrize(("upsample", "grid"), [("nearest", False), ("transposed", True)])
def test_only_transposed_convolutions_leave_a_grid(upsample: str, grid: bool) -> None:
    torch.manual_seed(0)
    options = DCGANGeneratorOptions(width=4, noise_dim=7, upsample=upsample)
    made = DCGANGenerator(options, SampleSpace("image", (3, 64, 64)), ConditionSpace(5))
    flat = torch.ones(1, *made.start)
    inside = made.grow[2](flat)[..., 2:-2, 2:-2]
    assert bool((inside.std((2, 3)) > 1e-6).any()) is grid


def test_r3_says_what_it_cannot_make() -> None:
    with pytest.raises(BadValue, match="at most 4"):
        R3Generator(
            R3GeneratorOptions(levels=9), SampleSpace("image", (1, 16, 16)), ConditionSpace(0)
        )
    with pytest.raises(BadValue, match="core/dense"):
        R3Generator(R3GeneratorOptions(), SampleSpace("label", (10,)), ConditionSpace(0))


def test_r3_starts_as_the_paper_says() -> None:
    network = R3Generator(
        R3GeneratorOptions(width=64), SampleSpace("image", (3, 32, 32)), ConditionSpace(0)
    )
    blocks = [block for level in network.levels for block in level]
    gain = (2 / 1.04) ** 0.5 * len(blocks) ** -0.25
    for block in blocks:
        assert not block.contract.weight.any()
        fan_in = block.mix.weight[0].numel()
        assert block.mix.weight.std().item() == pytest.approx(gain / fan_in**0.5, rel=0.1)
        assert block.mix.in_channels // block.mix.groups == 16
