"""Halving and doubling of maps through the binomial filter [1, 2, 1], without aliasing.

Down, filter and keep every second place: out_i = (x_2i-1 + 2 x_2i + x_2i+1) / 4. Up, put zeros
between the places, filter, and multiply by 4: out_2i = x_i, out_2i+1 = (x_i + x_i+1) / 2. Places
beyond the border are zero.
Zhang 2019, "Making convolutional networks shift-invariant again",
https://arxiv.org/abs/1904.11486; R3GAN changes sizes in this way,
https://arxiv.org/abs/2501.05441.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional


def binomial_halved(maps: Tensor) -> Tensor:
    """Half the size, rounded up."""
    # [1, 2, 1] is [1, 1] applied twice: two means of 2 x 2.
    padded = functional.pad(maps, (1, 1, 1, 1))
    return functional.avg_pool2d(functional.avg_pool2d(padded, 2, stride=1), 2)


def binomial_resized(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """Twice the size, or one less where half of it was rounded up."""
    # The same as linear interpolation from each place to the next; the last one is zero.
    height, width = maps.shape[2:]
    between = functional.interpolate(
        functional.pad(maps, (0, 1, 0, 1)),
        size=(2 * height + 1, 2 * width + 1),
        mode="bilinear",
        align_corners=True,
    )
    return between[:, :, : size[0], : size[1]]
