"""Condition accuracy: in what share of samples the evaluator predicts the class asked for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar

from mmgan_core.contracts import Evaluated, Measurement, Metric
from mmgan_core.options import Options


class ConditionAccuracyOptions(Options):
    """`core/condition-accuracy` has no options."""


class ConditionAccuracy(Metric):
    """Measures that share, with its 95 % interval (Wilson 1927); the floor is that of real data."""

    Options = ConditionAccuracyOptions
    explains: ClassVar[Mapping[str, str]] = {
        "condition accuracy": "In what fraction of samples a network that was trained on real "
        "data alone recognises what was asked for.",
    }

    def measure(self, fake: Evaluated, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        """Return one number, or none if no class was asked for."""
        if not (fake.asked >= 0).any():
            return []
        right, count = _right(fake)
        low, high = wilson(right, count)
        real_right, real_count = _right(real)
        floor = real_right / real_count if real_count else None
        return [Measurement("condition accuracy", right / count, floor, low, high, n=count)]


def wilson(right: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """The interval of a share, ``right`` of ``count``, by Wilson's formula (1927)."""
    share = right / count
    centre = share + z * z / (2 * count)
    half_width = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    scale = 1 + z * z / count
    return (centre - half_width) / scale, (centre + half_width) / scale


def _right(evaluated: Evaluated) -> tuple[int, int]:
    asked = evaluated.asked >= 0
    return int((evaluated.predicted == evaluated.asked)[asked].sum()), int(asked.sum())
