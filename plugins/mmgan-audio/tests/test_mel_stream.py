"""Canvases of any length: a longer one is a shorter one continued, and has no seams."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from mmgan_audio.mel_stream_generator import MelStreamGenerator, MelStreamGeneratorOptions
from mmgan_audio.noise_sequence import NoiseSequence
from mmgan_core.contracts import Condition, ConditionSpace, SampleSpace
from mmgan_core.errors import BadValue


def generator(
    bands: int = 12, frames: int = 21, dim: int = 6, **options: object
) -> MelStreamGenerator:
    torch.manual_seed(0)
    chosen = MelStreamGeneratorOptions.model_validate({"width": 4, "noise_dim": 5, **options})
    space = SampleSpace("audio", (1, bands, frames))
    net = MelStreamGenerator(chosen, space, ConditionSpace(dim))
    for name, parameter in net.named_parameters():  # blocks start as the identity
        if "second" in name or "by_band" in name:
            torch.nn.init.normal_(parameter, std=0.1)
    return net.eval()


def made(net: MelStreamGenerator, frames: int, noise: Tensor, condition: Condition) -> Tensor:
    with torch.no_grad():
        return net.sized((1, net.space.shape[1], frames))(noise, condition)


@pytest.mark.parametrize("bands", [1, 5, 12, 40, 64])
@pytest.mark.parametrize("frames", [1, 9, 64, 333])
def test_any_number_of_bands_and_frames(bands: int, frames: int) -> None:
    net = generator(bands)
    sample = made(net, frames, torch.randn(2, net.noise_dim), Condition(torch.randn(2, 6)))
    assert sample.shape == (2, 1, bands, frames)
    assert sample.isfinite().all()


@pytest.mark.parametrize("bands", [12, 40, 64])
def test_a_longer_sound_is_the_shorter_one_continued(bands: int) -> None:
    """So places near an end are as all others: nothing knows where a window of training ended."""
    net = generator(bands)
    noise, condition = torch.randn(2, net.noise_dim), Condition(torch.randn(2, 6))
    short, long = (made(net, frames, noise, condition) for frames in (64, 400))
    torch.testing.assert_close(long[..., :64], short, rtol=1e-4, atol=1e-5)
    assert (long[..., 64:128] - short).abs().mean() > 0.01, "it does not repeat the window"


def test_a_margin_that_is_too_short_would_be_seen() -> None:
    net = generator(40)
    net.margins = [margin - 1 for margin in net.margins]
    noise, condition = torch.randn(2, net.noise_dim), Condition(torch.randn(2, 6))
    try:
        short, long = (made(net, frames, noise, condition) for frames in (64, 400))
    except RuntimeError:
        return
    assert short.shape != (2, 1, 40, 64) or not torch.allclose(long[..., :64], short, atol=1e-3)


def test_all_times_are_alike_over_many_noises() -> None:
    torch.manual_seed(0)
    sequence = NoiseSequence(2, 16)
    steps = sequence(torch.randn(20_000, sequence.dim), 0, 300)  # (B, 2, 300)
    for time in (0, 1, 150, 299):
        assert steps[:, :, time].std(0).allclose(torch.ones(2), atol=0.03)
        assert steps[:, :, time].mean(0).abs().max() < 0.03
    near = [(steps[:, 0, t] * steps[:, 0, t + 3]).mean() for t in (0, 100, 250)]
    assert max(near) - min(near) < 0.05, "only the distance of two times matters"


def test_the_sequence_does_not_return() -> None:
    torch.manual_seed(0)
    sequence = NoiseSequence(8, 32)
    steps = sequence(torch.randn(1, sequence.dim), 0, 2000)[0]  # (8, 2000)
    steps = steps / steps.norm(dim=0)
    alike = (steps[:, :1] * steps[:, 1:]).sum(0)
    assert alike.max() < 0.99


def test_every_parameter_learns_and_noise_and_condition_matter() -> None:
    net = generator().train()
    noise, condition = torch.randn(2, net.noise_dim), Condition(torch.randn(2, 6))
    sample = net(noise, condition)
    sample.square().sum().backward()
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name
    assert not torch.allclose(sample, net(torch.randn(2, net.noise_dim), condition), atol=1e-3)
    assert not torch.allclose(sample, net(noise, Condition(torch.randn(2, 6))), atol=1e-3)


def test_asking_for_another_size_changes_nothing_of_the_network() -> None:
    net = generator()
    larger = net.sized((1, 12, 100))
    assert net.space.shape == (1, 12, 21)
    assert larger.blocks[0].first.weight is net.blocks[0].first.weight
    with pytest.raises(BadValue, match="of any length"):
        net.sized((1, 13, 100))
