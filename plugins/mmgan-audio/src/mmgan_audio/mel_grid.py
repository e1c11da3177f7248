"""The sizes of the levels of a canvas, and the residual block that generators and judges share.

    block(x) = x + second(act(first(act(x) * gain + bias_f))),

``first`` 3 x 3, ``second`` 3 x 3 but dilated in time, for rhythm is wider than timbre. The bias
``bias_f`` is one number a channel and *frequency*: unlike an image, a canvas is not the same
everywhere from bottom to top, and a convolution cannot tell where it is.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from mmgan_core.contracts import SampleSpace
from mmgan_core.errors import BadValue

SLOPE = 0.2
_COARSE = 8


def canvas_of(space: SampleSpace, component: str) -> tuple[int, int]:
    """Bands and frames of a canvas.

    Raises:
        BadValue: if samples are no canvases.
    """
    if len(space.shape) != 3 or space.shape[0] != 1:
        raise BadValue(
            f"{component} works on log-mel canvases (1, bands, frames), not on samples of shape "
            f"{space.shape}; choose the modality audio/log-mel"
        )
    return space.shape[1], space.shape[2]


def levels(bands: int, frames: int) -> list[tuple[int, int]]:
    """Grids from half the canvas on, each half the one before, until neither side is over 8."""
    grids = [(-(-bands // 2), -(-frames // 2))]
    while max(grids[-1]) > _COARSE:
        height, width = grids[-1]
        grids.append((-(-height // 2), -(-width // 2)))
    return grids


def widths(count: int, width: int, most: int) -> list[int]:
    """Channels of each level from the finest on, twice the one before."""
    return [min(width * 2**level, max(width, most)) for level in range(count)]


def drawn(layer: nn.Conv2d) -> nn.Conv2d:
    """The layer with weights from N(0, 1 / fan-in): what comes in is as large as what goes out."""
    nn.init.normal_(layer.weight, std=layer.weight[0].numel() ** -0.5)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer


class MelBlock(nn.Module):
    """A residual block that knows which frequency it is at; it starts as the identity."""

    def __init__(self, channels: int, bands: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.by_band = nn.Parameter(torch.zeros(channels, bands, 1))
        self.second = nn.Conv2d(channels, channels, 3, padding=(1, 2), dilation=(1, 2))
        nn.init.kaiming_normal_(self.first.weight, a=SLOPE)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor, gain: Tensor | None = None) -> Tensor:
        """``x`` (B, C, bands, frames); ``gain`` (B, C, 1, 1) or None."""
        h = F.leaky_relu(x, SLOPE)
        h = self.first(h if gain is None else h * gain) + self.by_band
        changed: Tensor = self.second(F.leaky_relu(h, SLOPE))
        return x + changed
