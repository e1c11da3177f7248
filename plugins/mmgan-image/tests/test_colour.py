"""Colour: each formula by hand, grey and alpha apart, any range."""

import math

import pytest
import torch
from torch import Tensor
from torch.autograd import gradgradcheck

from mmgan_core.contracts import SampleSpace
from mmgan_core.errors import BadValue
from mmgan_image.augment.colour import Colour, ColourOptions


def colour(
    *policy: str, channels: int = 3, low: float = -1.0, high: float = 1.0, **options: float
) -> Colour:
    chosen = ColourOptions.model_validate({"policy": policy, **options})
    return Colour(chosen, SampleSpace("image", (channels, 4, 5), low=low, high=high))


def changed_samples(module: Colour, rows: int = 32) -> tuple[Tensor, Tensor, Tensor]:
    """Samples, the changed samples, and the augmentation parameters."""
    torch.manual_seed(0)
    space = module.space
    sample = space.low + (space.high - space.low) * torch.rand(rows, *space.shape)
    change = module.sample(sample)
    assert change.augmentation_parameters is not None
    assert change.augmentation_parameters.shape == (rows, module.num_augmentation_parameters)
    assert torch.equal(change(sample), change(sample))
    return sample, change(sample), change.augmentation_parameters[..., None, None]


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize(("low", "high"), [(-1.0, 1.0), (0.0, 10.0)])
def test_brightness_and_contrast(channels: int, low: float, high: float) -> None:
    of = {"channels": channels, "low": low, "high": high}
    middle, half = (low + high) / 2, (high - low) / 2
    colours = 3 if channels > 2 else 1
    sample, changed, parameters = changed_samples(colour("brightness", brightness=0.3, **of))  # type: ignore[arg-type]
    torch.testing.assert_close(
        changed[:, :colours], sample[:, :colours] + half * 0.3 * parameters.unsqueeze(1)[:, :, 0]
    )
    assert torch.equal(changed[:, colours:], sample[:, colours:])
    sample, changed, parameters = changed_samples(colour("contrast", contrast=0.4, **of))  # type: ignore[arg-type]
    factor = 2 ** (0.4 * parameters.unsqueeze(1)[:, :, 0])
    torch.testing.assert_close(
        changed[:, :colours], middle + factor * (sample[:, :colours] - middle)
    )
    assert torch.equal(changed[:, colours:], sample[:, colours:])


def test_saturation_and_luma() -> None:
    sample, changed, parameters = changed_samples(colour("saturation", saturation=0.7))
    luma = sample.mean(1, keepdim=True)
    torch.testing.assert_close(changed, luma + 2 ** (0.7 * parameters) * (sample - luma))
    sample, changed, parameters = changed_samples(colour("luma-flip"))
    assert set(parameters.flatten().tolist()) == {0.0, 1.0}
    torch.testing.assert_close(changed, sample - 2 * parameters * sample.mean(1, keepdim=True))


def test_hues_turn_about_grey() -> None:
    sample, changed, parameters = changed_samples(colour("hue", hue=120))
    # Luma and length stay, and the part across grey turns by the angle of the parameters.
    torch.testing.assert_close(changed.mean(1), sample.mean(1))
    torch.testing.assert_close(changed.square().sum(1), sample.square().sum(1))
    sine, cosine = parameters[:, 0], 1 - 1.5 * parameters[:, 1]
    torch.testing.assert_close(sine.square() + cosine.square(), torch.ones_like(sine))
    before, after = (one - one.mean(1, keepdim=True) for one in (sample, changed))
    torch.testing.assert_close((before * after).sum(1), cosine * before.square().sum(1))
    axis = torch.full_like(before, 1 / math.sqrt(3))
    across = torch.linalg.cross(before, after, dim=1)
    torch.testing.assert_close(
        (axis * across).sum(1), sine * before.square().sum(1), atol=1e-5, rtol=1e-4
    )


def test_a_third_of_a_turn_swaps_channels() -> None:
    module = colour("hue", hue=180)
    torch.manual_seed(0)
    sample = torch.eye(3)[0].view(1, 3, 1, 1).expand(4096, 3, 4, 5)
    change = module.sample(sample)
    assert change.augmentation_parameters is not None
    nearest = (
        (change.augmentation_parameters - torch.tensor([math.sqrt(0.75), 0.75]))
        .norm(dim=1)
        .argmin()
    )
    torch.testing.assert_close(
        change(sample)[nearest, :, 0, 0], torch.tensor([0.0, 1.0, 0.0]), atol=5e-3, rtol=0
    )


def test_changes_are_done_in_order() -> None:
    sample, changed, parameters = changed_samples(
        colour("brightness", "contrast", brightness=0.5, contrast=1.0)
    )
    added, factor = 0.5 * parameters[:, :1], 2 ** parameters[:, 1:]
    torch.testing.assert_close(changed, factor * (sample + added))
    sample, changed, parameters = changed_samples(
        colour("contrast", "brightness", brightness=0.5, contrast=1.0)
    )
    torch.testing.assert_close(changed, 2 ** parameters[:, :1] * sample + 0.5 * parameters[:, 1:])


@pytest.mark.parametrize("channels", [1, 2])
def test_grey_has_no_hue(channels: int) -> None:
    space = SampleSpace("image", (channels, 4, 5))
    assert Colour(ColourOptions(), space).num_augmentation_parameters == 2
    assert (
        Colour(
            ColourOptions(), SampleSpace("image", (channels + 2, 4, 5))
        ).num_augmentation_parameters
        == 5
    )
    with pytest.raises(BadValue, match="hue or saturation"):
        Colour(ColourOptions(policy=("hue", "saturation")), space)
    sample, changed, parameters = changed_samples(colour("luma-flip", channels=channels))
    torch.testing.assert_close(changed[:, 0], sample[:, 0] * (1 - 2 * parameters[:, 0]))


@pytest.mark.parametrize("shape", [(5, 4, 4), (10,)])
def test_it_needs_pictures(shape: tuple[int, ...]) -> None:
    with pytest.raises(BadValue, match="1 to 4 channels"):
        Colour(ColourOptions(), SampleSpace("image", shape))


def test_it_can_be_differentiated_twice() -> None:
    torch.manual_seed(0)
    sample = torch.randn(2, 4, 2, 2).double().requires_grad_()
    change = Colour(ColourOptions(), SampleSpace("image", (4, 2, 2))).sample(sample)
    assert gradgradcheck(lambda one: change(one).sin(), (sample,))
