"""The levels of a log-mel canvas, and the residual block of its generator and discriminator.

    block(x) = x + second(act(first(act(x) * gain) + bias_f))

``first`` is a 3 x 3 convolution, ``second`` a 3 x 3 convolution dilated in time, because rhythm is
wider than timbre. ``bias_f`` has one number for each channel and *frequency*: unlike a picture, a
canvas differs from bottom to top, and a convolution alone does not know where it is.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mmgan_core.contracts import SampleSpace, cut
from mmgan_core.errors import BadValue
from mmgan_core.foundation.init_weights import init_variance_scaling, init_zeros, kaiming_gain

SLOPE = 0.2
_COARSE = 8


def canvas_of(space: SampleSpace, component: str) -> tuple[int, int]:
    """Bands and frames of a canvas.

    Raises:
        BadValue: if samples are not canvases.
    """
    if len(space.shape) != 3 or space.shape[0] != 1:
        raise BadValue(
            f"{component} needs log-mel canvases (1, bands, frames), not samples of shape "
            f"{space.shape}; choose the modality audio/log-mel"
        )
    return space.shape[1], space.shape[2]


def levels(bands: int, frames: int) -> list[tuple[int, int]]:
    """Sizes from half the canvas down, each half of the last, until no side is over 8."""
    grids = [(-(-bands // 2), -(-frames // 2))]
    while max(grids[-1]) > _COARSE:
        height, width = grids[-1]
        grids.append((-(-height // 2), -(-width // 2)))
    return grids


def widths(count: int, width: int, most: int) -> list[int]:
    """Channels of each level, from the finest: doubled from level to level, up to a limit."""
    return [min(width * 2**level, max(width, most)) for level in range(count)]


class MelBlock(nn.Module):
    """A residual block with a bias for each frequency; it starts as the identity."""

    def __init__(self, channels: int, bands: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.by_band = nn.Parameter(torch.zeros(channels, bands, 1))
        self.second = nn.Conv2d(channels, channels, 3, padding=(1, 2), dilation=(1, 2))
        init_variance_scaling(self.first, kaiming_gain(SLOPE))
        init_zeros(self.second)

    def forward(
        self, x: Tensor, gain: Tensor | None = None, places: Tensor | None = None
    ) -> Tensor:
        """``x`` (B, C, bands, frames); ``gain`` (B, C, 1, 1) or None.

        Args:
            places: True where a place is real, (B, 1, bands, frames): beyond them all is 0, as it
                is beyond the canvas. None if all are real.
        """
        h = F.leaky_relu(x, SLOPE)
        h = cut(self.first(h if gain is None else h * gain) + self.by_band, places)
        changed: Tensor = self.second(F.leaky_relu(h, SLOPE))
        return cut(x + changed, places)
