"""The inverse short-time Fourier transform as one transposed convolution, which can be exported.

Each frame is a sum of cosines and sines of its bins, windowed and added to its neighbours; then
the sum of the squared windows, which is how much of each sample was added, is divided out:

    x[t] = sum_f w[t - f hop] frame_f[t - f hop] / sum_f w[t - f hop]^2

It is what ``torch.istft`` computes with a Hann window, for any number of frames.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.functional import conv_transpose1d

from mmgan_core.foundation.full_precision import full_precision

_TINY = 1e-3


class InverseSTFT(nn.Module):
    """Real and imaginary parts (B, n_fft // 2 + 1, F + 1) to waves (B, 1, F * hop).

    The first frame is centred at the first sample, and the last at what would follow the last one.
    It has no weights.

    Args:
        n_fft: samples of a window.
        hop: samples from one frame to the next, at most n_fft / 2.
    """

    def __init__(self, n_fft: int, hop: int) -> None:
        super().__init__()
        self.n_fft, self.hop = n_fft, hop
        # By numpy: torch would load its compiler where weights are not yet in memory.
        window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)
        waves = np.fft.irfft(np.eye(n_fft // 2 + 1)[None] * np.array([1, 1j])[:, None, None], n_fft)
        # (2, bins, n_fft); a full-scale sine has the magnitude 1, as in MelScale.
        scaled = waves.reshape(-1, n_fft) * window * (window.sum() / 2)
        self.register_buffer("basis", _tensor(scaled[:, None]), persistent=False)
        self.register_buffer("weight", _tensor(np.square(window)[None, None]), persistent=False)
        self.basis: Tensor
        self.weight: Tensor

    def forward(self, real: Tensor, imaginary: Tensor) -> Tensor:
        """Add the frames, in the precision that they have."""
        frames, parts = real.shape[-1], torch.cat([real, imaginary], dim=1)
        with full_precision(real.device):
            added = conv_transpose1d(parts, self.basis.to(real), stride=self.hop)
            ones = real.new_ones(1, 1, frames)
            often = conv_transpose1d(ones, self.weight.to(real), stride=self.hop)
        first, length = self.n_fft // 2, (frames - 1) * self.hop
        return (added / often.clamp_min(_TINY))[..., first : first + length]


def _tensor(numbers: npt.NDArray[np.float64]) -> Tensor:
    return torch.from_numpy(numbers.astype(np.float32))
