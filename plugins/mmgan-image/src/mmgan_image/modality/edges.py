"""Edges of a picture: how steeply its levels change at each place, white on black.

The length of the gradient by Sobel's filter, so that a step from black to white is white. Sobel and
Feldman 1968, "A 3x3 isotropic gradient operator for image processing".
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Levels = npt.NDArray[np.uint8]


def edges(levels: Levels) -> Levels:
    """The edges of levels (H, W, C), in each channel by itself; nothing ends at the border."""
    beyond = np.pad(levels.astype(np.float32), ((1, 1), (1, 1), (0, 0)), mode="edge")
    smooth_down = beyond[:-2] + 2 * beyond[1:-1] + beyond[2:]
    smooth_across = beyond[:, :-2] + 2 * beyond[:, 1:-1] + beyond[:, 2:]
    across = smooth_down[:, 2:] - smooth_down[:, :-2]
    down = smooth_across[2:] - smooth_across[:-2]
    steepness = np.hypot(across, down) / 4
    return steepness.round().clip(0, 255).astype(np.uint8)
