from __future__ import annotations

from typing import TypeVar

import pytest
import torch
from torch import Tensor

from mmgan_audio.mel_canvas_discriminator import (
    MelCanvasDiscriminator,
    MelCanvasDiscriminatorOptions,
)
from mmgan_audio.mel_canvas_generator import MelCanvasGenerator, MelCanvasGeneratorOptions
from mmgan_audio.mel_grid import levels
from mmgan_core.blocks import TokenMatch
from mmgan_core.contracts import Condition, ConditionSpace, SampleSpace
from mmgan_core.errors import BadValue

Net = TypeVar("Net", bound=torch.nn.Module)
SIZES = [(1, 1), (4, 9), (5, 3), (40, 33), (64, 100)]


def generator(
    size: tuple[int, int] = (12, 21), dim: int = 6, low: float = -1.0, **options: object
) -> MelCanvasGenerator:
    torch.manual_seed(0)
    chosen = MelCanvasGeneratorOptions.model_validate({"width": 4, "noise_dim": 5, **options})
    space = SampleSpace("audio", (1, *size), low=low)
    return awake(MelCanvasGenerator(chosen, space, ConditionSpace(dim)))


def discriminator(size: tuple[int, int] = (12, 21), dim: int = 6) -> MelCanvasDiscriminator:
    torch.manual_seed(0)
    chosen = MelCanvasDiscriminatorOptions(width=4)
    return awake(
        MelCanvasDiscriminator(chosen, SampleSpace("audio", (1, *size)), ConditionSpace(dim))
    )


def awake(net: Net) -> Net:
    """Blocks start as the identity, which would hide what they do."""
    for name, parameter in net.named_parameters():
        if "second" in name or "by_band" in name:
            torch.nn.init.normal_(parameter, std=0.1)
    return net


def random_condition(rows: int, dim: int = 6) -> Condition:
    return Condition(torch.randn(rows, dim))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dim", [0, 6])
@pytest.mark.parametrize("rows", [1, 3])
def test_any_size_condition_and_batch(size: tuple[int, int], dim: int, rows: int) -> None:
    fake = generator(size, dim)(torch.randn(rows, 5), random_condition(rows, dim))
    assert fake.shape == (rows, 1, *size)
    assert fake.abs().max() <= 2
    critique = discriminator(size, dim)(fake, random_condition(rows, dim))
    assert critique.logits.shape == (rows,)
    assert len(critique.features) == len(levels(*size))


def test_grids_halve_upwards() -> None:
    assert levels(64, 100) == [(32, 50), (16, 25), (8, 13), (4, 7)]
    assert levels(3, 40) == [(2, 20), (1, 10), (1, 5)]


def test_every_parameter_learns() -> None:
    for net, given in (
        (generator(), torch.randn(2, 5)),
        (discriminator(), torch.randn(2, 1, 12, 21)),
    ):
        said = net(given, random_condition(2))
        said = said if isinstance(said, Tensor) else said.logits
        said.square().sum().backward()
        for name, parameter in net.named_parameters():
            assert parameter.grad is not None, name
            assert parameter.grad.abs().sum() > 0, name


def test_noise_and_condition_matter() -> None:
    net, noise, condition = generator(), torch.randn(1, 5), random_condition(1)
    sample = net(noise, condition)
    torch.testing.assert_close(sample, net(noise, condition), rtol=0, atol=0)
    assert not torch.allclose(sample, net(torch.randn(1, 5), condition), atol=1e-3)
    assert not torch.allclose(sample, net(noise, random_condition(1)), atol=1e-3)


def test_the_range_is_that_of_the_space() -> None:
    sample = generator(low=0.0)(100 * torch.randn(8, 5), random_condition(8))
    # Bounded at half a range beyond each end, and centred on the range.
    assert sample.min() >= -0.5
    assert sample.max() <= 1.5
    assert sample.min() < 0.5 < sample.max()


def test_rows_do_not_mix() -> None:
    noise, condition = torch.randn(3, 5), random_condition(3)
    fake = generator()(noise, condition)
    alone = generator()(noise[1:2], Condition(condition.pooled[1:2]))
    torch.testing.assert_close(fake[1:2], alone, rtol=1e-4, atol=1e-5)
    judge = discriminator()
    logits = judge(fake, condition).logits
    one = judge(fake[1:2], Condition(condition.pooled[1:2])).logits
    torch.testing.assert_close(logits[1:2], one, rtol=1e-4, atol=1e-5)


def test_the_logit_is_linear_in_the_condition() -> None:
    judge, sample = discriminator(), torch.randn(2, 1, 12, 21)
    none, one = torch.zeros(2, 6), torch.randn(2, 6)
    at = [judge(sample, Condition(c)).logits for c in (none, one, 2 * one)]
    torch.testing.assert_close(at[2] - at[1], at[1] - at[0], rtol=1e-4, atol=1e-5)
    assert (at[1] - at[0]).abs().min() > 1e-4


def test_frequency_is_not_shift_invariant() -> None:
    judge = discriminator((32, 32))
    low = torch.zeros(1, 1, 32, 32)
    low[:, :, 4:8, 12:20] = 1
    high = low.roll(16, dims=2)
    said = [judge(x, random_condition(1, 6)).logits for x in (low, high)]
    assert (said[0] - said[1]).abs() > 1e-3


def test_double_backward_agrees_with_finite_differences() -> None:
    judge = discriminator().double()
    condition = Condition(torch.randn(1, 6).double())
    sample = torch.randn(1, 1, 12, 21).double().requires_grad_()
    weight = judge.blocks[0].first.weight

    def slope() -> Tensor:
        logits = judge(sample, condition).logits.sum()
        return torch.autograd.grad(logits, sample, create_graph=True)[0].square().sum()

    (exact,) = torch.autograd.grad(slope(), weight)
    way, step = torch.randn_like(weight), 1e-6
    with torch.no_grad():
        weight += step * way
    up = slope().item()
    with torch.no_grad():
        weight -= 2 * step * way
    down = slope().item()
    assert (exact * way).sum().item() == pytest.approx((up - down) / (2 * step), rel=1e-4)


def test_default_sizes_are_moderate() -> None:
    space, condition = SampleSpace("audio", (1, 64, 100)), ConditionSpace(128)
    for net in (
        MelCanvasGenerator(MelCanvasGeneratorOptions(), space, condition),
        MelCanvasDiscriminator(MelCanvasDiscriminatorOptions(), space, condition),
    ):
        assert 0.3e6 < sum(p.numel() for p in net.parameters()) < 0.8e6


def test_waveforms_are_refused_with_the_way_out() -> None:
    space = SampleSpace("audio", (1, 8000))
    with pytest.raises(BadValue, match="choose the modality audio/log-mel"):
        MelCanvasGenerator(MelCanvasGeneratorOptions(), space, ConditionSpace(0))
    with pytest.raises(BadValue, match="choose the modality audio/log-mel"):
        MelCanvasDiscriminator(MelCanvasDiscriminatorOptions(), space, ConditionSpace(0))


def test_it_learns_a_canvas() -> None:
    real = torch.rand(1, 1, 12, 21) * 2 - 1
    net, noise, condition = generator(width=16), torch.randn(1, 5), random_condition(1)
    optimiser = torch.optim.Adam(net.parameters(), 3e-3)
    for _ in range(150):
        loss = (net(noise, condition) - real).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss < 0.02 * real.square().mean()


def test_levels_of_a_padded_word_are_those_of_the_shorter_word() -> None:
    """32 of 64 frames; the shorter canvas has one level fewer."""
    torch.manual_seed(0)
    options, nothing = MelCanvasDiscriminatorOptions(width=4, max_width=8), ConditionSpace(dim=0)
    long, short = (
        MelCanvasDiscriminator(options, SampleSpace("audio", (1, 32, frames)), nothing)
        for frames in (64, 32)
    )
    for weight in long.parameters():
        weight.data += 0.1 * torch.randn(weight.shape)
    own = short.state_dict()
    shared = {k: v for k, v in long.state_dict().items() if k in own and v.shape == own[k].shape}
    short.load_state_dict(
        {**own, **{k: v for k, v in shared.items() if k.startswith(("see", "blocks", "joins"))}}
    )
    word = torch.randn(2, 1, 32, 32)
    canvas = torch.full((2, 1, 32, 64), 5.0)
    canvas[..., :32] = word
    places = (torch.arange(64) < 32).expand(2, 1, 32, 64)
    padded = long(canvas, Condition(torch.zeros(2, 0), places=places))
    alone = short(word, Condition(torch.zeros(2, 0)))
    assert len(alone.features) == 2
    for one, other in zip(padded.features, alone.features, strict=False):
        frames = other.shape[3]
        torch.testing.assert_close(one[..., :frames], other, rtol=1e-4, atol=1e-5)
        assert not one[..., frames:].any()


def test_tokens_find_no_place_of_padding() -> None:
    torch.manual_seed(0)
    match = TokenMatch(3, 2)
    tokens = Condition(torch.zeros(2, 0), torch.randn(2, 4, 2))
    features = torch.randn(2, 3, 5)
    real = (torch.arange(5) < 2).expand(2, 1, 5)
    torch.testing.assert_close(match(features, tokens, real), match(features[..., :2], tokens))


def test_noise_is_scaled_outside_training_alone() -> None:
    plain, scaled = generator(), generator(noise_scale=0.4)
    noise, condition = torch.randn(3, 5), Condition(torch.randn(3, 6))
    torch.testing.assert_close(scaled.train()(noise, condition), plain.train()(noise, condition))
    wanted = plain.eval()(noise * 0.4, condition)
    torch.testing.assert_close(scaled.eval()(noise, condition), wanted)
