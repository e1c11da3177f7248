"""The levels of a network: sizes of a picture halved again and again, and changes of size."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional

from mmgan_core import BadValue
from mmgan_core.contracts import SampleSpace


def level_sizes(space: SampleSpace, levels: int | None = None) -> list[tuple[int, int]]:
    """Heights and widths from full size down, each half of the one before, rounded up.

    Args:
        levels: halvings; default: until a side is 4 or less.

    Raises:
        BadValue: if the samples are not (C, H, W), or would be halved to nothing.
    """
    if len(space.shape) != 3:
        raise BadValue(f"samples must be (C, H, W), not {space.shape}; try core/dense")
    sizes = [(space.shape[1], space.shape[2])]
    while (levels is None and min(sizes[-1]) > 4) or (levels is not None and len(sizes) <= levels):
        if levels is not None and max(sizes[-1]) == 1:
            raise BadValue(
                f"levels: {levels} halvings leave nothing of {sizes[0]}; at most {len(sizes) - 1}"
            )
        sizes.append((-(-sizes[-1][0] // 2), -(-sizes[-1][1] // 2)))
    return sizes


def halved(maps: Tensor) -> Tensor:
    """Maps of half the size, rounded up: means of 2 x 2."""
    return functional.avg_pool2d(maps, 2, ceil_mode=True, count_include_pad=False)


def resized(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """Maps of a larger size, by bilinear interpolation."""
    return functional.interpolate(maps, size=size, mode="bilinear", align_corners=False)
