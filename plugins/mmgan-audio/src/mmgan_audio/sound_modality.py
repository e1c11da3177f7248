"""The part that all modalities of sound share: they decode values to a Waveform."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch
from pydantic import Field
from torch import Tensor

from mmgan_audio.gaps import gaps_of, inner_share
from mmgan_audio.loudness import loudness_db, without_quiet_end
from mmgan_audio.sound_measures import measures_of_sounds
from mmgan_audio.sound_parts import parts_of, sound_without
from mmgan_audio.waveform import (
    Samples,
    Waveform,
    decode_waveform,
    faded,
    fitted,
    probe_waveform,
    unread_of,
    write_waveform,
)
from mmgan_core.contracts import Column, Modality
from mmgan_core.errors import BadValue
from mmgan_core.foundation.boxes import boxes
from mmgan_core.options import Options

if TYPE_CHECKING:
    from PIL.Image import Image


_MOST_SECONDS = 600.0  # that are prepared of one sound
_LONGEST = 3600.0  # that can be asked for
_QUIET_DB = 40.0
_LEAST_RATE, _MOST_RATE = 100, 384_000


class SoundOptions(Options):
    """Options of every modality of sound."""

    rate: int = Field(16000, ge=_LEAST_RATE, le=_MOST_RATE, description="Samples a second.")
    seconds: float = Field(
        1.0,
        gt=0,
        le=_MOST_SECONDS,
        description="Length; shorter sounds get silence at the end, longer are cut.",
    )
    normalise: bool = Field(True, description="Scale every sound to a peak of `peak`.")
    peak: float = Field(0.95, gt=0, le=1, description="Largest magnitude after normalising.")
    loudness: float | None = Field(
        None,
        ge=-80,
        le=0,
        description="Scale every sound to this loudness in dB instead, as far as `peak` allows; "
        "0 is a full-scale sine, and silence does not count.",
    )
    trim_db: float | None = Field(
        None,
        gt=0,
        le=120,
        description="Cut off the end of a made sound that is more than so many dB below its "
        "loudest part.",
    )
    max_seconds: float = Field(
        30.0, gt=0, le=86_400, description="Longer sounds are refused before they are read."
    )


class SoundModality(Modality):
    """Reads, renders and writes waveforms; a subclass decides which tensors they become.

    Every sound is multiplied by one number before anything else: see ``gain``.
    """

    kind = "audio"
    endings = ("wav",)
    formats = ("wav", "flac", "mp3")
    mask_kinds: ClassVar[tuple[str, ...]] = ("box", "gap")
    free_axes: ClassVar[tuple[int, ...]] = (1,)
    hop: int = 1  # samples of the waveform from one place of a sample to the next
    Options = SoundOptions
    options: SoundOptions

    def __init__(self, options: SoundOptions) -> None:
        super().__init__(options)
        if options.loudness is not None and not options.normalise:
            raise BadValue(
                "loudness says how loud sounds become, and normalise: false that they stay as "
                "they are: leave one of the two out"
            )

    def sizes_of(self, said: str) -> tuple[int, ...]:
        """A length in places of a sample, or in seconds: ``10s``."""
        seconds = said.strip().lower().removesuffix("s")
        if seconds == said.strip().lower():
            return super().sizes_of(said)
        try:
            length = float(seconds)
        except ValueError:
            length = 0
        if not 0 < length <= _LONGEST:
            raise BadValue(f"{said!r} is no length: write 10s for 10 seconds")
        return (max(1, round(length * self.options.rate / self.hop)),)

    @classmethod
    def suggest(cls, column: Column, values: Sequence[object]) -> dict[str, object]:
        """The rate of most readable values, and a length that holds 95 % of them."""
        found = probed(values)
        if not found:
            return {}
        rate, most = found
        return {"rate": rate, "seconds": min(rounded_up(most), _MOST_SECONDS), **bound(most)}

    def sized(self, value: object) -> SoundModality:
        """For sounds as long as this one."""
        seconds = self.decode(value).seconds
        return type(self)(self.options.model_copy(update={"seconds": seconds}))

    def unread(self, value: object) -> str:
        """The end of a longer sound."""
        length = self.space.shape[-1] * self.hop
        return unread_of(self.decode(value).samples, self.options.rate, length)

    def decode(self, value: object) -> Waveform:
        return decode_waveform(value, rate=self.options.rate, max_seconds=self.options.max_seconds)

    def render(self, value: object) -> Image:
        from mmgan_audio.sound_picture import sound_picture

        return sound_picture(self.decode(value))

    def save(self, value: object, stem: Path) -> Path:
        """As 16-bit WAV."""
        return self.save_as(value, stem, "wav")

    def save_as(self, value: object, stem: Path, ending: str) -> Path:
        """As WAV or FLAC with 16 bits, or as MP3."""
        file = stem.with_name(f"{stem.name}.{ending}")
        write_waveform(self.decode(value), file)
        return file

    def joined(self, values: Sequence[object]) -> Waveform:
        """One sound after another, each without the silence that fills it up.

        An end that is more than 40 dB below the loudest part is cut off, so that words have their
        own lengths. Each fades in and out within 5 ms, so that nothing clicks.
        """
        rate = self.options.rate
        parts = (without_quiet_end(self.decode(v).samples, rate, _QUIET_DB) for v in values)
        return Waveform(np.concatenate([faded(part, rate // 200) for part in parts]), rate)

    def parts(self, value: object) -> Mapping[str, Sequence[str]]:
        """Its moments and its bands."""
        return parts_of(self.decode(value))

    def without(self, value: object, family: str, gone: Sequence[int]) -> object:
        """The sound with silence in these moments, or without these bands."""
        return sound_without(self.decode(value), family, gone)

    @property
    def measures(self) -> Mapping[str, Callable[[object], float]]:
        """How loud, how bright and how long it is."""
        return measures_of_sounds()

    def place_name(self, sample: Tensor, span: Sequence[tuple[int, int]]) -> str:
        """When it is heard, and which bands of a spectrogram it is."""
        *bands, (start, end) = span
        seconds = [place * self.hop / self.options.rate for place in (start, end)]
        low = [f", bands {first + 1} to {last}" for first, last in bands]
        return "".join((f"{seconds[0]:.2f} to {seconds[1]:.2f} s", *low))

    def prepare_masks(self, masks: Sequence[object], values: Sequence[object]) -> Tensor:
        """Gaps in seconds, such as ``0.2-0.4`` or ``0.1-0.2,0.5-0.6``, (B, *mask_shape)."""
        rows = [gaps_of(str(mask), self.mask_shape[-1], self._places_a_second) for mask in masks]
        return torch.stack(rows).view(-1, *[1] * (len(self.mask_shape) - 1), rows[0].numel()) * (
            torch.ones(self.mask_shape)
        )

    def sample_masks(self, mask_kind: str, count: int, low: float, high: float) -> Tensor:
        """A ``gap`` is a box along time alone: all that sounds in it is missing."""
        if mask_kind != "gap":
            return super().sample_masks(mask_kind, count, low, high)
        time = (*[1] * (len(self.mask_shape) - 1), self.mask_shape[-1])
        gap = boxes(time, low + (high - low) * torch.rand(count))
        return gap.expand(count, *self.mask_shape).contiguous()

    def with_known(self, value: object, original: object, mask: Tensor) -> Waveform:
        """The original, as ``prepare`` scales it, with what was made where anything was missing.

        Within a gap, at its edges, what was made and what was fade into each other in 5 ms.
        """
        made = self.decode(value).samples
        known = fitted(self.scaled(self.decode(original).samples), len(made))
        missing = mask.flatten(0, -2).amax(0).numpy() > 0  # along time
        at = np.minimum(np.arange(len(made)) // self.hop, len(missing) - 1)
        share = inner_share(missing[at], self.options.rate // 200)
        return Waveform((known + share * (made - known)).astype(np.float32), self.options.rate)

    @property
    def _places_a_second(self) -> float:
        return self.options.rate / self.hop

    def stacked(self, values: Sequence[object], length: int) -> Tensor:
        """Decoded, normalised and fitted to ``length`` samples from the start on, (B, length)."""
        rows = [fitted(self.scaled(self.decode(value).samples), length) for value in values]
        return torch.from_numpy(np.stack(rows))

    def frames_of(self, values: Sequence[object], most: int, hop: int = 1) -> Tensor:
        """Which of ``most`` frames of ``hop`` samples each value reaches into, (B, most)."""
        counts = [-(-len(self.decode(value).samples) // hop) for value in values]
        return torch.arange(most) < torch.tensor(counts)[:, None]

    def ended(self, value: object, places: Tensor) -> Waveform:
        """The waveform without the silence of the padding."""
        wave = self.decode(value)
        length = int(places.sum()) * self.hop
        return Waveform(wave.samples[: max(1, length)], wave.rate)

    def gain(self, value: object) -> float:
        """The number by which ``prepare`` multiplies a sound; dividing by it gives the sound back.

        With ``loudness``, sounds get that loudness, or as much of it as ``peak`` allows. With
        ``normalise`` alone they get the peak. Otherwise it is 1, and what is beyond full scale is
        clipped. Silence stays as it is.
        """
        return self._gain(self.decode(value).samples)

    def scaled(self, samples: Samples) -> Samples:
        """As loud as the options say, and within [-1, 1] in any case."""
        if self.options.normalise:
            return samples * np.float32(self._gain(samples))
        return samples.clip(-1, 1)

    def heard(self, samples: Samples) -> Waveform:
        """Made samples as a waveform, without a quiet end if the options say so."""
        if self.options.trim_db is not None:
            samples = without_quiet_end(samples, self.options.rate, self.options.trim_db)
        return Waveform(samples, self.options.rate)

    def _gain(self, samples: Samples) -> float:
        options, loudest = self.options, float(np.abs(samples).max(initial=0.0))
        if not options.normalise or loudest <= 1e-6:
            return 1.0
        most = options.peak / loudest
        if options.loudness is None:
            return most
        return min(most, 10 ** ((options.loudness - loudness_db(samples, options.rate)) / 20))


def probed(values: Sequence[object]) -> tuple[int, float] | None:
    """The rate of most readable values, and a length in seconds that holds 95 % of them.

    Of rates that are equally frequent, the lowest; and one within the options.
    """
    probes = []
    for value in values:
        try:
            probes.append(probe_waveform(value))
        except BadValue:  # counted later, by prepare
            continue
    probes = [(rate, seconds) for rate, seconds in probes if rate * seconds >= 1]
    if not probes:
        return None
    rates = Counter(rate for rate, _ in probes)
    most = max(rates.values())
    rate = min(rate for rate, count in rates.items() if count == most)
    rate = min(max(rate, _LEAST_RATE), _MOST_RATE)
    return rate, float(np.quantile([seconds for _, seconds in probes], 0.95))


def bound(most: float) -> dict[str, object]:
    """A bound of the length in seconds, if the usual one would refuse most sounds."""
    usual = SoundOptions.model_fields["max_seconds"].default
    return {"max_seconds": float(math.ceil(1.5 * most))} if most > usual else {}


def rounded_up(seconds: float) -> float:
    """A length as a tenth of a second, at least one."""
    return max(1, math.ceil(seconds * 10 - 1e-6)) / 10
