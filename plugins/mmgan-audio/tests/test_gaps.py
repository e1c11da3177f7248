"""Repair of sounds: what gaps are, and that what is known stays as it is to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mmgan_audio.audio_modality import AudioModality
from mmgan_audio.gaps import gaps_of, inner_share
from mmgan_audio.log_mel_modality import LogMelModality, LogMelOptions
from mmgan_audio.sound_modality import SoundModality, SoundOptions
from mmgan_audio.waveform import Waveform
from mmgan_core.contracts import Masked
from mmgan_core.errors import BadValue

from .conftest import tone


def audio() -> AudioModality:
    return AudioModality(SoundOptions(rate=8000, seconds=0.5))


def log_mel() -> LogMelModality:
    return LogMelModality(LogMelOptions(rate=8000, seconds=0.512, bands=16, griffin_lim_steps=5))


def test_gaps_are_read_in_seconds() -> None:
    assert gaps_of("0.2-0.4", 10, 10).tolist() == [0, 0, 1, 1, 0, 0, 0, 0, 0, 0]
    assert gaps_of("0-.1, 0.8-2s", 10, 10).tolist() == [1, 0, 0, 0, 0, 0, 0, 0, 1, 1]
    assert gaps_of("0.31-0.32", 10, 10).sum() == 1, "a short gap is not lost"


@pytest.mark.parametrize("said", ["", "hole.png", "0.4-0.2", "0.2", "0.2-0.4;0.5-0.6", "3-4"])
def test_what_is_no_gap_says_how_to_write_one(said: str) -> None:
    with pytest.raises(BadValue, match=r"write 0\.2-0\.4|which is 1\.00 s long here"):
        gaps_of(said, 10, 10)


@pytest.mark.parametrize("make", [audio, log_mel])
def test_masks_of_a_gap_cover_all_that_sounds_in_it(make: object) -> None:
    modality: SoundModality = make()  # type: ignore[operator]
    masks = modality.prepare_masks(["0.1-0.2", "0.3-0.4"], [None, None])
    assert masks.shape == (2, *modality.mask_shape)
    along = masks.flatten(1, -2)
    assert torch.equal(along.amin(1), along.amax(1)), "all bands of a frame are missing together"
    assert along.amax(1).mean(1).tolist() == pytest.approx([0.2, 0.2], abs=0.03)


@pytest.mark.parametrize("make", [audio, log_mel])
def test_sampled_gaps_have_the_share_that_was_asked(make: object) -> None:
    modality: SoundModality = make()  # type: ignore[operator]
    torch.manual_seed(0)
    masks = modality.sample_masks("gap", 200, 0.2, 0.4)
    along = masks.flatten(1, -2)
    assert torch.equal(along.amin(1), along.amax(1))
    shares = along.amax(1).mean(1)
    assert 0.18 < shares.min() < 0.23
    assert 0.37 < shares.max() < 0.42
    starts = along.amax(1).argmax(1)
    assert len(starts.unique()) > 20, "gaps lie anywhere"


@pytest.mark.parametrize("make", [audio, log_mel])
def test_known_samples_of_a_repaired_sound_are_the_original_exactly(make: object) -> None:
    modality: SoundModality = make()  # type: ignore[operator]
    value = (tone(440, seconds=0.5), 8000)
    sample = modality.to_sample(modality.prepare([value]))
    mask = modality.prepare_masks(["0.2-0.3"], [value])
    masked = Masked.of(sample, mask, modality.space)
    (wave,) = modality.present(masked.filled(torch.zeros_like(sample)))
    mended = modality.with_known(wave, value, mask[0])
    assert isinstance(mended, Waveform)
    original = modality.scaled(tone(440, seconds=0.5))
    inside = slice(1664, 2304)  # whole frames of the gap, and 5 ms from its edges
    np.testing.assert_array_equal(mended.samples[:1536], original[:1536])
    np.testing.assert_array_equal(mended.samples[2560:4000], original[2560:])
    np.testing.assert_allclose(mended.samples[inside], wave.samples[inside], atol=1e-6)  # type: ignore[attr-defined]


def test_what_was_made_fades_in_within_the_gap() -> None:
    missing = np.array([0, 0, 1, 1, 1, 1, 1, 0], dtype=bool)
    assert inner_share(missing, 2).tolist() == [0, 0, 0.5, 1, 1, 1, 0.5, 0]
    assert inner_share(~np.zeros(3, bool), 2).tolist() == [1, 1, 1]
    assert inner_share(np.zeros(3, bool), 2).tolist() == [0, 0, 0]
