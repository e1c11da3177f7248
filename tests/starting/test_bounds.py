"""Sizes that were read off the data, bounded, with the reason."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from mmgan_audio import Waveform
from mmgan_audio.log_mel_modality import LogMelModality
from mmgan_core.contracts import Column
from mmgan_image.modality.image_modality import ImageModality
from mmgan_text.characters_encoder import CharactersEncoder


def _takes(seconds: int) -> list[object]:
    return [Waveform(np.zeros(44_100 * seconds, np.float32), 44_100)] * 3


def test_takes_at_a_high_rate_are_bounded_and_it_is_said() -> None:
    options, why = LogMelModality.start(Column("audio", "audio"), _takes(9), 32)
    assert (options["rate"], options["seconds"], options["bands"]) == (8_000, 1.0, 40)
    assert "9 s" in why
    assert "8,000 Hz and the first 1 s fit the time" in why
    assert LogMelModality(LogMelModality.Options(**options)).space.shape == (1, 40, 62)
    assert LogMelModality.start_window(options, 32) is None


def test_long_takes_are_kept_whole_and_training_sees_windows_of_them() -> None:
    options, why = LogMelModality.start(Column("audio", "audio"), _takes(13), 32)
    assert (options["rate"], options["seconds"], options["bands"]) == (8_000, 13.0, 40)
    assert "13 s" in why
    assert LogMelModality.start_window(options, 32) == 64


@pytest.mark.parametrize("rate", [100, 8_000, 16_000, 384_000])
@pytest.mark.parametrize("size", [8, 32, 64, 256])
def test_any_rate_and_size_make_a_canvas(rate: int, size: int) -> None:
    takes = [Waveform(np.zeros(rate, np.float32), rate)]
    options, _ = LogMelModality.start(Column("audio", "audio"), takes, size)
    LogMelModality(LogMelModality.Options(**options))


def test_large_pictures_are_bounded_and_it_is_said() -> None:
    pictures = [Image.new("RGB", (640, 480))] * 3 + [Image.new("L", (9, 9))]
    options, why = ImageModality.start(Column("image", "image"), pictures, 32)
    assert options == {"channels": 3, "height": 32, "width": 32}
    assert "640 x 480 pixels; 32 pixels a side are what the time allows" in why
    small = ImageModality.start(Column("image", "image"), [Image.new("L", (28, 28))], 32)
    assert small == (
        {"channels": 1, "height": 28, "width": 28},
        "most pictures are grey, half of them up to 28 x 28 pixels",
    )


def test_an_encoder_of_characters_reads_texts_to_their_end() -> None:
    texts = ["x" * 90] * 19 + ["x" * 999]
    options, why = CharactersEncoder.start(Column("text", "text"), texts)
    assert options["length"] == 96
    assert why == "5% of the texts are longer than 96 bytes and are cut"
