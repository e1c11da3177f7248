"""SSIM: the structural similarity of made pictures to the real ones of their rows.

Wang et al. 2004, "Image quality assessment: from error visibility to structural similarity",
https://doi.org/10.1109/TIP.2003.819861. With means, variances and the covariance of both pictures
under a Gaussian window of 11 x 11 pixels and deviation 1.5,

    SSIM = (2 m_x m_y + c_1) (2 s_xy + c_2) / ((m_x^2 + m_y^2 + c_1) (s_x^2 + s_y^2 + c_2))

with c_1 = (0.01 L)^2 and c_2 = (0.03 L)^2 for levels from 0 to L; the mean over all places where
the whole window lies in the picture, over channels and over pictures: 1 for equal pictures.
Windows that reach into padding do not count.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn.functional import conv2d, max_pool2d

from mmgan_core import Options
from mmgan_core.contracts import Evaluated, Measurement, Metric, row_means

WINDOW, DEVIATION = 11, 1.5
K1, K2 = 0.01, 0.03
# Pictures compared at a time, so that memory does not grow with n.
CHUNK = 64


class SSIMOptions(Options):
    """`image/ssim` has no options."""


class SSIM(Metric):
    """One number; its floor is that of other real pictures in place of the made ones.

    A model that makes real-looking pictures, but ignores what is given, scores like the floor.
    """

    Options = SSIMOptions
    explains: ClassVar[Mapping[str, str]] = {
        "SSIM": "How alike a picture and the real one of its row are in structure: 1 is equal.",
    }
    needs = frozenset({"samples", "references"})

    def measure(self, fake: Evaluated, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        """Return one number, or nothing if there are no pictures."""
        value = _mean(fake, fake.references, fake.places)
        if value is None:
            return []
        floor = _mean(held_out, real, fake.places)
        return [Measurement("SSIM", value, floor, n=len(fake.samples))]


def _mean(one: Evaluated, other: Evaluated, places: Tensor | None) -> float | None:
    count = min(len(one.samples), len(other.samples))
    if not count:
        return None
    assert one.modality is not None
    low, high = one.modality.space.low, one.modality.space.high
    made, real = ((side.samples[:count] - low) / (high - low) for side in (one, other))
    chunks = [None] * -(-count // CHUNK) if places is None else places[:count].split(CHUNK)
    pairs = zip(made.split(CHUNK), real.split(CHUNK), chunks, strict=True)
    return float(torch.cat([ssim(*pair) for pair in pairs]).mean())


def ssim(one: Tensor, other: Tensor, places: Tensor | None = None) -> Tensor:
    """The SSIM of each pair of pictures (B, C, H, W) with levels from 0 to 1, as (B,).

    Args:
        places: True where a picture is, and no padding, (B, 1, H, W): windows that lie in it as a
            whole count, or those that touch it if none does. None if it is everywhere.

    In pictures that are smaller than the window, the window is as large as fits, with an odd side.
    """
    x, y = (side.double().flatten(0, 1)[:, None] for side in (one, other))  # (B C, 1, H, W)
    side = min(WINDOW, *x.shape[2:])
    window = _window(side if side % 2 else side - 1).to(x)

    def mean(picture: Tensor) -> Tensor:
        return conv2d(picture, window)

    mean_x, mean_y = mean(x), mean(y)
    var_x, var_y = mean(x * x) - mean_x**2, mean(y * y) - mean_y**2
    covariance = mean(x * y) - mean_x * mean_y
    c1, c2 = K1**2, K2**2
    likeness = (2 * mean_x * mean_y + c1) * (2 * covariance + c2)
    likeness = likeness / ((mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2))
    if places is None:
        return likeness.flatten(1).mean(1).view(one.shape[:2]).mean(1)
    of_windows = likeness.view(*one.shape[:2], *likeness.shape[2:])
    return row_means(of_windows, _windows(places, window.shape[2]))


def _windows(places: Tensor, side: int) -> Tensor:
    """Which windows count, (B, 1, H - side + 1, W - side + 1)."""
    outside = max_pool2d((~places).float(), side, 1) > 0
    touching = max_pool2d(places.float(), side, 1) > 0
    whole = ~outside
    return torch.where(whole.flatten(1).any(1).view(-1, 1, 1, 1), whole, touching)


def _window(side: int) -> Tensor:
    """Gaussian weights that add up to 1, (1, 1, side, side)."""
    places = torch.arange(side, dtype=torch.float64) - side // 2
    line = torch.exp(-(places**2) / (2 * DEVIATION**2))
    line = line / line.sum()
    return (line[:, None] * line)[None, None]
