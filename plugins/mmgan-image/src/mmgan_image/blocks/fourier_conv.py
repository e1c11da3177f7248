"""A convolution of the spectrum, through which every place of a map sees every other.

    irfft2(a(W rfft2(x)))

Real and imaginary parts stand side by side as channels, W is a 1x1 convolution, a a leaky ReLU.
The spectral half of a fast Fourier convolution: Suvorov et al. 2022, "Resolution-robust large mask
inpainting with Fourier convolutions", https://arxiv.org/abs/2109.07161.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from mmgan_image.init_weights import SLOPE, init_kaiming


class FourierConv(nn.Module):
    """Maps (B, C, H, W) to maps of the same shape."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.mix = init_kaiming(nn.Conv2d(2 * channels, 2 * channels, 1), keep_bias=True)

    def forward(self, maps: Tensor) -> Tensor:
        """Convolve the spectrum of the maps."""
        # Not every device has Fourier transforms in half precision.
        spectrum = torch.fft.rfft2(maps.float(), norm="ortho")
        parts = torch.cat([spectrum.real, spectrum.imag], dim=1).to(maps.dtype)
        real, imaginary = leaky_relu(self.mix(parts), SLOPE).float().chunk(2, dim=1)
        mixed = torch.complex(real, imaginary)
        back: Tensor = torch.fft.irfft2(mixed, s=maps.shape[2:], norm="ortho")
        return back.to(maps.dtype)
