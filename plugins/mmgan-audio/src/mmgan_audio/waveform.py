"""Sound in memory: mono samples and their rate, read from any kind of value.

A raw value may be a path, encoded bytes (WAV, FLAC, OGG, MP3: every format of libsndfile), a
``Waveform``, a pair ``(samples, rate)``, or a mapping ``{"bytes", "path"}`` or
``{"array", "sampling_rate"}``, as ``datasets`` has it.
"""

from __future__ import annotations

import io
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from wave import open as open_wav

import numpy as np
import numpy.typing as npt

from mmgan_core.errors import BadValue

Samples = npt.NDArray[np.float32]
_BLOCK = 65536
# What no sound has, a header may promise, and blocks of it would be allocated.
_MOST_RATE, _MOST_CHANNELS = 1_000_000, 64
_MP3_RATES = (8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)


@dataclass(frozen=True, eq=False)
class Waveform:
    """A mono sound.

    Attributes:
        samples: (T,); full scale is [-1, 1].
        rate: samples a second.
    """

    samples: Samples
    rate: int

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / self.rate

    def __repr__(self) -> str:
        return f"<Waveform {self.seconds:.2f} s at {self.rate} Hz>"

    def _repr_html_(self) -> str:
        """A player, for notebooks."""
        data = b64encode(_wav(self)).decode()
        return f'<audio controls src="data:audio/wav;base64,{data}"></audio>'


def decode_waveform(value: object, *, rate: int, max_seconds: float) -> Waveform:
    """Any raw value as a mono waveform at ``rate``.

    Raises:
        BadValue: if it is empty, not finite, not sound, or longer than ``max_seconds``. The length
            of a file is read from its header, and no more than that is kept in memory.
    """
    wave = _in_memory(value)
    if wave is None:
        with _opened(value) as file:
            _check_length(file.frames / file.samplerate, max_seconds)
            wave = Waveform(_mono_blocks(file, max_seconds), file.samplerate)
    if not wave.samples.size:
        raise BadValue("the sound is empty")
    _check_length(wave.seconds, max_seconds)
    if not np.isfinite(wave.samples).all():
        raise BadValue("the sound holds values that are not finite numbers")
    return _resampled(wave, rate)


def probe_waveform(value: object) -> tuple[int, float]:
    """Rate and length in seconds; of a file, from its header alone.

    Raises:
        BadValue: if it is not sound.
    """
    wave = _in_memory(value)
    if wave is not None:
        return wave.rate, wave.seconds
    with _opened(value) as file:
        return int(file.samplerate), file.frames / file.samplerate


def write_waveform(wave: Waveform, file: Path) -> None:
    """Write a WAV or FLAC file with 16 bits, or an MP3 file, as the ending of the file says.

    What is louder than full scale is clipped. MP3 knows nine rates: others are resampled to the
    next higher one.
    """
    import soundfile

    ending = file.suffix[1:]
    if ending == "mp3":
        wave = _resampled(wave, next((r for r in _MP3_RATES if r >= wave.rate), _MP3_RATES[-1]))
    kind = {"wav": "PCM_16", "flac": "PCM_16", "mp3": "MPEG_LAYER_III"}[ending]
    soundfile.write(file, wave.samples.clip(-1, 1), wave.rate, format=ending, subtype=kind)


def to_peak(samples: Samples, peak: float) -> Samples:
    """The same sound with this largest magnitude; silence stays silent."""
    loudest = float(np.abs(samples).max(initial=0.0))
    return samples * np.float32(peak / loudest) if loudest > 1e-6 else samples


def fitted(samples: Samples, length: int) -> Samples:
    """The samples, cut at the end or padded there with silence to ``length``."""
    return np.pad(samples[:length], (0, max(0, length - len(samples))))


def unread_of(samples: Samples, rate: int, length: int) -> str:
    """What ``fitted`` cuts off, as a clause; "" if that is nothing, or too short to be heard."""
    if len(samples) <= length + rate // 100:
        return ""
    return f"only the first {length / rate:.2f} of its {len(samples) / rate:.2f} seconds are read"


def faded(samples: Samples, length: int) -> Samples:
    """The samples, silent at both ends, from which they rise within ``length`` samples."""
    near = np.minimum(np.arange(len(samples)), np.arange(len(samples))[::-1])
    return samples * (near / max(1, length)).clip(0, 1).astype(np.float32)


def _wav(wave: Waveform) -> bytes:
    """The bytes of a WAV file with 16 bits a sample; what is louder than full scale is clipped."""
    file = io.BytesIO()
    with open_wav(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(wave.rate)
        out.writeframes(np.round(wave.samples.clip(-1, 1) * 32767).astype("<i2").tobytes())
    return file.getvalue()


def _in_memory(value: object) -> Waveform | None:
    """Sound that needs no decoder, or None."""
    if isinstance(value, Waveform):
        return value
    if isinstance(value, Mapping) and value.get("array") is not None:
        return _from_array(value["array"], value.get("sampling_rate"))
    if isinstance(value, tuple) and len(value) == 2:
        return _from_array(*value)
    return None


def _from_array(values: Any, rate: Any) -> Waveform:
    if not isinstance(rate, int | np.integer) or rate < 1:
        raise BadValue(f"a sound's rate must be a whole number of samples a second, not {rate!r}")
    array = np.asarray(values)
    if array.ndim not in (1, 2) or array.dtype.kind not in "fiu":
        raise BadValue(f"samples must be numbers (T,) or (T, channels), not shape {array.shape}")
    if array.dtype.kind == "u":
        array = array.astype(np.int64) - (np.iinfo(array.dtype).max // 2 + 1)
        array = array / -float(np.min(array, initial=-1))
    elif array.dtype.kind == "i":
        array = array / -float(np.iinfo(array.dtype).min)
    if array.ndim == 2:  # channels are the shorter axis
        array = array.mean(axis=int(np.argmin(array.shape)))
    return Waveform(array.astype(np.float32), int(rate))


@contextmanager
def _opened(value: object) -> Iterator[Any]:
    import soundfile

    if isinstance(value, Mapping):
        value = value.get("bytes") or value.get("path")
    if isinstance(value, str | Path):
        name, source = str(value), str(value)
        if not Path(value).is_file():
            raise BadValue(f"there is no file {name}")
    elif isinstance(value, bytes | bytearray | memoryview):
        name, source = "the bytes", io.BytesIO(value)  # type: ignore[assignment]
    elif hasattr(value, "shape"):
        raise BadValue("an array of samples does not say its rate: give (array, rate)")
    else:
        raise BadValue(f"a sound cannot be read from {type(value).__name__}")
    try:
        with soundfile.SoundFile(source) as file:
            if not 1 <= file.samplerate <= _MOST_RATE or not 1 <= file.channels <= _MOST_CHANNELS:
                raise BadValue(
                    f"{name} says that it has {file.channels} channels of {file.samplerate:,} Hz"
                )
            yield file
    except BadValue:
        raise
    except Exception as error:  # what a foreign decoder may raise cannot be listed
        known = "WAV, FLAC, OGG and MP3 can be read"
        raise BadValue(f"{name} cannot be read as sound ({error}); {known}") from None


def _mono_blocks(file: Any, max_seconds: float) -> Samples:
    """Samples of at most little more than ``max_seconds``, as a header may lie; block by block.

    Not by ``file.blocks``, which repeats the last block where a file was cut off.
    """
    left, parts = int(max_seconds * file.samplerate) + 1, []
    while left > 0:
        count = min(_BLOCK, left)
        if file.seekable():  # an MP3 has more samples than it means
            count = min(count, file.frames - file.tell())
        # Of zeros, for a decoder may say that it read more than it did, and what it did not write
        # must not be whatever lay in memory.
        block = np.zeros((max(0, count), file.channels), np.float32)
        block = file.read(len(block), out=block)
        if not len(block):
            break
        parts.append(block.mean(axis=1))
        left -= len(block)
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def _check_length(seconds: float, most: float) -> None:
    # A tolerance of 0.01 s: a sound of "30 seconds" often has a few more samples.
    if seconds > most + 0.01:
        raise BadValue(f"the sound lasts {seconds:.1f} s, more than max_seconds: {most:g}")


def _resampled(wave: Waveform, rate: int) -> Waveform:
    if wave.rate == rate:
        return wave
    import soxr  # type: ignore[import-untyped]

    samples = soxr.resample(wave.samples, wave.rate, rate)
    if not samples.size:
        raise BadValue(f"the sound is shorter than one sample at {rate} Hz")
    return Waveform(np.asarray(samples, dtype=np.float32), rate)
