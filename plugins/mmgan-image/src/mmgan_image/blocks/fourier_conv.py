"""A convolution in the spectrum: every place of a map sees every other.

irfft2(a(W rfft2(x))): real and imaginary parts are channels side by side, W is 1x1, a LeakyReLU.
The spectral half of a fast Fourier convolution: Suvorov et al. 2022, "Resolution-robust large mask
inpainting with Fourier convolutions", https://arxiv.org/abs/2109.07161.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from mmgan_image.blocks.levels import SLOPE


class FourierConv(nn.Module):
    """(B, C, H, W) to the same."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.mix = nn.Conv2d(2 * channels, 2 * channels, 1)
        nn.init.kaiming_normal_(self.mix.weight, a=SLOPE)

    def forward(self, maps: Tensor) -> Tensor:
        """To the spectrum and back."""
        # Fourier transforms of half precision are not to be had everywhere.
        spectrum = torch.fft.rfft2(maps.float(), norm="ortho")
        parts = torch.cat([spectrum.real, spectrum.imag], dim=1).to(maps.dtype)
        real, imaginary = leaky_relu(self.mix(parts), SLOPE).float().chunk(2, dim=1)
        mixed = torch.complex(real, imaginary)
        back: Tensor = torch.fft.irfft2(mixed, s=maps.shape[2:], norm="ortho")
        return back.to(maps.dtype)
