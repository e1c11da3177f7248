"""What losses, penalties and metrics are tested on: logits, a small critic, evaluated samples."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mmgan_core.contracts import Critique, Evaluated

CLASSES = 4


class SmallCritic(nn.Module):
    """Two layers, with one logit for each row, or for each of some patches.

    Attributes:
        shape: the shape of its samples.
    """

    shape = (3, 2, 2)

    def __init__(self, patches: int = 0) -> None:
        super().__init__()
        self.patches = patches
        self.first = nn.Sequential(nn.Flatten(), nn.Linear(12, 8), nn.SiLU())
        self.last = nn.Linear(8, patches or 1)

    @classmethod
    def made(cls, patches: int = 0) -> SmallCritic:
        """Make one, always with the same weights."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            return cls(patches)

    def forward(self, sample: Tensor) -> Critique:
        """Logits (B,), or (B, 1, patches)."""
        logits = self.last(self.first(sample))
        return Critique(logits[:, None] if self.patches else logits.squeeze(1))


def logits(shape: tuple[int, ...], scale: float, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Logits of real and of fake samples, which require a gradient."""
    random = torch.Generator().manual_seed(seed)
    real, fake = (scale * torch.randn(shape, generator=random) for _ in range(2))
    return real.requires_grad_(), fake.requires_grad_()


def evaluated(seed: int, count: int = 64) -> Evaluated:
    """Samples of four classes, each a Gaussian with its own mean, as an evaluator sees them."""
    random = torch.Generator().manual_seed(seed)
    asked = torch.arange(count) % CLASSES
    middles = torch.randn(CLASSES, 8, generator=torch.Generator().manual_seed(99)) * 3
    features = middles[asked] + torch.randn(count, 8, generator=random)
    return Evaluated(features, asked.clone(), asked)
