"""Sound as a log-mel canvas: a picture of which frequencies sound when.

A sample is (1, bands, frames) in [-1, 1], linear in decibels from ``floor_db`` (-1) to
``ceiling_db`` (1); 0 dB is a full-scale sine. frames = round(seconds * rate / hop): 0.8 s at
8 kHz with a hop of 64 are 100. The fast Griffin-Lim algorithm makes it audible, see ``mel_scale``,
or a trained vocoder of the same mel, see ``vocoder_part``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, ClassVar

import torch
from pydantic import Field
from torch import Tensor

from mmgan_audio.canvas_space import CanvasSpace
from mmgan_audio.mel_scale import MelScale
from mmgan_audio.mel_settings import MelSettings
from mmgan_audio.portable_sound import CanvasOfWave, WaveOfCanvas, scaling, sound_reading
from mmgan_audio.sound_modality import SoundModality, SoundOptions, bound, probed, rounded_up
from mmgan_audio.vocoder_part import VocoderPart
from mmgan_core.contracts import (
    Column,
    FrozenModel,
    NotPortable,
    Reading,
    SampleSpace,
    Showing,
)
from mmgan_core.errors import BadValue
from mmgan_core.options import ModelRef

# From this size on, a starter recipe's canvas has room for rates over 8 kHz.
_WIDE = 48
# Sounds that last longer, in seconds, are made of parts: training sees windows of them.
_LONG = 10.0
# What is quieter than this below the loudest place of a sound counts as silence.
_SOUNDS_DB = 40.0


def _window_of(options: Mapping[str, Any]) -> int:
    """The power of two nearest to 32 ms."""
    return int(2 ** max(4, round(torch.tensor(0.032 * options["rate"]).log2().item())))


def _bands_of(options: Mapping[str, Any]) -> int:
    """64 up to 16 kHz; above, what the field uses for the wider range: 80 and 128.

    Fewer if the window is so short that some would stay empty.
    """
    if not {"rate", "n_fft", "hop"} <= options.keys():  # one of them is refused already
        return 64
    rate = options["rate"]
    usual = 64 if rate <= 16_000 else 80 if rate <= 24_000 else 128
    scale = MelScale(rate, options["n_fft"], options["hop"], usual, 0.0, rate / 2)
    return max(4, scale.most_bands())


def _quarter_window(options: Mapping[str, Any]) -> int:
    return max(1, int(options["n_fft"]) // 4)


class LogMelOptions(SoundOptions):
    """Options of ``audio/log-mel``."""

    rate: int = Field(8000, ge=100, le=384_000, description="Samples a second.")
    seconds: float = Field(
        0.8,
        gt=0,
        le=600,
        description="Length; shorter sounds get silence at the end, longer are cut.",
    )
    n_fft: int = Field(
        default_factory=_window_of,
        ge=16,
        le=2**14,
        description="Samples of a window; about 32 ms if unset.",
    )
    hop: int = Field(
        default_factory=_quarter_window,
        ge=1,
        le=2**13,
        description="Samples a frame; n_fft / 4 if unset.",
    )
    bands: int = Field(
        default_factory=_bands_of,
        ge=4,
        le=512,
        description="Mel bands, the height of the canvas; if unset 64, over 16 kHz 80, over 24 kHz "
        "128, or as many as a short window allows.",
    )
    fmin: float = Field(0.0, ge=0, description="Lower end of the lowest band in Hz.")
    fmax: float | None = Field(None, gt=0, description="Upper end in Hz; rate / 2 if unset.")
    floor_db: float = Field(
        -80.0, ge=-100, description="Decibels at -1; anything quieter is silence."
    )
    ceiling_db: float = Field(0.0, description="Decibels at 1; 0 is a full-scale sine.")
    griffin_lim_steps: int = Field(
        60, ge=0, le=1000, description="Rounds of Griffin-Lim; each takes about 1 ms a sound."
    )
    vocoder: ModelRef | None = Field(
        None,
        description="A trained vocoder of the same mel, which makes canvases audible; if unset, "
        "Griffin-Lim does.",
    )


class LogMelModality(SoundModality):
    """Log-mel canvases of one size."""

    memory_format: ClassVar[torch.memory_format] = torch.channels_last
    free_axes: ClassVar[tuple[int, ...]] = (2,)
    length_axes: ClassVar[tuple[int, ...]] = (2,)
    Options = LogMelOptions
    options: LogMelOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return (
            {"n_fft": 256, "hop": 128, "bands": 24, "seconds": 0.3, "griffin_lim_steps": 2},
            {"rate": 16000, "bands": 33, "seconds": 0.21, "griffin_lim_steps": 2},
        )

    @classmethod
    def start(
        cls, column: Column, values: Sequence[object], size: int
    ) -> tuple[dict[str, object], str]:
        """A canvas of about ``size`` x ``size`` places: its rate, bands and length are bounded."""
        found = probed(values)
        if not found:
            return {}, "no sound could be read"
        read, most = found
        # Speech can be understood at 8 kHz; a larger canvas has bands for more.
        rate = min(read, 8000 if size < _WIDE else 16_000)
        n_fft = _window_of({"rate": rate})
        hop = n_fft // 2
        bands = min(size * 5 // 4, n_fft // 4)
        options: dict[str, object] = {"rate": rate, "n_fft": n_fft, "hop": hop, "bands": bands}
        fits = int(2 * size * hop / rate * 10) / 10
        if most > max(_LONG, 2 * fits):
            options |= {"seconds": min(rounded_up(most), 600.0), **bound(most)}
            said = f"95 % of the sounds last up to {most:.3g} s: training sees windows of them"
            return options, said + (f", at {rate:,} of {read:,} Hz" if rate < read else "")
        seconds = min(rounded_up(most), fits)
        options["seconds"] = seconds
        said = f"95 % of the sounds last up to {most:.2g} s, most have {read:,} Hz"
        cut = seconds < most - 0.05
        bounds = [f"{rate:,} Hz"] * (rate < read) + [f"the first {seconds:g} s"] * cut
        return options, said + (f"; {' and '.join(bounds)} fit the time" if bounds else "")

    @classmethod
    def start_window(cls, options: Mapping[str, object], size: int) -> int | None:
        """As many frames as fit, if the sounds are longer than twice that."""
        built = LogMelOptions.model_validate(options)
        frames = round(built.seconds * built.rate / built.hop)
        return 2 * size if built.seconds > _LONG and frames > 4 * size else None

    def __init__(self, options: LogMelOptions, *, vocoder: FrozenModel | None = None) -> None:
        super().__init__(options)
        self.hop = options.hop
        fmax = options.fmax or options.rate / 2
        if options.n_fft % 2:
            raise BadValue(f"n_fft {options.n_fft} is odd; set {options.n_fft + 1}")
        if options.hop > options.n_fft // 2:
            raise BadValue(
                f"hop {options.hop} is too long: at most n_fft / 2, {options.n_fft // 2}"
            )
        if not options.fmin < fmax <= options.rate / 2:
            raise BadValue(
                f"fmin {options.fmin:g} < fmax {fmax:g} <= {options.rate / 2:g} must hold"
            )
        if options.floor_db >= options.ceiling_db:
            raise BadValue(f"floor_db must be below ceiling_db, {options.ceiling_db:g}")
        self.scale = MelScale(
            options.rate, options.n_fft, options.hop, options.bands, options.fmin, fmax
        )
        self.scale.check_bands()
        self.mel = MelSettings(self.scale, options.floor_db, options.ceiling_db)
        self.vocoder = None if vocoder is None else VocoderPart(vocoder, self.mel)

    def sized(self, value: object) -> SoundModality:
        modality = super().sized(value)
        assert isinstance(modality, LogMelModality)
        modality.vocoder = self.vocoder
        return modality

    @property
    def space(self) -> SampleSpace:
        decibels = self.options.ceiling_db - self.options.floor_db
        shape = (1, self.options.bands, self._frames)
        return CanvasSpace(self.kind, shape, decibels=decibels)

    def prepare(self, values: Sequence[object]) -> Tensor:
        decibels = self.scale.decibels(self.stacked(values, self._frames * self.options.hop))
        return self.mel.canvas(decibels).half()[:, None]  # (B, 1, bands, frames)

    def to_sample(self, prepared: Tensor) -> Tensor:
        return prepared.float()

    def present(self, sample: Tensor) -> list[object]:
        if self.vocoder is not None:
            waves = self.vocoder.waves(sample).cpu().numpy()
        else:
            decibels = self.mel.decibels(sample.detach().float().cpu()[:, 0])
            waves = self.scale.waves(decibels, steps=self.options.griffin_lim_steps).numpy()
        return [self.heard(self.scaled(wave)) for wave in waves]

    def reading(self) -> Reading:
        """The samples, whose canvas is a part of the graph."""
        return sound_reading(self, self._frames * self.options.hop, CanvasOfWave(self))

    def showing(self) -> Showing:
        """The samples that the vocoder makes, which is a part of the graph."""
        if self.vocoder is None:
            raise NotPortable(
                "Griffin-Lim makes its canvases audible, which is no part of a graph: name a "
                "vocoder, such as that of the zoo"
            )
        trim = {"rate": self.options.rate, "trim_db": self.options.trim_db}
        return Showing("sound", {**trim, "scale": scaling(self)}, WaveOfCanvas(self.vocoder))

    @property
    def padding(self) -> float:
        """Silence."""
        return -1.0

    def marks(self, samples: Tensor) -> Mapping[str, Tensor]:
        """Where it sounds, in each quarter of the bands: at most 40 dB below the loudest place."""
        options = self.options
        range_db = (options.ceiling_db - options.floor_db) / 2  # of 1 in a sample
        sounds = samples > samples.amax((1, 2, 3), keepdim=True) - _SOUNDS_DB / range_db
        edges = torch.linspace(0, options.bands, 5).round().int().tolist()
        found = {}
        for low, high in pairwise(edges):
            band = torch.zeros_like(sounds)
            band[:, :, low:high] = True
            found[f"sound in bands {low + 1} to {high}"] = sounds & band
        return found

    def places(self, values: Sequence[object]) -> Tensor:
        """The frames that a sound reaches into, (B, frames)."""
        return self.frames_of(values, self._frames, self.options.hop)

    @property
    def work(self) -> tuple[int, int]:
        """Spectra of all frames in each round of Griffin-Lim."""
        numbers = 8 * (self._frames + 1) * self.options.n_fft
        return numbers, 8 * numbers * (1 + self.options.griffin_lim_steps)

    @property
    def _frames(self) -> int:
        return max(1, round(self.options.seconds * self.options.rate / self.options.hop))
