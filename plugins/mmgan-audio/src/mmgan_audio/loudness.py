"""How loud a sound is, and where it ends.

The loudness is the mean power of the blocks of 20 ms that sound, in decibels: 0 dB is a full-scale
sine. Blocks more than 40 dB below the loudest one do not count, so that silence before and after a
sound makes no difference; that is the idea of the gate of ITU-R BS.1770, without its filters.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from mmgan_audio.waveform import Samples

_GATE_DB = 40.0
_BLOCKS_A_SECOND = 50


def loudness_db(samples: Samples, rate: int) -> float:
    """The loudness of samples (T,) in decibels; minus infinity for silence."""
    powers = _block_powers(samples, rate)
    heard = powers[powers >= powers.max() / 10 ** (_GATE_DB / 10)]
    power = 2 * float(heard.mean())  # that of a full-scale sine is 1/2
    return 10 * math.log10(power) if power > 0 else -math.inf


def without_quiet_end(samples: Samples, rate: int, below_db: float) -> Samples:
    """The samples up to the last block that is at most so many decibels below the loudest one.

    Silence stays as it is.
    """
    powers = _block_powers(samples, rate)
    if powers.max() <= 0:
        return samples
    last = int(np.flatnonzero(powers >= powers.max() / 10 ** (below_db / 10))[-1])
    return samples[: (last + 1) * _block(rate)]


def _block(rate: int) -> int:
    return max(1, rate // _BLOCKS_A_SECOND)


def _block_powers(samples: Samples, rate: int) -> npt.NDArray[np.float64]:
    """The mean power of each block, the last of which may be shorter."""
    starts = np.arange(0, len(samples), _block(rate))
    sums = np.add.reduceat(samples.astype(np.float64) ** 2, starts)
    return sums / np.diff(starts, append=len(samples))
