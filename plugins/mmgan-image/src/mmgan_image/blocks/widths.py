"""Channels that double a level down, up to a limit."""

from __future__ import annotations

from pydantic import Field

from mmgan_core import Options


class WidthOptions(Options):
    """What a recipe may say of the channels of a network."""

    width: int = Field(32, ge=1, description="channels at full size; twice as many a level down")
    max_width: int = Field(256, ge=1, description="channels at most")

    def widths(self, levels: int) -> list[int]:
        """Channels of each level, from full size down."""
        return [min(self.width * 2**level, self.max_width) for level in range(levels)]
