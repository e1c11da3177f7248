"""A map of influences: a sample as a grey picture, with a colour over each of its blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from mmgan_core.contracts import Explanation

if TYPE_CHECKING:
    from PIL.Image import Image

# Red, green and blue of what is above 0 and of what is below it, and how much the most covers.
ABOVE, BELOW, COVERS = (240, 140, 0), (0, 110, 230), 0.7


def influence_map(sample: Tensor, one: Explanation) -> Image:
    """Return the map of an explanation whose units are blocks along the last two axes of a sample.

    Its first place is at the top left, whatever the kind of data: of a spectrogram, the lowest band
    is at the top.
    """
    from PIL import Image

    grey = sample.reshape(-1, *sample.shape[-2:]).mean(0)
    grey = (grey - grey.min()) / (grey.max() - grey.min()).clamp_min(1e-9) * 255
    influence = torch.tensor(one.influence).view(1, 1, *one.grid)
    (over,) = interpolate(influence, grey.shape, mode="nearest-exact")[0]
    share = (over / over.abs().max().clamp_min(1e-9))[..., None]
    colour = torch.where(share > 0, torch.tensor(ABOVE), torch.tensor(BELOW)).float()
    levels = torch.lerp(grey[..., None].expand(-1, -1, 3), colour, COVERS * share.abs())
    return Image.fromarray(levels.round().byte().numpy())
