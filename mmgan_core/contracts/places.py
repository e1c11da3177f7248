"""Which places of samples are real: what lies beyond is padding, and counts for nothing.

A mask of places is a bool tensor that broadcasts to what it is a mask of, True where a place is
real. That of pictures (B, C, H, W) is (B, 1, H, W), and that of canvases (B, 1, bands, frames) is
of the same size, though all bands of a frame are real together.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import interpolate, max_pool1d, max_pool2d, max_pool3d


def mean_where(values: Tensor, chosen: Tensor | None) -> Tensor:
    """The mean of values (B, ...) where ``chosen`` is 1 or True; 0 if that is nowhere.

    Args:
        chosen: broadcasts to the values; None for all of them.
    """
    if chosen is None:
        return values.mean()
    counted = chosen.expand_as(values) > 0
    total = torch.where(counted, values, 0.0).sum()
    return total / counted.to(values).sum().clamp_min(1)


def row_means(values: Tensor, chosen: Tensor | None) -> Tensor:
    """The same mean for each row, (B,)."""
    if chosen is None:
        return values.reshape(len(values), -1).mean(1)
    counted = (chosen.expand_as(values) > 0).reshape(len(values), -1)
    total = torch.where(counted, values.reshape(len(values), -1), 0.0).sum(1)
    return total / counted.sum(1).clamp_min(1)


def cut(values: Tensor, places: Tensor | None, padding: Tensor | float = 0.0) -> Tensor:
    """Set what is no real place to the padding, so that no gradient reaches it.

    Args:
        values: samples or features, (B, ...).
        places: broadcasts to the values; None if all are real.
        padding: what padded places hold; a tensor broadcasts to the values.
    """
    if places is None:
        return values
    if isinstance(padding, Tensor):
        padding = padding.to(values.device, values.dtype, non_blocking=True)
    return torch.where(places, values, padding)


def coarser(places: Tensor, by: int) -> Tensor:
    """The real places of a grid whose places each stand for ``by`` along every axis.

    A place is real if any of those that it stands for is; sizes are divided and rounded up. This
    is what a convolution of that stride sees.

    Args:
        places: (B, 1, *grid).
    """
    pool = {1: max_pool1d, 2: max_pool2d, 3: max_pool3d}[places.dim() - 2]
    pooled: Tensor = pool(places.float(), by, by, ceil_mode=True)
    return pooled > 0


def along(places: Tensor, shape: Sequence[int], axes: Sequence[int]) -> Tensor:
    """Real places of one kind of data along the samples of another, which may be finer or coarser.

    Both have their length along the same number of axes: 25 of 100 frames of a spectrogram are the
    first quarter of a waveform.

    Args:
        places: (B, *sizes), one size for each axis.
        shape: the shape of a sample.
        axes: the axes of a sample along which places lie.

    Returns:
        A mask that broadcasts to samples (B, *shape): of the first axis alone if lengths lie
        along it, and else of all axes after it.
    """
    sizes = tuple(shape[axis] for axis in axes)
    if places.shape[1:] != sizes:
        places = interpolate(places[:, None].float(), sizes, mode="nearest")[:, 0] > 0
    lying = places.reshape(-1, *(size if a in axes else 1 for a, size in enumerate(shape)))
    return lying if 0 in axes else lying.expand(-1, 1, *shape[1:])
