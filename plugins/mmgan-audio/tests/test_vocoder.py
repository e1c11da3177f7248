"""The vocoder: it inverts the transform, follows the mel that it is given, and refuses others."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from mmgan_audio.audio_modality import AudioModality
from mmgan_audio.hifi_generator import HifiGenerator, HifiGeneratorOptions, factors
from mmgan_audio.inverse_stft import InverseSTFT
from mmgan_audio.istft_generator import IstftGenerator, IstftGeneratorOptions
from mmgan_audio.log_mel_modality import LogMelModality, LogMelOptions
from mmgan_audio.mel_frames_encoder import MelFrames, MelFramesOptions
from mmgan_audio.mel_scale import MelScale
from mmgan_audio.mel_settings import MelSettings
from mmgan_core.contracts import Condition, ConditionSpace, SampleSpace, Settings
from mmgan_core.errors import BadValue

MEL = MelSettings(MelScale(8000, 256, 128, 40, 0.0, 4000.0), -80.0, 0.0)
FRAMES = 20
SPACE = SampleSpace("audio", (1, 128 * FRAMES), settings=Settings.of("waveform", rate=8000))
GIVEN = ConditionSpace(0, map_channels=41, map_shape=(FRAMES,), map_settings=((0, MEL.settings),))


def vocoder(condition: ConditionSpace = GIVEN, space: SampleSpace = SPACE, **options: Any) -> Any:
    torch.manual_seed(0)
    small = {"width": 8, "blocks": 2, **options}
    return IstftGenerator(IstftGeneratorOptions(**small), space, condition).eval()


def condition(canvas: Tensor) -> Condition:
    """Canvases (B, bands, frames), all present."""
    maps = torch.cat([canvas, torch.ones_like(canvas[:, :1])], dim=1)
    return Condition(torch.zeros(len(canvas), 0), maps=maps)


def test_the_inverse_is_that_of_torch() -> None:
    sound = torch.randn(2, 128 * 9)
    for n_fft, hop in ((256, 128), (256, 64), (96, 24)):
        window = torch.hann_window(n_fft)
        spectrum = torch.stft(
            sound, n_fft, hop, window=window, pad_mode="constant", return_complex=True
        ) * (2 / window.sum())
        spectrum = spectrum * torch.rand(spectrum.shape[1:])  # no spectrum of any wave
        wanted = torch.istft(spectrum * window.sum() / 2, n_fft, hop, window=window, length=1152)
        made = InverseSTFT(n_fft, hop)(spectrum.real, spectrum.imag)[:, 0]
        assert (made - wanted).abs().max() < 1e-5, (n_fft, hop)


def test_half_precision_is_for_the_network_alone() -> None:
    spectrum, canvas = torch.randn(2, 2, 129, 9), torch.rand(2, 40, FRAMES) - 0.5
    inverse, made = InverseSTFT(256, 128), vocoder()
    with torch.no_grad():
        wanted, sound = inverse(*spectrum), made(torch.zeros(2, 0), condition(canvas))
        with torch.autocast("cpu", torch.bfloat16):
            assert torch.equal(inverse(*spectrum), wanted)
            rough = made(torch.zeros(2, 0), condition(canvas))
    assert rough.dtype == torch.float32
    assert (rough - sound).abs().mean() < 0.05 * sound.abs().mean()


def test_without_a_change_magnitudes_are_those_of_the_pseudo_inverse() -> None:
    """A head of zeros but for the real part: every phase is 0, and the prior is the magnitude."""
    made = vocoder()
    torch.nn.init.zeros_(made.head.weight)
    with torch.no_grad():
        made.head.bias.copy_(torch.cat([torch.zeros(129), torch.ones(129), torch.zeros(129)]))
    canvas = torch.rand(2, 40, FRAMES) * 2 - 1
    power = torch.pow(10.0, ((canvas + 1) * 40 - 80) / 10)
    prior = (torch.linalg.pinv(MEL.scale.filters()) @ power).abs().clamp_min(1e-10).sqrt()
    prior = torch.cat([prior, prior[..., -1:]], dim=-1)
    wanted = InverseSTFT(256, 128)(prior, torch.zeros_like(prior))
    sound = made(torch.zeros(2, 0), condition(canvas))
    torch.testing.assert_close(sound, wanted, rtol=1e-3, atol=1e-3)


def test_any_number_of_frames_becomes_as_many_hops() -> None:
    made = vocoder()
    for frames in (1, 7, 53):
        given = condition(torch.rand(3, 40, frames) - 0.5)
        sound = made(torch.zeros(3, 0), given)
        assert sound.shape == (3, *made.shape_of(given)) == (3, 1, 128 * frames)
        assert sound.isfinite().all()


@pytest.mark.parametrize(
    ("hop", "strides"),
    [(128, (8, 8, 2)), (256, (8, 8, 4)), (300, (6, 5, 5, 2)), (64, (8, 8)), (1, (1,)), (13, (13,))],
)
def test_a_hop_is_made_by_strides(hop: int, strides: tuple[int, ...]) -> None:
    assert math.prod(factors(hop)) == hop
    assert factors(hop) == strides


def test_transposed_convolutions_make_as_many_hops_too() -> None:
    made = HifiGenerator(HifiGeneratorOptions(width=8), SPACE, GIVEN).eval()
    for frames in (1, 7, 53):
        given = condition(torch.rand(3, 40, frames) - 0.5)
        assert made(torch.zeros(3, 0), given).shape == (3, 1, 128 * frames)
    whole = HifiGenerator(HifiGeneratorOptions(), SPACE, GIVEN)
    assert sum(weight.numel() for weight in whole.parameters()) < 600_000
    with pytest.raises(BadValue, match=r"make 64 samples of a frame.* 128: try \(8, 8, 2\)"):
        HifiGenerator(HifiGeneratorOptions(strides=(8, 8)), SPACE, GIVEN)
    with pytest.raises(BadValue, match="audio/mel-frames"):
        HifiGenerator(HifiGeneratorOptions(), SPACE, ConditionSpace(0))


def test_a_long_sound_is_made_as_its_parts_are() -> None:
    """But at the ends of the part, whose neighbours are not seen."""
    made, canvas = vocoder(), torch.rand(1, 40, 60) - 0.5
    with torch.no_grad():
        whole = made(torch.zeros(1, 0), condition(canvas))
        part = made(torch.zeros(1, 0), condition(canvas[..., 20:50]))
    apart = (whole[..., 128 * 20 : 128 * 50] - part)[..., 128 * 9 : -128 * 9].abs().max()
    assert apart < 1e-4


def test_it_can_be_exported() -> None:
    made, given = vocoder(), condition(torch.rand(2, 40, FRAMES) - 0.5)

    class Alone(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.made = made

        def forward(self, maps: Tensor) -> Tensor:
            nothing = maps.new_zeros(len(maps), 0)
            sound: Tensor = self.made(nothing, Condition(nothing, maps=maps))
            return sound

    assert given.maps is not None
    exported = torch.export.export(Alone(), (given.maps,)).module()
    torch.testing.assert_close(exported(given.maps), Alone()(given.maps))


def test_at_its_defaults_it_has_at_most_600_000_weights() -> None:
    made = IstftGenerator(IstftGeneratorOptions(), SPACE, GIVEN)
    assert sum(weight.numel() for weight in made.parameters()) == 562_739
    assert not any(key.startswith(("inverse", "sound")) for key in made.state_dict())


def test_without_a_mel_it_is_refused() -> None:
    nothing = ConditionSpace(0, map_channels=41, map_shape=(FRAMES,))
    with pytest.raises(BadValue, match=r"no map of what is given .* audio/mel-frames"):
        vocoder(nothing)


def test_two_mels_are_refused_with_what_differs() -> None:
    other = replace(MEL, scale=replace(MEL.scale, bands=24), floor_db=-60.0).settings
    two = replace(GIVEN, map_settings=((0, MEL.settings), (41, other)))
    said = "bands: 40 here, 24 there; floor_db: -80 here, -60 there"
    with pytest.raises(BadValue, match=said):
        vocoder(two)


def test_another_rate_or_length_is_refused() -> None:
    fast = replace(SPACE, settings=Settings.of("waveform", rate=16_000))
    with pytest.raises(BadValue, match="rate: 16000 here, 8000 there"):
        vocoder(space=fast)
    long = replace(SPACE, shape=(1, 128 * FRAMES + 128))
    with pytest.raises(BadValue, match=r"2560 samples, not 2688: make `seconds` of both 0.32"):
        vocoder(space=long)


def test_an_encoder_says_whose_mel_its_maps_are() -> None:
    options = LogMelOptions(n_fft=256, hop=128, bands=40, seconds=0.32)
    frames = MelFrames(MelFramesOptions(), LogMelModality(options))
    assert frames.space.map_settings == MEL.settings
    assert MelSettings.of(MEL.settings) == MEL
    sine = torch.sin(torch.arange(2560) * 0.5).numpy()
    tensors = frames.prepare([(sine, 8000)])
    maps = frames(tensors).maps
    assert maps is not None
    assert torch.equal(maps, tensors["prepared"].float()[:, 0])
    waves = AudioModality(AudioModality.Options())
    with pytest.raises(BadValue, match="audio/log-mel"):
        MelFrames(MelFramesOptions(), waves)


def test_decibels_and_canvases_are_each_others_inverse() -> None:
    assert MEL.canvas(torch.tensor([-80.0, -40.0, 0.0, 20.0])).tolist() == [-1, 0, 1, 1]
    assert MEL.decibels(torch.tensor([-2.0, -0.5, 1.0])).tolist() == [-80, -60, 0]
    assert math.isclose(MEL.settings.named["hop"], 128)  # type: ignore[arg-type]
