"""A mel as one object: everything that decides which number stands for which sound.

It travels from a modality of log-mel canvases by way of an encoder's maps to the networks that
make waves of them, as ``mmgan_core.contracts.Settings``: two sides whose settings differ would
understand each other as noise.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields

from torch import Tensor

from mmgan_audio.mel_scale import MelScale
from mmgan_core.contracts import SampleSpace, Settings
from mmgan_core.errors import BadValue

KIND = "log-mel"
WAVE = "waveform"


@dataclass(frozen=True)
class MelSettings:
    """A log-mel canvas: a spectrogram's settings and the decibels that -1 and 1 stand for.

    Attributes:
        scale: the spectrogram.
        floor_db: decibels at -1.
        ceiling_db: decibels at 1.
    """

    scale: MelScale
    floor_db: float
    ceiling_db: float

    @classmethod
    def of(cls, settings: Settings) -> MelSettings:
        """The mel of settings that ``settings`` made."""
        values = settings.named
        scale = MelScale(**{field.name: values[field.name] for field in fields(MelScale)})  # type: ignore[arg-type]
        return cls(scale, float(values["floor_db"] or 0), float(values["ceiling_db"] or 0))

    @property
    def settings(self) -> Settings:
        """The same as plain names and values, which can be compared."""
        return Settings.of(
            KIND, **asdict(self.scale), floor_db=self.floor_db, ceiling_db=self.ceiling_db
        )

    def decibels(self, canvas: Tensor) -> Tensor:
        """Decibels of the numbers of a canvas, from -1 to 1."""
        return (canvas.clamp(-1, 1) + 1) / 2 * (self.ceiling_db - self.floor_db) + self.floor_db

    def canvas(self, decibels: Tensor) -> Tensor:
        """The numbers of a canvas, from -1 to 1, for decibels."""
        span = self.ceiling_db - self.floor_db
        return ((decibels - self.floor_db) / span * 2 - 1).clamp(-1, 1)


def mel_among(maps: Iterable[tuple[int, Settings]], component: str) -> tuple[int, MelSettings]:
    """The only mel among the maps of a condition, and the first of its channels.

    Raises:
        BadValue: if there is none, or if there are several.
    """
    found = [(first, settings) for first, settings in maps if settings.kind == KIND]
    if not found:
        raise BadValue(
            f"{component} follows a spectrogram, and no map of what is given says that it is one: "
            "give a sound with the modality audio/log-mel and the encoder audio/mel-frames"
        )
    if len(found) > 1:
        apart = found[0][1].difference(found[1][1])
        raise BadValue(
            f"{component} follows one spectrogram, and {len(found)} are given"
            + (f", which differ ({apart})" if apart else "")
            + ": give one of them to each made entry that needs it"
        )
    first, settings = found[0]
    return first, MelSettings.of(settings)


def rate_of(space: SampleSpace, component: str) -> int:
    """The rate of waveforms, in samples a second.

    Raises:
        BadValue: if samples are not waveforms.
    """
    settings = space.settings
    if len(space.shape) != 2 or space.shape[0] != 1 or settings is None or settings.kind != WAVE:
        raise BadValue(
            f"{component} needs waveforms (1, T), not samples of shape {space.shape}: choose the "
            "modality audio/audio"
        )
    return int(settings.named["rate"] or 0)
