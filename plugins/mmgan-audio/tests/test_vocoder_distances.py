"""Distances of spectra, by hand: a sound louder by a known factor is a known distance off."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch
from torch import Tensor

from mmgan_audio.mel_distance_loss import NEPER, MelDistance, MelDistanceOptions
from mmgan_audio.spectrum import Spectrum
from mmgan_audio.stft_distance_loss import StftDistance, StftDistanceOptions
from mmgan_core.contracts import Condition, GeneratorStep, SampleSpace, Settings
from mmgan_core.errors import BadValue

SPACE = SampleSpace("audio", (1, 1024), settings=Settings.of("waveform", rate=8000))


def step(fake: Tensor, real: Tensor, places: Tensor | None = None) -> GeneratorStep:
    condition = Condition(torch.zeros(len(fake), 0), places=places)
    return cast(GeneratorStep, SimpleNamespace(fake=fake, real=real, condition=condition))


def loud(count: int = 2, length: int = 1024) -> Tensor:
    """Noise whose every band is far above all floors."""
    return 0.1 * torch.randn(count, 1, length, generator=torch.Generator().manual_seed(0))


def mel(**options: Any) -> MelDistance:
    return MelDistance(MelDistanceOptions(**options), SPACE)


def stft(**options: Any) -> StftDistance:
    return StftDistance(StftDistanceOptions(**options), SPACE)


def test_a_full_scale_sine_has_the_power_one() -> None:
    """2000 Hz lie on bin 16 of 64 samples at 8000 Hz."""
    sine = torch.sin(torch.arange(1024) * torch.pi / 2)[None, None]
    power = Spectrum(64)(sine)
    assert power.shape == (1, 33, 64)
    assert power[0, 16, 8:-8].sub(1).abs().max() < 1e-4


def test_a_sound_twice_as_loud_is_off_by_the_logarithm_of_two() -> None:
    sound, factor = loud(), torch.tensor(2.0)
    assert mel()(step(factor * sound, sound)).item() == pytest.approx(factor.log().item(), rel=1e-3)
    assert mel()(step(sound, sound)) == 0
    wanted = 1 + factor.log().item()
    assert stft(windows=(64, 128))(step(2 * sound, sound)).item() == pytest.approx(wanted, rel=2e-3)
    assert stft()(step(sound, sound)) < 1e-9


def test_the_factor_of_the_logarithm_is_that_of_decibels() -> None:
    assert torch.tensor(NEPER).item() == pytest.approx(20 * torch.tensor(torch.e).log10().item())


def test_what_is_below_the_floor_in_both_does_not_count() -> None:
    soft = 1e-6 * loud()
    assert mel(floor_db=-60)(step(soft, 2 * soft)) == 0
    assert mel(floor_db=-100, windows=(32,))(step(soft, 0 * soft)) < 1e-3  # that of silence
    assert mel(floor_db=-60, windows=(32,))(step(loud(), 0 * soft)) > 1


def test_padding_does_not_count() -> None:
    """The first half is twice as loud as it should be, and the other half anything."""
    places = (torch.arange(1024) < 512).expand(2, 1, 1024)
    sound = torch.where(places, loud(), 0.0)
    other = torch.where(places, 2 * sound, 0.0)
    for distance, wanted in ((mel(), 0.6931), (stft(windows=(64,)), 1.6931)):
        assert distance(step(other, sound, places)).item() == pytest.approx(wanted, rel=2e-3)
    # A planted bug: without the mask the silence of both counts as equal.
    assert mel()(step(other, sound)).item() < 0.5


def test_the_gradient_is_finite_in_silence() -> None:
    fake = torch.zeros(2, 1, 1024, requires_grad=True)
    for distance in (mel(), stft()):
        (gradient,) = torch.autograd.grad(distance(step(fake, loud())), fake)
        assert gradient.isfinite().all()


@pytest.mark.parametrize("distance", [mel, stft])
def test_what_makes_no_spectrum_is_refused(distance: Any) -> None:
    with pytest.raises(BadValue, match="16 samples or more, not 8"):
        distance(windows=(8,))
    kind = type(distance())
    with pytest.raises(BadValue, match="audio/audio"):
        kind(kind.Options(), SampleSpace("audio", (1, 1024)))


def test_bands_that_stay_empty_are_refused() -> None:
    with pytest.raises(BadValue, match="60 bands are too many for n_fft 64"):
        mel(windows=(64,), bands=(60,))
    with pytest.raises(BadValue, match="2 windows need as many bands, not 1"):
        mel(windows=(64, 128), bands=(8,))
