"""Sounds are changed as the augmentation parameters say; any derivative exists; nothing leaks."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.autograd import gradcheck, gradgradcheck

from mmgan_audio.canvas_space import CanvasSpace
from mmgan_audio.log_mel_modality import LogMelModality, LogMelOptions
from mmgan_audio.sound_diffaugment import SoundDiffAugment, SoundDiffAugmentOptions
from mmgan_audio.time_resampling import SHARP, SMOOTH, read_at
from mmgan_core.contracts import Change, SampleSpace, kept_places
from mmgan_core.errors import BadValue

from .conftest import tone

WAVE = SampleSpace("audio", (1, 800))
CANVAS = CanvasSpace("audio", (1, 20, 40), decibels=80.0)
ALL = ("shift", "gain", "speed", "frequency-mask", "time-mask")


def changed(
    space: SampleSpace, *policy: str, rows: int = 16, **options: object
) -> tuple[Change, Tensor]:
    """One change of every row, and its augmentation parameters."""
    torch.manual_seed(0)
    chosen = SoundDiffAugmentOptions.model_validate({"policy": policy or ALL, **options})
    change = SoundDiffAugment(chosen, space).sample(torch.zeros(rows, *space.shape))
    assert change.augmentation_parameters is not None
    return change, change.augmentation_parameters


@pytest.mark.parametrize("space", [WAVE, CANVAS])
def test_a_shift_is_slicing_and_lets_silence_in(space: SampleSpace) -> None:
    length = space.shape[-1]
    silence = -1.0 if space is CANVAS else 0.0
    sample = torch.rand(16, *space.shape)
    change, parameters = changed(space, "shift", shift=0.25)
    for row, before, (share,) in zip(change(sample), sample, parameters, strict=True):
        later = round(share.item() * length / 4)
        expected = torch.full_like(before, silence)
        expected[..., max(later, 0) : length + min(later, 0)] = before[
            ..., max(-later, 0) : length - max(later, 0)
        ]
        torch.testing.assert_close(row, expected, atol=1e-5, rtol=1e-5)
    assert parameters.abs().max() <= 1
    assert len(parameters.unique()) > 4


def test_6_db_are_a_factor_of_a_waveform_and_a_step_of_a_canvas() -> None:
    sample = torch.rand(16, *WAVE.shape) - 0.5
    change, chance = changed(WAVE, "gain", gain=6.0)
    factor = 10 ** (6 * chance / 20)  # a deviation of 6 dB: 1.995 at a chance of 1
    torch.testing.assert_close(change(sample), sample * factor[..., None])
    # 80 dB are 2 units of a canvas: 6 dB are 0.15.
    canvas = torch.rand(16, *CANVAS.shape)
    change, chance = changed(CANVAS, "gain", gain=6.0)
    torch.testing.assert_close(change(canvas), canvas + 0.15 * chance[..., None, None])


def test_a_gain_means_the_same_in_both_forms() -> None:
    options = LogMelOptions(rate=8000, seconds=0.32, n_fft=256, hop=64, bands=24, normalise=False)
    modality = LogMelModality(options)
    wave = torch.from_numpy(tone(500, seconds=0.32))
    louder = wave * 10 ** (-6 / 20)
    before, after = (
        modality.to_sample(modality.prepare([(each.numpy(), 8000)])) for each in (wave, louder)
    )
    heard = before > -0.7  # at least 12 dB over the floor
    # The unit of the augmentation is that of the modality's own space.
    space = modality.space
    assert isinstance(space, CanvasSpace)
    step = -6 * 2 / space.decibels
    assert ((after - before)[heard] - step).abs().max() < 2e-3  # half precision


def test_a_faster_tone_is_higher_and_keeps_its_shape() -> None:
    """A tone of f Hz at 2^s times the speed is one of 2^s f Hz."""
    time = (torch.arange(800) - 399.5) / 8000
    sample = torch.cos(2 * math.pi * 700 * time).expand(8, 1, 800)
    change, chance = changed(WAVE, "speed", rows=8, speed=0.2)
    faster = 2 ** (0.2 * chance)
    expected = torch.cos(2 * math.pi * 700 * faster[..., None] * time)
    middle = slice(300, 500)
    assert (change(sample)[..., middle] - expected[..., middle]).abs().max() < 0.02


def test_a_canvas_keeps_its_pitch_when_it_is_faster() -> None:
    sample = torch.full((16, *CANVAS.shape), -1.0)
    sample[:, :, 5, 15:25] = 1.0
    change, chance = changed(CANVAS, "speed", speed=0.5)
    faster = 2 ** (0.5 * chance[:, 0])
    made = change(sample)
    assert (made[:, :, [*range(5), *range(6, 20)]] == -1).all()
    lengths = ((made[:, 0, 5] + 1) / 2).sum(1)  # 10 frames before
    torch.testing.assert_close(lengths, 10 / faster, atol=0.75, rtol=0)


def test_a_time_stripe_is_silence_of_the_size_that_is_told() -> None:
    for space, silence in ((WAVE, 0.0), (CANVAS, -1.0)):
        sample = 0.5 + torch.rand(16, *space.shape) / 2
        change, parameters = changed(space, "time-mask", time_mask=0.5)
        made, length = change(sample), space.shape[-1]
        gone = (made != sample).flatten(1, -2).all(1)
        assert (made[(made != sample)] == silence).all()
        width, at = parameters.unbind(1)
        assert ((gone.sum(1) - width * 0.5 * length).abs() <= 1).all()
        places = torch.arange(length).float() + 0.5
        for row, wide, middle in zip(gone, width, at, strict=True):
            if row.any():
                found = places[row].mean() / length * 2 - 1
                assert (found - middle / wide).abs() < 2.5 / length


def test_a_frequency_stripe_takes_the_tones_within_it_and_no_other() -> None:
    # Whole periods: bin k holds k * 10 Hz.
    tones = [50, 150, 250, 350]
    parts = torch.stack([torch.from_numpy(tone(10 * k, seconds=0.1)) for k in tones])
    change, parameters = changed(WAVE, "frequency-mask", rows=64, frequency_mask=0.6)
    made = change(parts.sum(0).expand(64, 1, 800))[:, 0]
    kept = (made @ parts.T) / parts.square().sum(1)
    width, at = parameters.unbind(1)
    wide, middle = width * 0.6 * 401, (at / width + 1) / 2 * 401
    bins = torch.tensor(tones)
    inside = (bins >= (middle - wide / 2)[:, None]) & (bins < (middle + wide / 2)[:, None])
    torch.testing.assert_close(kept, (~inside).float(), atol=1e-3, rtol=0)
    assert 0.05 < inside.float().mean() < 0.8


def test_a_frequency_stripe_of_a_canvas_is_rows_of_silence() -> None:
    sample = torch.rand(16, *CANVAS.shape)
    made = changed(CANVAS, "frequency-mask")[0](sample)
    gone = (made == -1).flatten(1).view(16, 20, 40)
    assert torch.equal(gone.all(2), gone.any(2))
    assert gone.any()


@pytest.mark.parametrize("space", [SampleSpace("audio", (1, 24)), CanvasSpace("audio", (1, 5, 9))])
def test_derivatives_of_any_order(space: SampleSpace) -> None:
    change, _ = changed(space, rows=2)
    sample = torch.rand(2, *space.shape, dtype=torch.float64, requires_grad=True)
    loose = {"atol": 1e-2, "rtol": 1e-2, "eps": 1e-3}  # the transform is in single precision
    assert gradcheck(change, sample, **loose)
    assert gradgradcheck(lambda x: change(x).square(), sample, **loose)


@pytest.mark.parametrize("space", [WAVE, CANVAS])
def test_real_and_made_are_changed_alike_and_rows_are_not(space: SampleSpace) -> None:
    change, parameters = changed(space)
    assert parameters.shape == (16, 7)
    one = torch.rand(space.shape)
    first, second = change(one.expand(16, *space.shape)), change(one.expand(16, *space.shape))
    assert torch.equal(first, second)
    assert len({row.sum().item() for row in first}) > 12


def test_maps_move_with_what_moves_and_only_then() -> None:
    assert changed(WAVE, "gain", "time-mask")[0].move is kept_places
    change, parameters = changed(WAVE, "shift", shift=0.25)
    assert change.move is not None
    maps = torch.zeros(16, 2, 80)  # a tenth of the places
    maps[..., 40] = 1
    moved = change.move(maps)
    expected = 40 + parameters[:, 0] * 200 / 10
    found = (moved[:, 0] * torch.arange(80)).sum(1)
    torch.testing.assert_close(found, expected, atol=1e-3, rtol=0)


def test_reading_is_exact_at_whole_places_and_nearly_so_between() -> None:
    sound = torch.sin(torch.arange(64.0))[None, None]
    for reach, error in ((SMOOTH, 0.13), (SHARP, 0.01)):
        whole = read_at(torch.arange(64.0)[None], reach=reach, value=0.0)(sound)
        torch.testing.assert_close(whole, sound, atol=1e-6, rtol=0)
        between = torch.arange(10, 50)[None] + 0.5
        read = read_at(between, reach=reach, value=0.0)(sound)
        assert (read - torch.sin(between)).abs().max() < error
    outside = read_at(torch.tensor([[-9.0, 99.0]]), reach=SHARP, value=-1.0)(sound)
    torch.testing.assert_close(outside.flatten(), torch.tensor([-1.0, -1.0]))


@pytest.mark.parametrize(("probability", "least"), [(0.5, 0.375), (0.75, 0.0625)])
def test_a_shift_can_be_undone_below_a_probability_of_point_8(
    probability: float, least: float
) -> None:
    """Where an impulse comes out, over all shifts: the matrix keeps 1 - 5/4 p of any data."""
    space = SampleSpace("audio", (1, 16))
    change, parameters = changed(space, "shift", rows=64, shift=0.125)  # by up to 2 of 16
    by_shift = []
    for share in parameters.unique():
        row = int((parameters[:, 0] == share).nonzero()[0])
        impulses = torch.eye(16)[:, None, None].expand(16, 64, 1, 16)
        by_shift.append(torch.stack([change(each)[row, 0] for each in impulses]))
    assert len(by_shift) == 5
    matrix = (1 - probability) * torch.eye(16) + probability * torch.stack(by_shift).mean(0)
    assert torch.linalg.eigvalsh(matrix).min() >= least - 1e-4


def test_a_shift_that_is_certain_loses_some_data() -> None:
    change, parameters = changed(SampleSpace("audio", (1, 16)), "shift", rows=64, shift=0.125)
    rows = [int((parameters[:, 0] == share).nonzero()[0]) for share in parameters.unique()]
    out = torch.stack([change(each.expand(64, 1, 16))[rows, 0] for each in torch.eye(16)])
    assert torch.linalg.eigvalsh(out.mean(1)).abs().min() < 0.05


def test_what_is_no_sound_is_refused() -> None:
    for shape in ((3, 8, 8), (2, 800), (1, 20, 40)):
        with pytest.raises(BadValue, match=r"canvases of audio/log-mel"):
            SoundDiffAugment(SoundDiffAugmentOptions(), SampleSpace("audio", shape))
