"""The sample space of log-mel canvases, which says how many decibels a canvas spans."""

from __future__ import annotations

from dataclasses import dataclass

from mmgan_core.contracts import SampleSpace


@dataclass(frozen=True)
class CanvasSpace(SampleSpace):
    """Canvases (1, bands, frames), linear in decibels from ``low`` to ``high``.

    Attributes:
        decibels: from the floor to the ceiling.
    """

    decibels: float = 80.0
