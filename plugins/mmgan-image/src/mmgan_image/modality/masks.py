"""Masks of pictures, 1 = missing: random ones for training, and masks that people paint."""

from __future__ import annotations

import torch
from PIL import Image
from torch import Tensor

from mmgan_core import BadValue
from mmgan_core.foundation.boxes import boxes
from mmgan_image.modality.picture import decode_picture

STROKE = 12
"""Points along a brush stroke."""


def read_mask(mask: object, size: tuple[int, int]) -> Image.Image:
    """A mask as a PIL image of mode L: white or transparent pixels are missing.

    Args:
        size: width and height of the picture that the mask belongs to.

    Raises:
        BadValue: if it is no picture, has another size, or has no white.
    """
    picture = decode_picture(mask)
    if picture.size != size:
        raise BadValue(
            f"the mask is {picture.width} x {picture.height}, the picture {size[0]} x {size[1]}"
        )
    flat = picture.convert("RGBA")
    grey = Image.alpha_composite(Image.new("RGBA", size, "white"), flat).convert("L")
    if not grey.point(lambda level: level > 127).getbbox():
        raise BadValue("the mask is black all over: paint white what is missing")
    return grey


def sample_picture_masks(
    mask_kind: str, count: int, size: tuple[int, int], low: float, high: float
) -> Tensor:
    """Random masks (B, 1, H, W), 1 = missing, from the global random state.

    Args:
        mask_kind: ``strokes``: a thick crooked line; ``half``: everything from one side on;
            ``outside``: everything outside a box (outpainting).
        low, high: smallest and largest share that is missing; approximate for strokes.
    """
    shares = low + (high - low) * torch.rand(count)
    if mask_kind == "outside":
        return 1 - boxes((1, *size), 1 - shares)
    if mask_kind == "half":
        return _halves(shares, size)
    return _strokes(shares, size)


def _halves(shares: Tensor, size: tuple[int, int]) -> Tensor:
    down = ((torch.arange(size[0]) + 0.5) / size[0]).view(1, -1, 1)
    across = ((torch.arange(size[1]) + 0.5) / size[1]).view(1, 1, -1)
    side = torch.randint(4, (len(shares), 1, 1))
    place = torch.where(side < 2, down, across)
    place = torch.where(side % 2 == 0, place, 1 - place)
    missing = (place < shares.view(-1, 1, 1)).expand(-1, *size)
    return missing[:, None].float()


def _strokes(shares: Tensor, size: tuple[int, int]) -> Tensor:
    """Random walks of a round brush, (B, 1, H, W), as thick as the shares, (B,), require."""
    height, width = size
    count, length = len(shares), 0.25 * (height + width)
    # A line of this length and thickness t covers about t (length + t).
    thick = ((length**2 + 4 * shares * height * width).sqrt() - length) / 2
    walk = torch.rand(count, 1), torch.cumsum(1.2 * torch.randn(count, STROKE), 1)
    turn = 2 * torch.pi * walk[0] + walk[1]
    start = torch.rand(count, 2)
    # Along each side; the walk turns back at the borders.
    path = [
        _turned_back(
            start[:, axis, None] * long + torch.cumsum(2 * length / STROKE * step, 1), long
        )
        for axis, (long, step) in enumerate(zip(size, (turn.sin(), turn.cos()), strict=True))
    ]
    down, across = torch.arange(height) + 0.5, torch.arange(width) + 0.5
    apart = (down[:, None] - path[0][..., None, None]) ** 2 + (
        across - path[1][..., None, None]
    ) ** 2
    nearest = apart.amin(1)
    # At least the place under the brush.
    least = nearest.amin((1, 2)).maximum((thick / 2) ** 2)
    return (nearest <= least[:, None, None])[:, None].float()


def _turned_back(path: Tensor, long: int) -> Tensor:
    return long - (path % (2 * long) - long).abs()
