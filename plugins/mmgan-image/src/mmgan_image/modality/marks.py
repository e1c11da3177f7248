"""What places of pictures have: ink, ink of a colour, ink in a half of the picture.

Ink is what stands out from the background, the colour in the middle of those at the border.
"""

from __future__ import annotations

import torch
from torch import Tensor

_STANDS_OUT, _COLOURED = 0.2, 0.2


def marks_of(samples: Tensor) -> dict[str, Tensor]:
    """The marks of pictures from -1 to 1, (B, C, H, W): (B, 1, H, W) each, by name."""
    levels = ((samples + 1) / 2).clamp(0, 1)
    border = torch.cat(
        [levels[:, :, 0], levels[:, :, -1], levels[:, :, :, 0], levels[:, :, :, -1]], dim=2
    )
    background = border.median(dim=2).values[..., None, None]
    ink = (levels - background).abs().mean(1, keepdim=True) > _STANDS_OUT
    height, width = samples.shape[2:]
    left, top = torch.zeros_like(ink), torch.zeros_like(ink)
    left[..., : width // 2] = True
    top[..., : height // 2, :] = True
    marks = {
        "ink": ink,
        "ink at the left": ink & left,
        "ink at the right": ink & ~left,
        "ink at the top": ink & top,
        "ink at the bottom": ink & ~top,
    }
    if samples.shape[1] == 3:
        red, green, blue = levels.split(1, dim=1)
        marks |= {
            "red": ink & (red - torch.maximum(green, blue) > _COLOURED),
            "yellow": ink & (torch.minimum(red, green) - blue > _COLOURED),
            "green": ink & (green - torch.maximum(red, blue) > _COLOURED),
            "blue": ink & (blue - torch.maximum(red, green) > _COLOURED),
        }
    return marks
