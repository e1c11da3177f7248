"""ConditionAccuracy: the share of samples in which the evaluator reads what was asked for."""

from __future__ import annotations

import math

from mmgan_core.contracts import Evaluated, Measurement, Metric
from mmgan_core.options import Options


class ConditionAccuracyOptions(Options):
    """`core/condition-accuracy` has no options."""


class ConditionAccuracy(Metric):
    """With Wilson's 95 % interval (1927); the floor is the evaluator's agreement on real samples."""

    Options = ConditionAccuracyOptions

    def measure(self, fake: Evaluated, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        """One number, or none where nothing was asked for."""
        if not (fake.asked >= 0).any():
            return []
        right, count = _right(fake)
        low, high = wilson(right, count)
        real_right, real_count = _right(real)
        floor = real_right / real_count if real_count else None
        return [Measurement("condition accuracy", right / count, floor, low, high, n=count)]


def wilson(right: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's interval of a share."""
    share = right / count
    centre = share + z * z / (2 * count)
    spread = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    scale = 1 + z * z / count
    return (centre - spread) / scale, (centre + spread) / scale


def _right(evaluated: Evaluated) -> tuple[int, int]:
    asked = evaluated.asked >= 0
    return int((evaluated.predicted == evaluated.asked)[asked].sum()), int(asked.sum())
