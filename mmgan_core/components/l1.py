"""L1: how far made samples are, place by place, from the real samples of their rows.

    mean |made - real| / (high - low)

over all samples and all places that are no padding: 0 for equal samples, 1 for opposite ends of the
range. It says how good a repair or a translation is, if what is given decides the sample; other
samples that would be as good count as wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from torch import Tensor

from mmgan_core.contracts import Evaluated, Measurement, Metric, mean_where
from mmgan_core.options import Options


class L1Options(Options):
    """`core/l1` has no options."""


class L1(Metric):
    """One number; its floor is that of other real samples in place of the made ones.

    A model that makes real-looking samples, but ignores what is given, scores like the floor.
    """

    Options = L1Options
    explains: ClassVar[Mapping[str, str]] = {
        "L1": "The mean difference to the real sample of the row, as a fraction of the "
        "range: 0 is equal.",
    }
    needs = frozenset({"samples", "references"})

    def measure(self, fake: Evaluated, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        """Return one number, or nothing if there are no samples."""
        value = _mean_difference(fake, fake.references, fake.places)
        if value is None:
            return []
        floor = _mean_difference(held_out, real, fake.places)
        return [Measurement("L1", value, floor, better="lower", n=len(fake.samples))]


def _mean_difference(one: Evaluated, other: Evaluated, places: Tensor | None) -> float | None:
    made, real = paired(one, other)
    assert one.modality is not None
    space = one.modality.space
    if not len(made):
        return None
    counted = None if places is None else places[: len(made)]
    return float(mean_where((made - real).abs(), counted) / (space.high - space.low))


def paired(one: Evaluated, other: Evaluated) -> tuple[Tensor, Tensor]:
    """The samples of both, row by row in double precision, as many as both have."""
    count = min(len(one.samples), len(other.samples))
    return one.samples[:count].double(), other.samples[:count].double()
