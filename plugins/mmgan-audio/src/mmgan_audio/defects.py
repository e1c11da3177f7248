"""Defects of sounds: how many are silent, clipped or no numbers.

A sound is *silent* if its loudest window of 20 ms has less than ``silent_db`` decibels of power
relative to full scale, and *clipped* if at least a share ``clipped`` of its samples lies on flat
tops: three or more neighbours of its largest magnitude, as they are left by a converter or a
``clamp`` that cannot go further. *Broken* is one with a value that is no finite number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
from pydantic import Field

from mmgan_audio.waveform import Waveform
from mmgan_core.components.condition_accuracy import wilson
from mmgan_core.contracts import Evaluated, Measurement, Metric
from mmgan_core.options import Options

_WINDOW = 0.02  # seconds
_NEAR = 1e-4  # of the largest magnitude: that close is as large
_RUN = 3
ALL = "defects"
NAMES = ("silent", "clipped", "broken")
Truths = npt.NDArray[np.bool_]


class DefectsOptions(Options):
    """Options of ``audio/defects``."""

    silent_db: float = Field(
        -60.0, lt=0, description="Power of the loudest window below which a sound is silent, in dB."
    )
    clipped: float = Field(
        0.001, gt=0, le=1, description="Fraction of samples on flat tops of a clipped sound."
    )


class Defects(Metric):
    """Fractions with 95 % intervals (Wilson 1927); the floors are those of real sounds."""

    Options = DefectsOptions
    options: DefectsOptions
    needs = frozenset({"values"})
    explains: ClassVar[Mapping[str, str]] = {
        ALL: "The fraction of sounds that are silent, clipped or broken.",
        "silent": "The fraction of sounds in which nothing can be heard.",
        "clipped": "The fraction of sounds with flat tops, as of too loud a recording.",
        "broken": "The fraction of sounds with values that are no finite numbers.",
    }

    def measure(self, fake: Evaluated, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        """Return the fraction with any defect, and those of each that some made sound has."""
        made, true = self._found(fake.values), self._found(real.values)
        if not len(made):
            return []
        found = [_share(ALL, np.any(made, axis=1), np.any(true, axis=1))]
        return found + [
            _share(name, made[:, at], true[:, at])
            for at, name in enumerate(NAMES)
            if made[:, at].any()
        ]

    def _found(self, values: Sequence[object]) -> Truths:
        """Which defects each sound has, (N, 3)."""
        rows = [self._of(value) for value in values if isinstance(value, Waveform)]
        return np.array(rows, dtype=bool).reshape(-1, len(NAMES))

    def _of(self, wave: Waveform) -> tuple[bool, bool, bool]:
        samples = wave.samples.astype(np.float64)
        if not np.isfinite(samples).all():
            return False, False, True
        loud = loudest_db(samples, max(1, round(_WINDOW * wave.rate)))
        silent = loud < self.options.silent_db
        return silent, not silent and flat_share(samples) >= self.options.clipped, False


def loudest_db(samples: npt.NDArray[np.float64], window: int) -> float:
    """Mean power of the loudest window in decibels; 0 is full scale throughout, -200 silence."""
    window = min(window, len(samples))
    total = np.concatenate([[0.0], np.cumsum(samples**2)])
    power = (total[window:] - total[:-window]) / window
    return float(10 * np.log10(max(power.max(), 1e-20)))


def flat_share(samples: npt.NDArray[np.float64]) -> float:
    """The fraction of samples in runs of three or more at the largest magnitude, on one side."""
    most = np.abs(samples).max()
    on_top = 0
    for side in (samples, -samples):
        top = np.concatenate([[0], (side >= most * (1 - _NEAR)).astype(int), [0]])
        edges = np.flatnonzero(np.diff(top))
        lengths = edges[1::2] - edges[::2]
        on_top += int(lengths[lengths >= _RUN].sum())
    return on_top / len(samples)


def _share(name: str, of_made: Any, of_real: Any) -> Measurement:
    count, size = int(of_made.sum()), len(of_made)
    low, high = wilson(count, size)
    floor = float(of_real.mean()) if len(of_real) else None
    return Measurement(name, count / size, floor, max(low, 0.0), high, "lower", n=size)
