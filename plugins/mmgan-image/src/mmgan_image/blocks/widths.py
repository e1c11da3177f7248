"""Channels of each level: they double from level to level, up to a limit."""

from __future__ import annotations

from pydantic import Field

from mmgan_core import Options


class WidthOptions(Options):
    """Options of the channels of a network."""

    width: int = Field(32, ge=1, description="channels at full size; doubled at each halving")
    max_width: int = Field(256, ge=1, description="most channels of any level")

    def widths(self, levels: int) -> list[int]:
        """Channels of each level, from full size down."""
        return [min(self.width * 2**level, self.max_width) for level in range(levels)]
