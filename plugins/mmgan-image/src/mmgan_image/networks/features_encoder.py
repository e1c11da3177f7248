"""Features of pictures without weights: orientations of edges, and small colours.

    colours       the mean of each channel in each of ``cells`` x ``cells`` cells
    orientations  a histogram of ``bins`` directions of the grey gradient in each cell, each pixel
                  counted by the length of its gradient and shared by the two nearest bins, divided
                  by the root mean square length of the histograms around

The second are histograms of oriented gradients: Dalal and Triggs 2005,
https://doi.org/10.1109/CVPR.2005.177, normalised by the 3 x 3 cells around each instead of blocks.

Nothing of this learns, so that it can measure a model without having trained it. As the encoder of
a given entry it has one linear layer, unless ``dim`` is 0.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from mmgan_core import BadValue, Options
from mmgan_core.contracts import Encoder, Encoding, Modality

# Squared length of a histogram that counts as flat, in squared levels from -1 to 1.
_FLAT = 1e-4


class FeaturesEncoderOptions(Options):
    """Options of `image/features`."""

    dim: int = Field(
        128,
        ge=0,
        le=4096,
        description="size of the encoding, by a linear layer that learns; 0: the features alone",
    )
    cells: int = Field(6, ge=1, le=32, description="cells along each side")
    bins: int = Field(9, ge=2, le=36, description="directions of edges, over half a turn")


class FeaturesEncoder(Encoder):
    """Pictures (B, C, H, W) to features (B, (C + bins) cells^2), and by a linear layer to dim."""

    Options = FeaturesEncoderOptions
    options: FeaturesEncoderOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"dim": 8, "cells": 3, "bins": 4}, {"dim": 0, "cells": 2, "bins": 3})

    def __init__(self, options: FeaturesEncoderOptions, modality: Modality) -> None:
        super().__init__(options, modality)
        shape = modality.space.shape
        if len(shape) != 3:
            raise BadValue(f"samples must be (C, H, W), not {shape}")
        size = (shape[0] + options.bins) * options.cells**2
        self.dim = options.dim or size
        self.project: nn.Module = nn.Linear(size, options.dim) if options.dim else nn.Identity()

    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        return self.of_sample(self.modality.to_sample(tensors["prepared"]))

    def of_sample(self, sample: Tensor) -> Encoding:
        sample = sample.float()
        cells = self.options.cells
        colours = F.adaptive_avg_pool2d(sample, cells)
        found = torch.cat([colours, orientations(sample, cells, self.options.bins)], dim=1)
        return Encoding(self.project(found.flatten(1)))


def orientations(sample: Tensor, cells: int, bins: int) -> Tensor:
    """Normalised histograms of the directions of edges, (B, bins, cells, cells)."""
    grey = F.pad(sample.mean(1, keepdim=True), (1, 1, 1, 1), mode="replicate")
    across = (grey[..., 1:-1, 2:] - grey[..., 1:-1, :-2]) / 2  # (B, 1, H, W)
    down = (grey[..., 2:, 1:-1] - grey[..., :-2, 1:-1]) / 2
    # The tiny number keeps the gradient of the root finite where a picture is flat.
    length = (across.square() + down.square() + 1e-12).sqrt()
    at = torch.atan2(down, across + 1e-12) / math.pi * bins  # of a half turn, in bins
    number = torch.arange(bins, device=sample.device)[:, None, None]
    apart = (at - number).remainder(bins)  # (B, bins, H, W)
    near = (1 - torch.minimum(apart, bins - apart)).clamp_min(0)
    counted = F.adaptive_avg_pool2d(near * length, cells)
    around = F.avg_pool2d(
        counted.square().sum(1, keepdim=True), 3, stride=1, padding=1, count_include_pad=False
    )
    return counted / (around + _FLAT).sqrt()
