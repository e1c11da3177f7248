"""The inverse short-time Fourier transform as a transposed convolution, which can be exported.

Each frame is a sum of cosines and sines of its bins, windowed and added to its neighbours; then
the sum of the squared windows, which is how much of each sample was added, is divided out:

    x[t] = sum_f w[t - f hop] frame_f[t - f hop] / sum_f w[t - f hop]^2

It is what ``torch.istft`` computes with a Hann window, for any number of frames. The convolution is
one product of matrices, whose rows are cut into pieces of a hop and added where they overlap:
``conv_transpose1d`` adds them one by one, which took a fifth of a vocoder's time on a CPU.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from mmgan_core.errors import BadValue
from mmgan_core.foundation.full_precision import full_precision

_TINY = 1e-3
# The basis has as many numbers as the square of a window has samples.
LONGEST = 2**12


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
        if n_fft > LONGEST:
            raise BadValue(f"windows of {n_fft} samples are too long: at most {LONGEST}")
        self.n_fft, self.hop = n_fft, hop
        # By numpy: torch would load its compiler where weights are not yet in memory.
        window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)
        waves = np.fft.irfft(np.eye(n_fft // 2 + 1)[None] * np.array([1, 1j])[:, None, None], n_fft)
        # (2 bins, n_fft); a full-scale sine has the magnitude 1, as in MelScale.
        scaled = waves.reshape(-1, n_fft) * window * (window.sum() / 2)
        self.register_buffer("basis", _whole_hops(scaled, hop), persistent=False)
        self.register_buffer("weight", _whole_hops(np.square(window)[None], hop), persistent=False)
        self.basis: Tensor
        self.weight: Tensor

    def forward(self, real: Tensor, imaginary: Tensor) -> Tensor:
        """Add the frames, in the precision that they have."""
        parts = torch.cat([real, imaginary], dim=1).transpose(1, 2)  # (B, F + 1, 2 bins)
        with full_precision(real.device):
            added = self._overlapped(parts @ self.basis.to(real))
            often = self._overlapped(self.weight.to(real).expand(1, parts.shape[1], -1))
        first, length = self.n_fft // 2, (parts.shape[1] - 1) * self.hop
        return (added / often.clamp_min(_TINY))[..., first : first + length]

    def _overlapped(self, frames: Tensor) -> Tensor:
        """Frames (B, F, whole hops), each a hop after the one before, added to waves (B, 1, T)."""
        pieces = frames.unflatten(2, (-1, self.hop))  # (B, F, pieces, hop)
        count = pieces.shape[2]
        rows = [pad(pieces[:, :, k], (0, 0, k, count - 1 - k)) for k in range(count)]
        return torch.stack(rows).sum(0).flatten(1)[:, None]


def _whole_hops(rows: npt.NDArray[np.float64], hop: int) -> Tensor:
    """Rows with zeros at their ends, so that they are as long as a whole number of hops."""
    more = -rows.shape[1] % hop
    return torch.from_numpy(np.pad(rows, ((0, 0), (0, more))).astype(np.float32))
