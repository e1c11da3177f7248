"""The levels of a waveform, from its own rate down by four at a time, and what shuffles phases."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mmgan_core.contracts import SampleSpace
from mmgan_core.errors import BadValue

STEP = 4
"""Each level has a quarter of the places of the last."""
KERNEL = 24
"""A multiple of the step, so that a transposed convolution covers all places equally often."""
_COARSE = 16


def wave_length(space: SampleSpace, component: str) -> int:
    """How many samples a waveform has.

    Raises:
        BadValue: if samples are not waveforms.
    """
    if len(space.shape) != 2 or space.shape[0] != 1:
        raise BadValue(
            f"{component} needs waveforms (1, T), not samples of shape {space.shape}; choose the "
            "modality audio/audio"
        )
    return space.shape[1]


def wave_levels(length: int) -> list[int]:
    """Lengths from a quarter of the waveform's down, until one has at most 16 places."""
    sizes = [-(-length // STEP)]
    while sizes[-1] > _COARSE:
        sizes.append(-(-sizes[-1] // STEP))
    return sizes


class PhaseShuffle(nn.Module):
    """Shifts features (B, C, T) by up to ``most`` places in training, each row in its own way.

    What leaves one end is filled by reflection. A discriminator then cannot tell what is made by
    the phase of the pattern that transposed convolutions leave (Donahue et al. 2019).
    """

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def forward(self, features: Tensor) -> Tensor:
        """Shifted features; the same ones in evaluation."""
        last = features.shape[2] - 1
        most = min(self.most, last)
        if not most or not self.training:
            return features
        far = torch.randint(-most, most + 1, (len(features), 1), device=features.device)
        at = torch.arange(last + 1, device=features.device) + far
        at = last - (at.abs() - last).abs()  # reflected at both ends
        return features.gather(2, at[:, None].expand_as(features))
