"""Features of sound without weights."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mmgan_audio.audio_modality import AudioModality
from mmgan_audio.features_encoder import FeaturesEncoder, FeaturesOptions, _parts
from mmgan_audio.waveform import Waveform
from mmgan_core.errors import BadValue

RATE = 8_000
TIME = np.arange(RATE // 2) / RATE


def encoder(**options: object) -> FeaturesEncoder:
    modality = AudioModality(AudioModality.Options(rate=RATE, seconds=0.5))
    return FeaturesEncoder(FeaturesOptions(**{"dim": 0, **options}), modality)


def tone(hertz: float, level: float = 0.5, silence: int = 0) -> Waveform:
    samples = level * np.sin(2 * np.pi * hertz * TIME)
    return Waveform(np.pad(samples, (silence, silence)).astype(np.float32), RATE)


def of(one: FeaturesEncoder, *waves: Waveform) -> torch.Tensor:
    return one(one.prepare(waves)).pooled


def test_the_size_is_what_is_asked_for() -> None:
    one = encoder(mfcc=5, segments=3, chroma=True, tempo=True)
    assert one.dim == 3 * 5 * 3 + 1 + 24 + 1
    assert of(one, tone(300)).shape == (1, one.dim)
    assert encoder(dim=7)(encoder().prepare([tone(300)])).pooled.shape == (1, 7)


def test_nothing_learns_without_a_size() -> None:
    assert not list(encoder().parameters())
    assert [tuple(p.shape) for p in encoder(dim=7).parameters()] == [(7, 301), (7,)]


def test_loudness_and_silence_around_do_not_matter_but_pitch_does() -> None:
    one = encoder()
    plain, quiet, late, higher = of(
        one, tone(300), tone(300, 0.05), tone(300, silence=800), tone(1_500)
    )
    assert torch.allclose(plain, quiet, atol=1e-3)
    apart = (plain - higher).norm()
    assert (plain - late).norm() < apart / 4


def test_the_coefficients_are_those_of_librosa() -> None:
    import librosa

    one = encoder(mfcc=4, segments=1)
    steady = tone(500, 0.95)
    found = of(one, steady)[0]
    cepstra = librosa.feature.mfcc(
        y=steady.samples, sr=RATE, n_mfcc=4, n_mels=40, n_fft=256, hop_length=64
    )
    assert found[:4].numpy() == pytest.approx(cepstra.mean(1) / (10 * 40**0.5), abs=0.05)
    assert float(found[-1]) == pytest.approx(0.5, abs=0.02)  # seconds


def test_chroma_says_which_note() -> None:
    """A4 is 440 Hz, the tenth of the twelve from C; an octave above it is the same note."""
    one = encoder(mfcc=1, segments=1, chroma=True)
    for hertz in (440, 880):
        chroma = of(one, tone(hertz))[0][4:16]
        assert int(chroma.argmax()) == 9


def test_order_in_time_is_seen() -> None:
    low, high = tone(300).samples, tone(1_500).samples
    rising, falling = (Waveform(np.concatenate(two), RATE) for two in ((low, high), (high, low)))
    by_parts, at_once = encoder(segments=2), encoder(segments=1)
    means = slice(0, 20)
    assert (of(by_parts, rising) - of(by_parts, falling))[0, means].norm() > 1
    assert (of(at_once, rising) - of(at_once, falling))[0, means].norm() < 0.2


def test_silence_and_a_click_have_features() -> None:
    click = np.zeros(10, np.float32)
    click[5] = 1
    found = of(encoder(tempo=True, chroma=True), tone(300, 0.0), Waveform(click, RATE))
    assert found.isfinite().all()


def test_parts_cover_all_frames_and_none_is_empty() -> None:
    assert list(_parts(7, 3)) == [slice(0, 2), slice(2, 4), slice(4, 7)]
    assert list(_parts(2, 4)) == [slice(0, 1), slice(0, 1), slice(1, 2), slice(1, 2)]


def test_more_coefficients_than_bands_are_refused() -> None:
    with pytest.raises(BadValue, match="mfcc 40 is more than"):
        encoder(mfcc=40, rate=1_000)
