"""How other engines read and show sounds: as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from mmgan_audio.mel_network import MelNetwork
from mmgan_core.contracts import Fed, Reading

if TYPE_CHECKING:
    from mmgan_audio.heard_mel import HeardMelEncoder
    from mmgan_audio.log_mel_modality import LogMelModality
    from mmgan_audio.sound_modality import SoundModality
    from mmgan_audio.vocoder_part import VocoderPart


def scaling(modality: SoundModality) -> dict[str, object]:
    """How loud sounds become: one of three ways."""
    options = modality.options
    if not options.normalise:
        return {"to": "clip"}
    if options.loudness is None:
        return {"to": "peak", "peak": options.peak}
    return {"to": "loudness", "loudness": options.loudness, "peak": options.peak}


def sound_reading(modality: SoundModality, length: int, network: nn.Module) -> Reading:
    """The samples of a sound, cut or padded at their end to one length."""
    settings = {
        "rate": modality.options.rate,
        "length": length,
        "max_seconds": modality.options.max_seconds,
        "trim": None,
        "scale": scaling(modality),
    }
    return Reading(
        "sound",
        settings,
        {"wave": Fed("float32", (length,))},
        lambda values: {"wave": modality.stacked(values, length)},
        network,
    )


def heard_reading(encoder: HeardMelEncoder, length: int) -> Reading:
    """The samples of a sound without silence at its ends, and how many frames of them sound."""
    options = encoder.options
    settings = {
        "rate": options.rate,
        "length": length,
        "max_seconds": options.max_seconds,
        "trim": {"below_db": encoder.QUIET_DB, "window": options.n_fft, "hop": options.hop},
        "scale": {"to": "peak", "peak": encoder.PEAK},
        "frames": {"input": "sounding", "hop": options.hop, "most": encoder.frames},
    }
    return Reading(
        "sound",
        settings,
        {"wave": Fed("float32", (length,)), "sounding": Fed("int32", (), encoder.frames + 1)},
        encoder.waves,
        _Heard(encoder),
    )


class _Heard(nn.Module):
    """What `prepare` of encoders of short sounds makes of waves."""

    def __init__(self, encoder: HeardMelEncoder) -> None:
        super().__init__()
        self.mel = MelNetwork(encoder.scale)

    def forward(self, fed: dict[str, Tensor]) -> dict[str, Tensor]:
        return {"mel": self.mel(fed["wave"]).half(), "sounding": fed["sounding"]}


class WaveSample(nn.Module):
    """Waves rounded to 16 bits, as `audio/audio` prepares them."""

    def __init__(self, full_scale: int) -> None:
        super().__init__()
        self.full_scale = full_scale

    def forward(self, fed: dict[str, Tensor]) -> dict[str, Tensor]:
        return {"prepared": (fed["wave"] * self.full_scale).round()[:, None]}


class CanvasOfWave(nn.Module):
    """Waves as canvases of a mel, as `audio/log-mel` prepares them."""

    def __init__(self, modality: LogMelModality) -> None:
        super().__init__()
        self.settings, self.mel = modality.mel, MelNetwork(modality.scale)

    def forward(self, fed: dict[str, Tensor]) -> dict[str, Tensor]:
        return {"prepared": self.settings.canvas(self.mel(fed["wave"])).half()[:, None]}


class WaveOfCanvas(nn.Module):
    """Canvases made audible by a vocoder."""

    def __init__(self, vocoder: VocoderPart) -> None:
        super().__init__()
        self.vocoder, self.network = vocoder, vocoder.model.network

    def forward(self, canvases: Tensor) -> Tensor:
        return self.vocoder.heard(canvases.clamp(-1, 1))


class Wave(nn.Module):
    """Samples (B, 1, T) as waves (B, T)."""

    def forward(self, sample: Tensor) -> Tensor:
        return torch.clamp(sample, -1, 1)[:, 0]
