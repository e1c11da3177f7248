"""Differentiable augmentation of sounds: shift, gain, speed, and stripes of frequency and time.

Waveforms (1, T) and log-mel canvases (1, bands, frames), real and fake alike, each row in its own
way:

    shift           later or earlier by whole places; silence comes in
    gain            louder or quieter by g dB, g ~ N(0, gain): a waveform times 10^(g / 20), all of
                    a canvas plus g dB, not clamped at its floor, where gradients would end
    speed           2^s times as fast about the middle, s ~ N(0, speed): the pitch of a waveform
                    changes with it, that of a canvas does not
    frequency-mask  a stripe of frequencies silenced (SpecAugment: Park et al., Interspeech 2019)
    time-mask       a stripe of times silenced

All are affine in the sample, so derivatives of any order exist. The augmentation parameters are
about -1 to 1, and 0 for no change; a stripe has its width and its middle, times the width.

An augmentation leaks into what is made if what it does to the data cannot be undone (Karras et al.
2020, https://arxiv.org/abs/2006.06676). Gain and speed blur the data by a Gaussian, which can be
undone at any probability. A shift by up to m places either way, m >= 2, multiplies a component of
the data by a number from -1/4 to 1; applied with probability p it leaves at least 1 - 5/4 p, more
than nothing below p = 0.8, where ``adaptive`` ends. Stripes leave a row whole with probability
1 - p, which is enough.

To mix sounds add `objectives/mixup`: it mixes rows, which penalties must not see.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from mmgan_audio.canvas_space import CanvasSpace
from mmgan_audio.time_resampling import SHARP, SMOOTH, read_at
from mmgan_core.contracts import Augmentation, Change, SampleSpace, kept_places
from mmgan_core.errors import BadValue
from mmgan_core.options import Options

_Change = Callable[[Tensor], Tensor]
_Sampled = tuple[_Change, Tensor, _Change]
"""A change, its augmentation parameters, and how it moves maps."""
_PARAMETERS = {"shift": 1, "gain": 1, "speed": 1, "frequency-mask": 2, "time-mask": 2}


class SoundDiffAugmentOptions(Options):
    """Options of `audio/diffaugment`."""

    policy: tuple[Literal["shift", "gain", "speed", "frequency-mask", "time-mask"], ...] = Field(
        ("shift", "gain", "speed", "frequency-mask", "time-mask"),
        min_length=1,
        description="the changes, in this order",
    )
    shift: float = Field(0.1, gt=0, le=1, description="largest shift, as a share of the length")
    gain: float = Field(3.0, gt=0, le=12, description="deviation of the gain, in dB")
    speed: float = Field(0.1, gt=0, le=1, description="deviation of log2 of the speed")
    frequency_mask: float = Field(
        0.2, gt=0, le=1, description="widest stripe of frequencies, as a share of all"
    )
    time_mask: float = Field(
        0.2, gt=0, le=1, description="longest stripe of times, as a share of the length"
    )


class SoundDiffAugment(Augmentation):
    """Sounds (B, 1, T) or (B, 1, bands, frames) to sounds of the same shape."""

    Options = SoundDiffAugmentOptions
    options: SoundDiffAugmentOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({}, {"policy": ("speed", "gain"), "speed": 0.5}, {"policy": ("frequency-mask",)})

    def __init__(self, options: SoundDiffAugmentOptions, space: SampleSpace) -> None:
        super().__init__(options, space)
        self.canvas = isinstance(space, CanvasSpace)
        if not self.canvas and (len(space.shape) != 2 or space.shape[0] != 1):
            raise BadValue(
                f"samples must be waveforms (1, T) or canvases of audio/log-mel, not {space.shape}"
            )
        self.silence = space.low if self.canvas else 0.0
        self.num_augmentation_parameters = sum(_PARAMETERS[name] for name in options.policy)

    def sample(self, like: Tensor) -> Change:
        """Sample one change for each row."""
        samplers = {
            "shift": self._shift,
            "gain": self._gain,
            "speed": self._speed,
            "frequency-mask": self._frequency_mask,
            "time-mask": self._time_mask,
        }
        sampled = [samplers[name](like) for name in self.options.policy]

        def change(sample: Tensor) -> Tensor:
            for one, _, _ in sampled:
                sample = one(sample)
            return sample

        def move(maps: Tensor) -> Tensor:
            for *_, one in sampled:
                maps = one(maps)
            return maps

        moving = any(one is not kept_places for *_, one in sampled)
        parameters = torch.cat([numbers for _, numbers, _ in sampled], dim=1)
        return Change(change, parameters, move=move if moving else kept_places)

    def _shift(self, like: Tensor) -> _Sampled:
        length = like.shape[-1]
        most = int(length * self.options.shift + 0.5)
        far = torch.randint(-most, most + 1, (len(like), 1), device=like.device)
        change, move = self._timed(length, torch.ones_like(far), far)
        return change, far / max(most, 1), move

    def _speed(self, like: Tensor) -> _Sampled:
        chance = torch.randn(len(like), 1, device=like.device)
        still = torch.zeros_like(chance)
        change, move = self._timed(like.shape[-1], 2 ** (self.options.speed * chance), still)
        return change, chance, move

    def _timed(self, length: int, faster: Tensor, later: Tensor) -> tuple[_Change, _Change]:
        """Sounds and maps ``faster`` about the middle and ``later`` by places, both (B, 1)."""

        def times(count: int) -> Tensor:
            middle = (count - 1) / 2
            at = torch.arange(count, device=faster.device) - middle
            return (at - later * (count / length)) * faster + middle

        reach = SMOOTH if self.canvas else SHARP
        change = read_at(times(length), reach=reach, value=self.silence)

        def move(maps: Tensor) -> Tensor:
            return read_at(times(maps.shape[-1]), reach=SMOOTH, value=0.0)(maps)

        return change, move

    def _gain(self, like: Tensor) -> _Sampled:
        chance = torch.randn(len(like), *[1] * (like.dim() - 1), device=like.device)
        decibels = self.options.gain * chance
        if isinstance(self.space, CanvasSpace):
            unit = (self.space.high - self.space.low) / self.space.decibels
            return (
                lambda sample: sample + (unit * decibels).to(sample),
                chance.flatten(1),
                kept_places,
            )
        factor = 10 ** (decibels / 20)
        return lambda sample: sample * factor.to(sample), chance.flatten(1), kept_places

    def _time_mask(self, like: Tensor) -> _Sampled:
        inside, parameters = _stripes(len(like), like.shape[-1], self.options.time_mask, like)
        return self._silenced(inside.view(len(like), *[1] * (like.dim() - 2), -1)), *parameters

    def _frequency_mask(self, like: Tensor) -> _Sampled:
        most = self.options.frequency_mask
        if self.canvas:
            inside, parameters = _stripes(len(like), like.shape[2], most, like)
            return self._silenced(inside[:, None, :, None]), *parameters
        length = like.shape[-1]
        inside, parameters = _stripes(len(like), length // 2 + 1, most, like)

        def change(sample: Tensor) -> Tensor:
            # In single precision, because there is no half-precision transform of every length.
            spectrum = torch.fft.rfft(sample.float()) * ~inside[:, None]
            kept: Tensor = torch.fft.irfft(spectrum, length).to(sample)
            return kept

        return change, *parameters

    def _silenced(self, inside: Tensor) -> _Change:
        return lambda sample: torch.where(inside, self.silence, sample)


def _stripes(
    rows: int, size: int, most: float, like: Tensor
) -> tuple[Tensor, tuple[Tensor, _Change]]:
    """Whether each place lies in the stripe of its row, (rows, size); parameters and no move.

    Args:
        most: the widest stripe, as a share of the size.
    """
    width, place = torch.rand(2, rows, 1, device=like.device)
    wide = width * most * size
    start = place * (size - wide)
    at = torch.arange(size, device=like.device)
    middle = 2 * (start + wide / 2) / size - 1
    return (at >= start) & (at < start + wide), (
        torch.cat([width, width * middle], dim=1),
        kept_places,
    )
