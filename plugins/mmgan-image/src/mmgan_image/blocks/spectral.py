"""Spectral normalisation: a layer's weights divided by their largest singular value.

W / sigma with sigma = u^T W v. Whenever the weights have changed, u and v follow the first singular
vectors by steps of the power iteration: v = W^T u, u = W v, each scaled to length 1. Miyato et al.
2018, https://arxiv.org/abs/1802.05957.

PyTorch's own version takes a step at every call in training: the network that sees real samples
then differs from the one that sees fake samples, and so do the two calls of a penalty. Here the
steps depend on the weights alone.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize
from torch.nn.utils.parametrize import register_parametrization

# As many as a training step has calls: real samples, fake samples, the generator's phase.
STEPS = 3


class Spectral(nn.Module):
    """Weights (O, ...) divided by the spectral norm that they have as a matrix (O, the rest).

    The weights should start orthogonal: then the first step finds sigma exactly.
    """

    left: Tensor
    right: Tensor
    known: Tensor

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        matrix = weight.detach().flatten(1)
        left, right = _turned(matrix, torch.randn_like(matrix[:, 0]))
        self.register_buffer("left", left)
        self.register_buffer("right", right)
        self.register_buffer("known", matrix.sum())

    def forward(self, weight: Tensor) -> Tensor:
        """The normalised weights."""
        matrix = weight.flatten(1)
        if self.training:
            self._follow(matrix.detach())
        # Element by element, because autocast would round a matrix product.
        sigma = ((matrix * self.right).sum(1) * self.left).sum()
        return weight / sigma

    @torch.no_grad()
    def _follow(self, matrix: Tensor) -> None:
        # The sum shows whether an optimiser has changed the weights. It is a buffer, so that
        # interrupted training resumes exactly. New tensors, as a graph may still hold the old ones.
        now = matrix.sum()
        left, right = _turned(matrix, self.left)
        self.left = torch.where(now == self.known, self.left, left)
        self.right = torch.where(now == self.known, self.right, right)
        self.known = now


def _turned(matrix: Tensor, left: Tensor) -> tuple[Tensor, Tensor]:
    for _ in range(STEPS):
        right = normalize((matrix * left[:, None]).sum(0), dim=0)
        left = normalize((matrix * right).sum(1), dim=0)
    return left, right


def spectral(network: nn.Module) -> None:
    """Normalise every convolution and dense layer of a network."""
    for layer in list(network.modules()):
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            register_parametrization(layer, "weight", Spectral(layer.weight))
