"""The encoder of a U-Net: one 3x3 convolution a level, without normalisation.

Ronneberger et al. 2015, "U-Net: convolutional networks for biomedical image segmentation",
https://arxiv.org/abs/1505.04597.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from mmgan_image.init_weights import SLOPE, init_kaiming


class UNetEncoder(nn.ModuleList):
    """Maps (B, C, H, W) to the maps of each level, from full size down, each half of the last."""

    def __init__(self, channels: int, widths: Sequence[int]) -> None:
        super().__init__()
        for wide in widths:
            # The first level keeps the size, so that small pictures are not halved to nothing.
            stride = 2 if len(self) else 1
            self.append(init_kaiming(nn.Conv2d(channels, wide, 3, stride=stride, padding=1)))
            channels = wide

    def forward(self, maps: Tensor, refine: Iterable[nn.Module] = ()) -> list[Tensor]:
        """One tensor a level.

        Args:
            refine: modules that the maps of each level go through, from full size down.
        """
        levels = []
        for look, after in itertools.zip_longest(self, refine):
            maps = leaky_relu(look(maps), SLOPE)
            if after is not None:
                maps = after(maps)
            levels.append(maps)
        return levels
