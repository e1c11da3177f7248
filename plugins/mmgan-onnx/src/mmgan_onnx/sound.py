"""Sounds: read, cut, made louder and resampled; and back, as WAV files."""

from __future__ import annotations

import io
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd
from pathlib import Path
from typing import Any

import numpy as np

from mmgan_onnx.description import Plain
from mmgan_onnx.errors import OnnxError

Array = np.ndarray[Any, np.dtype[Any]]
_QUIETEST = 1e-5
_BLOCKS_A_SECOND, _GATE_DB = 50, 40.0
_ZEROS = 32  # of the sinc to either side, when sounds are resampled
_BLOCK = 65_536


@dataclass(frozen=True, eq=False)
class Sound:
    """A mono sound.

    Attributes:
        samples: (T,), from -1 to 1.
        rate: samples a second.
    """

    samples: Array
    rate: int

    def save(self, file: str | Path) -> None:
        """Write a WAV file of 16 bits."""
        with wave.open(str(file), "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(self.rate)
            levels = np.round(self.samples.clip(-1, 1) * 32767)
            out.writeframes(levels.astype("<i2").tobytes())


def read_sounds(values: Sequence[object], settings: Plain) -> dict[str, Array]:
    """Samples (B, length), and how many frames of them sound if that is asked for."""
    rows, frames = [], []
    for value in values:
        samples = heard(value, settings)
        samples = _scaled(samples, settings["scale"], settings["rate"])[: settings["length"]]
        rows.append(np.pad(samples, (0, settings["length"] - len(samples))))
        frames.append(samples)
    found: dict[str, Array] = {"wave": np.stack(rows).astype(np.float32)}
    if settings.get("frames"):
        said = settings["frames"]
        counts = [min(said["most"], -(-len(one) // said["hop"])) for one in frames]
        found[said["input"]] = np.array(counts, np.int32)
    return found


def heard(value: object, settings: Plain) -> Array:
    """All samples that are heard of a sound, at the wanted rate."""
    samples = _resampled(_opened(value, settings["max_seconds"]), settings["rate"])
    return _trimmed(samples, settings["trim"]) if settings["trim"] else samples


def shown_sounds(rows: Array, settings: Plain) -> list[Sound]:
    """Sounds, as loud as they are to be, without a quiet end if that is asked for."""
    found = []
    for row in rows:
        samples = _scaled(row, settings["scale"], settings["rate"]) if settings["scale"] else row
        if settings["trim_db"] is not None:
            samples = _without_quiet_end(samples, settings["rate"], settings["trim_db"])
        found.append(Sound(samples, settings["rate"]))
    return found


def _opened(value: object, most: float) -> Sound:
    if isinstance(value, Sound):
        found = value
    elif isinstance(value, tuple) and len(value) == 2:
        samples = np.asarray(value[0], np.float32)
        if samples.ndim == 2:  # channels are the shorter axis
            samples = samples.mean(axis=int(np.argmin(samples.shape)))
        found = Sound(samples, int(value[1]))
    elif isinstance(value, (str, Path, bytes)):
        found = _decoded(value)
    else:
        raise OnnxError(f"a sound cannot be read from {type(value).__name__}")
    if not found.samples.size or not np.isfinite(found.samples).all():
        raise OnnxError("the sound is empty, or holds what is no finite number")
    seconds = len(found.samples) / found.rate
    if seconds > most + 0.01:
        raise OnnxError(f"the sound lasts {seconds:.1f} s, and {most:g} s are the most")
    return found


def _decoded(value: str | Path | bytes) -> Sound:
    if not isinstance(value, bytes) and not Path(value).is_file():
        raise OnnxError(f"there is no file {value}")
    source = io.BytesIO(value) if isinstance(value, bytes) else str(value)
    try:
        import soundfile  # type: ignore[import-not-found,import-untyped,unused-ignore]
    except ImportError:
        return _wav(source)
    samples, rate = soundfile.read(source, dtype="float32", always_2d=True)
    return Sound(samples.mean(axis=1), int(rate))


def _wav(source: Any) -> Sound:
    try:
        with wave.open(source) as file:
            width, channels, rate = file.getsampwidth(), file.getnchannels(), file.getframerate()
            content = file.readframes(file.getnframes())
    except (wave.Error, EOFError, OSError) as error:
        raise OnnxError(
            f"the sound cannot be read: {error}",
            hint="WAV is read; for more: pip install 'mmgan-onnx[sounds]'",
        ) from error
    if width == 3:
        padded = np.zeros((len(content) // 3, 4), np.uint8)
        padded[:, 1:] = np.frombuffer(content, np.uint8).reshape(-1, 3)
        levels = padded.view("<i4")[:, 0] / 2.0**31
    elif width == 1:
        levels = (np.frombuffer(content, np.uint8).astype(np.float64) - 128) / 128
    else:
        levels = np.frombuffer(content, f"<i{width}") / 2.0 ** (8 * width - 1)
    return Sound(levels.reshape(-1, channels).mean(axis=1).astype(np.float32), rate)


def _resampled(sound: Sound, rate: int) -> Array:
    """The samples at another rate, by a windowed sinc."""
    if sound.rate == rate:
        return sound.samples.astype(np.float32)
    common = gcd(sound.rate, rate)
    up, down = rate // common, sound.rate // common
    cut = min(1.0, rate / sound.rate) * 0.97  # of the lower rate's half
    reach = int(np.ceil(_ZEROS / cut))
    count = -(-len(sound.samples) * up // down)
    padded = np.pad(sound.samples.astype(np.float64), (reach, reach + 1))
    found = np.zeros(count, np.float32)
    steps = np.arange(-reach, reach + 1)
    for start in range(0, count, _BLOCK):
        at = np.arange(start, min(start + _BLOCK, count)) * (down / up)
        first = np.floor(at).astype(np.int64)
        apart = steps - (at - first)[:, None]
        window = np.cos(np.clip(apart / (reach + 1), -1, 1) * (np.pi / 2)) ** 2
        kernel = cut * np.sinc(cut * apart) * window
        found[start : start + len(at)] = (padded[first[:, None] + steps + reach] * kernel).sum(1)
    return found


def _trimmed(samples: Array, trim: Plain) -> Array:
    """Without the ends that are quieter than so many decibels below the loudest window."""
    window, hop = trim["window"], trim["hop"]
    padded = np.pad(samples.astype(np.float64), window // 2)
    sums = np.concatenate([[0.0], np.cumsum(padded**2)])
    starts = np.arange(0, len(padded) - window + 1, hop)
    size = np.sqrt(np.maximum(sums[starts + window] - sums[starts], 0) / window)
    loud = 20 * np.log10(np.maximum(size, _QUIETEST) / max(size.max(initial=0.0), _QUIETEST))
    heard = np.flatnonzero(loud > -trim["below_db"])
    cut = samples[heard[0] * hop : (heard[-1] + 1) * hop] if len(heard) else samples[:0]
    return cut if cut.size else samples


def _scaled(samples: Array, scale: Plain, rate: int) -> Array:
    if scale["to"] == "clip":
        return samples.clip(-1, 1)
    loudest = float(np.abs(samples).max(initial=0.0))
    if loudest <= 1e-6:
        return samples
    gain = scale["peak"] / loudest
    if scale["to"] == "loudness":
        powers = _block_powers(samples, rate)
        heard = powers[powers >= powers.max() / 10 ** (_GATE_DB / 10)]
        gain = min(gain, 10 ** ((scale["loudness"] - 10 * np.log10(2 * heard.mean())) / 20))
    return samples * np.float32(gain)


def _without_quiet_end(samples: Array, rate: int, below_db: float) -> Array:
    powers = _block_powers(samples, rate)
    if powers.max() <= 0:
        return samples
    last = int(np.flatnonzero(powers >= powers.max() / 10 ** (below_db / 10))[-1])
    return samples[: (last + 1) * max(1, rate // _BLOCKS_A_SECOND)]


def _block_powers(samples: Array, rate: int) -> Array:
    starts = np.arange(0, len(samples), max(1, rate // _BLOCKS_A_SECOND))
    sums = np.add.reduceat(samples.astype(np.float64) ** 2, starts)
    powers: Array = sums / np.diff(starts, append=len(samples))
    return powers
