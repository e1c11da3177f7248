from __future__ import annotations

import pytest
import torch

from mmgan_audio.audio_modality import AudioModality
from mmgan_audio.log_mel_modality import LogMelModality, LogMelOptions
from mmgan_audio.mel_canvas_encoder import MelCanvasEncoder, MelCanvasEncoderOptions
from mmgan_audio.sound_modality import SoundOptions
from mmgan_core.errors import BadValue

from .conftest import tone

MODALITY = LogMelModality(LogMelOptions(rate=8000, seconds=0.5))


def encoder(modality: LogMelModality = MODALITY, **options: object) -> MelCanvasEncoder:
    torch.manual_seed(0)
    return MelCanvasEncoder(MelCanvasEncoderOptions.model_validate(options), modality).eval()


@pytest.mark.parametrize("bands", [8, 23, 80])
@pytest.mark.parametrize("seconds", [0.05, 0.3, 1.0])
def test_shapes_are_as_declared(bands: int, seconds: float) -> None:
    net = encoder(LogMelModality(LogMelOptions(bands=bands, seconds=seconds)), dim=7, width=4)
    made = net(net.prepare([(tone(440), 8000)] * 2))
    assert made.pooled.shape == (2, 7)
    assert made.maps is not None
    assert made.maps.shape == (2, net.map_channels, *net.map_shape)


def test_a_given_sound_is_encoded_as_a_sample_of_it_is() -> None:
    net = encoder()
    prepared = net.prepare([(tone(440), 8000)])
    sample = MODALITY.to_sample(prepared["prepared"])
    torch.testing.assert_close(net(prepared).pooled, net.of_sample(sample).pooled)


def test_samples_receive_a_gradient_everywhere() -> None:
    sample = torch.zeros(1, *MODALITY.space.shape, requires_grad=True)
    encoder().of_sample(sample + torch.rand(sample.shape)).pooled.square().sum().backward()
    assert sample.grad is not None
    assert bool((sample.grad[0, 0].abs().sum(0) > 0).all())


def test_pitch_matters_more_than_time() -> None:
    # A bar of sound across the canvas: moved along time it stays what it is, moved in pitch not.
    net = encoder(dim=32)
    _, bands, frames = MODALITY.space.shape

    def bar(band: int, frame: int) -> torch.Tensor:
        canvas = torch.full((1, 1, bands, frames), -1.0)
        canvas[..., band : band + 4, frame : frame + 8] = 1.0
        return net.of_sample(canvas).pooled

    low = bands // 4
    moved_in_time = (bar(low, 8) - bar(low, 24)).norm()
    moved_in_pitch = (bar(low, 8) - bar(low + 32, 8)).norm()
    assert moved_in_pitch > 2 * moved_in_time


def test_waveforms_are_refused_with_the_way_out() -> None:
    with pytest.raises(BadValue, match="choose the modality audio/log-mel"):
        MelCanvasEncoder(MelCanvasEncoderOptions(), AudioModality(SoundOptions()))
