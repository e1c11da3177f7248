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
    return torch.stack([_stroke(float(share), size) for share in shares])[:, None]


def _halves(shares: Tensor, size: tuple[int, int]) -> Tensor:
    down = ((torch.arange(size[0]) + 0.5) / size[0]).view(1, -1, 1)
    across = ((torch.arange(size[1]) + 0.5) / size[1]).view(1, 1, -1)
    side = torch.randint(4, (len(shares), 1, 1))
    place = torch.where(side < 2, down, across)
    place = torch.where(side % 2 == 0, place, 1 - place)
    missing = (place < shares.view(-1, 1, 1)).expand(-1, *size)
    return missing[:, None].float()


def _stroke(share: float, size: tuple[int, int]) -> Tensor:
    """A random walk of a round brush, (H, W), as thick as the share requires."""
    height, width = size
    area, length = share * height * width, 0.25 * (height + width)
    # A line of this length and thickness t covers about t (length + t).
    thick = ((length**2 + 4 * area) ** 0.5 - length) / 2
    turn = 2 * torch.pi * torch.rand(()) + torch.cumsum(1.2 * torch.randn(STROKE), 0)
    step = 2 * length / STROKE
    steps = step * torch.stack([turn.sin(), turn.cos()], dim=1)
    path = torch.rand(2) * torch.tensor([height, width]) + torch.cumsum(steps, 0)
    # The walk turns back at the borders.
    for axis, long in enumerate(size):
        path[:, axis] = long - (path[:, axis] % (2 * long) - long).abs()
    down, across = torch.arange(height) + 0.5, torch.arange(width) + 0.5
    apart = (down[None, :, None] - path[:, 0, None, None]) ** 2 + (
        across[None, None, :] - path[:, 1, None, None]
    ) ** 2
    nearest = apart.amin(0)
    # At least the place under the brush.
    covered = nearest <= nearest.min().clamp_min((thick / 2) ** 2)
    return covered.float()
