"""The spectra of a batch of waveforms, with gradients, on whatever device they are."""

from __future__ import annotations

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from mmgan_core.contracts import coarser

Window = Annotated[int, Field(le=2**14)]
"""How many samples a window has, as an option."""


class Spectrum(nn.Module):
    """Power spectra of frames that are a quarter of a window apart; 1 is a full-scale sine.

    Args:
        window: samples of the Hann window, at least 4.
    """

    def __init__(self, window: int) -> None:
        super().__init__()
        self.length, self.hop = window, window // 4
        shape = torch.hann_window(window)
        self.register_buffer("window", shape, persistent=False)
        self.window: Tensor
        self.gain = 4 / window  # the window adds up to half of its length

    def forward(self, waves: Tensor) -> Tensor:
        """Waves (B, 1, T) to powers (B, window // 2 + 1, frames)."""
        waves = waves[:, 0]
        if waves.dtype != torch.float64:
            waves = waves.float()  # transforms know no half precision
        found = torch.stft(
            waves,
            self.length,
            self.hop,
            window=self.window.to(waves),
            pad_mode="constant",
            return_complex=True,
        )
        parts = torch.view_as_real(found[..., : self.frames(waves.shape[-1])]) * self.gain
        return parts.square().sum(-1)

    def frames(self, length: int) -> int:
        """How many frames so many samples have; each begins a new hop."""
        return -(-length // self.hop)

    def real_frames(self, places: Tensor | None, length: int) -> Tensor | None:
        """The frames that sounds reach into, (B, 1, frames), of their real places, (B, 1, T)."""
        if places is None:
            return None
        return coarser(places.expand(-1, 1, length), self.hop)
