"""What may be missing of a picture: mask_kinds that training draws, and masks that people make."""

from __future__ import annotations

import torch
from PIL import Image
from torch import Tensor

from mmgan_core import BadValue
from mmgan_core.foundation.boxes import boxes
from mmgan_image.modality.picture import decode_picture

STROKE = 12
"""Points along a stroke of the brush."""


def read_mask(mask: object, size: tuple[int, int]) -> Image.Image:
    """A picture of what is missing as PIL image of mode L: white or transparent is missing.

    Args:
        size: width and height of what it is of.

    Raises:
        BadValue: if it is no picture, has another size, or nothing of it is white.
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
    """Masks (B, 1, H, W) from the global random state, 1 = missing.

    Args:
        mask_kind: ``strokes``: a thick crooked line; ``half``: from one side on; ``outside``: all but a
            box, which is to be painted on around.
        low, high: least and largest share that is missing; of strokes, about.
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
    """A walk of a round brush, (H, W); the brush is as thick as the share asks for."""
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
