"""PSNR: the peak signal-to-noise ratio of made samples to the real samples of their rows.

    mean over samples of 10 log10((high - low)^2 / mean (made - real)^2), in decibels

Padded places do not count. A mean squared error below 1e-10 of the squared range counts as that, so
that equal samples have 100 dB and not infinitely many.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from torch import Tensor

from mmgan_core.components.l1 import paired
from mmgan_core.contracts import Evaluated, Measurement, Metric, row_means
from mmgan_core.options import Options

SMALLEST = 1e-10


class PSNROptions(Options):
    """`core/psnr` has no options."""


class PSNR(Metric):
    """One number in decibels; its floor is that of other real samples in place of the made ones.

    A model that makes real-looking samples, but ignores what is given, scores like the floor.
    """

    Options = PSNROptions
    explains: ClassVar[Mapping[str, str]] = {
        "PSNR": "How near a sample is to the real one of its row, in decibels; equal ones "
        "count as 100.",
    }
    needs = frozenset({"samples", "references"})

    def measure(self, fake: Evaluated, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        """Return one number, or nothing if there are no samples."""
        value = _mean_ratio(fake, fake.references, fake.places)
        if value is None:
            return []
        floor = _mean_ratio(held_out, real, fake.places)
        return [Measurement("PSNR", value, floor, n=len(fake.samples))]


def _mean_ratio(one: Evaluated, other: Evaluated, places: Tensor | None) -> float | None:
    made, real = paired(one, other)
    assert one.modality is not None
    space = one.modality.space
    if not len(made):
        return None
    counted = None if places is None else places[: len(made)]
    # One number a row, over its places that are no padding.
    error = row_means(((made - real) / (space.high - space.low)).square(), counted)
    return float(-10 * error.clamp_min(SMALLEST).log10().mean())
