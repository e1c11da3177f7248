"""Infers noise from samples: an encoder of the made modality and, if sizes differ, a dense layer.

Donahue et al. 2017, "Adversarial feature learning", https://arxiv.org/abs/1605.09782; Dumoulin et
al. 2017, "Adversarially learned inference", https://arxiv.org/abs/1606.00704.
"""

from __future__ import annotations

from torch import Tensor, nn

from mmgan_core.contracts import Encoder


class NoiseInference(nn.Module):
    """Samples (B, *shape) to noise (B, Z)."""

    def __init__(self, encoder: Encoder, noise_dim: int) -> None:
        super().__init__()
        self.encoder = encoder
        same = encoder.dim == noise_dim
        self.head = nn.Identity() if same else nn.Linear(encoder.dim, noise_dim)

    def forward(self, sample: Tensor) -> Tensor:
        """The noise from which the generator would make the samples."""
        noise: Tensor = self.head(self.encoder.of_sample(sample).pooled)
        return noise
