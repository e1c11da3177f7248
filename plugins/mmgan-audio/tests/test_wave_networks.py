"""Waveforms of any length; phases are shuffled in training only; made and told as they should."""

from __future__ import annotations

import pytest
import torch

from mmgan_audio.wave_discriminator import WaveDiscriminator, WaveDiscriminatorOptions
from mmgan_audio.wave_generator import WaveGenerator, WaveGeneratorOptions
from mmgan_audio.wave_levels import PhaseShuffle, wave_levels
from mmgan_core.contracts import Condition, ConditionSpace, SampleSpace
from mmgan_core.errors import BadValue


def generator(length: int = 300, dim: int = 6, **options: object) -> WaveGenerator:
    torch.manual_seed(0)
    chosen = WaveGeneratorOptions.model_validate({"width": 4, "noise_dim": 5, **options})
    return WaveGenerator(chosen, SampleSpace("audio", (1, length)), ConditionSpace(dim)).eval()


def discriminator(length: int = 300, dim: int = 6, **options: object) -> WaveDiscriminator:
    torch.manual_seed(0)
    chosen = WaveDiscriminatorOptions.model_validate({"width": 4, **options})
    return WaveDiscriminator(chosen, SampleSpace("audio", (1, length)), ConditionSpace(dim)).eval()


def random_condition(rows: int, dim: int = 6) -> Condition:
    return Condition(torch.randn(rows, dim))


def test_levels_are_quarters_rounded_up() -> None:
    assert wave_levels(16_384) == [4096, 1024, 256, 64, 16]  # WaveGAN's
    assert wave_levels(5120) == [1280, 320, 80, 20, 5]
    assert wave_levels(1) == [1]


@pytest.mark.parametrize("length", [1, 63, 64, 65, 300, 5121])
@pytest.mark.parametrize("dim", [0, 6])
def test_any_length(length: int, dim: int) -> None:
    fake = generator(length, dim)(torch.randn(3, 5), random_condition(3, dim))
    assert fake.shape == (3, 1, length)
    assert fake.abs().max() <= 1
    critique = discriminator(length, dim)(fake, random_condition(3, dim))
    assert critique.logits.shape == (3,)
    assert [f.shape[2] for f in critique.features] == wave_levels(length)


def test_phases_are_shuffled_by_whole_places_and_reflected() -> None:
    torch.manual_seed(0)
    shuffle = PhaseShuffle(2).train()
    features = torch.arange(6.0).expand(64, 3, 6)
    allowed = {
        (2, 1, 0, 1, 2, 3),
        (1, 0, 1, 2, 3, 4),
        (0, 1, 2, 3, 4, 5),
        (1, 2, 3, 4, 5, 4),
        (2, 3, 4, 5, 4, 3),
    }
    shuffled = shuffle(features)
    assert {tuple(row[0].int().tolist()) for row in shuffled} == allowed
    assert torch.equal(shuffled[:, 0], shuffled[:, 2])
    assert shuffle.eval()(features) is features
    assert torch.equal(PhaseShuffle(0).train()(features), features)
    assert torch.equal(shuffle.train()(features[..., :1]), features[..., :1])


def test_no_place_gets_more_of_a_constant_than_another() -> None:
    """The kernel is a multiple of the stride: no tone of the stride is built in."""
    net = generator()
    with torch.no_grad():
        up = net.ups[0]
        up.weight.fill_(1.0)
        made = up(torch.ones(1, up.in_channels, 40))[0, 0]
    assert (made[20:-20] == made[20]).all()


def test_levels_begin_with_outputs_of_about_unit_size_and_end_quietly() -> None:
    net = generator(16_384, width=16)
    x = torch.randn(4, net.ups[0].in_channels, 16)
    for up in net.ups[:-1]:
        x = up(torch.relu(x))
        assert 0.5 < x.std() < 2
    assert 0.1 < net.ups[-1](torch.relu(x)).std() < 0.4


def test_noise_and_condition_matter_and_rows_do_not_mix() -> None:
    net, judge = generator(), discriminator()
    noise, condition = torch.randn(3, 5), random_condition(3)
    fake = net(noise, condition)
    assert not torch.allclose(fake, net(noise, random_condition(3)), atol=1e-3)
    assert not torch.allclose(fake, net(torch.randn(3, 5), condition), atol=1e-3)
    alone = Condition(condition.pooled[1:2])
    torch.testing.assert_close(fake[1:2], net(noise[1:2], alone), rtol=1e-4, atol=1e-5)
    logits = judge(fake, condition).logits
    one = judge(fake[1:2], alone).logits
    torch.testing.assert_close(logits[1:2], one, rtol=1e-4, atol=1e-5)


def test_the_logit_is_linear_in_the_condition() -> None:
    judge, sample = discriminator(), torch.randn(2, 1, 300)
    none, one = torch.zeros(2, 6), torch.randn(2, 6)
    at = [judge(sample, Condition(c)).logits for c in (none, one, 2 * one)]
    torch.testing.assert_close(at[2] - at[1], at[1] - at[0], rtol=1e-4, atol=1e-5)
    assert (at[1] - at[0]).abs().min() > 1e-4


def test_the_penalty_has_a_gradient_to_the_weights() -> None:
    judge = discriminator().train()
    sample = torch.randn(2, 1, 300, requires_grad=True)
    logits = judge(sample, random_condition(2)).logits.sum()
    (slope,) = torch.autograd.grad(logits, sample, create_graph=True)
    slope.square().sum().backward()
    grad = judge.downs[0].weight.grad
    assert grad is not None
    assert grad.abs().sum() > 0


def test_it_learns_a_waveform() -> None:
    time = torch.arange(300) / 300
    real = (0.6 * torch.sin(2 * torch.pi * 20 * time))[None, None]
    net, noise, condition = generator(width=8), torch.randn(1, 5), random_condition(1)
    optimiser = torch.optim.Adam(net.parameters(), 3e-3)
    for _ in range(100):
        loss = (net(noise, condition) - real).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss < 0.02 * real.square().mean()


def test_canvases_are_refused_with_the_way_out() -> None:
    space = SampleSpace("audio", (1, 40, 33))
    with pytest.raises(BadValue, match="choose the modality audio/audio"):
        WaveGenerator(WaveGeneratorOptions(), space, ConditionSpace(0))
    with pytest.raises(BadValue, match="choose the modality audio/audio"):
        WaveDiscriminator(WaveDiscriminatorOptions(), space, ConditionSpace(0))
