"""How a discriminator's last features become logits, and how the condition comes in.

- projection: head(f) + <embed(c), f> / sqrt(F). Miyato and Koyama 2018,
  https://arxiv.org/abs/1802.05637.
- concatenation: a dense layer sees f and embed(c) side by side, as in Mirza and Osindero 2014,
  https://arxiv.org/abs/1411.1784.
- auxiliary: the logit does not depend on the condition, which is read off the sample instead; see
  `auxiliary` of a recipe's `make`. Odena et al. 2017, https://arxiv.org/abs/1610.09585, there for
  labels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from mmgan_core import Options
from mmgan_core.contracts import Critique
from mmgan_image.blocks.levels import SLOPE


class HeadOptions(Options):
    """What a recipe may say of the head of any discriminator of images."""

    conditioning: Literal["projection", "concatenation", "auxiliary"] = Field(
        "projection", description="how the condition comes in"
    )


class Head(nn.Module):
    """Features (B, F, ...) and a condition (B, dim) to one logit a place, (B, ...).

    The places are none, (B, F) to (B,), or those of a map, (B, F, H, W) to (B, H, W).
    """

    def __init__(self, features: int, condition: int, conditioning: str = "projection") -> None:
        super().__init__()
        self.conditioning = conditioning if condition else "none"
        self.head = nn.Linear(features, 1)
        if self.conditioning == "projection":
            self.embed = nn.Linear(condition, features)
        elif self.conditioning == "concatenation":
            self.embed = nn.Linear(condition, features)
            self.mix = nn.Linear(2 * features, features)
        elif self.conditioning == "auxiliary":
            self.read = nn.Linear(features, condition)

    def forward(self, features: Tensor, condition: Tensor) -> Tensor:
        """Every place is told the same condition."""
        features = features.movedim(1, -1)
        if self.conditioning == "concatenation":
            both = torch.cat([features, self._told(condition, features)], dim=-1)
            features = leaky_relu(self.mix(both), SLOPE)
        logit: Tensor = self.head(features).squeeze(-1)
        if self.conditioning == "projection":
            match = (self._told(condition, features) * features).sum(-1)
            logit = logit + match / math.sqrt(features.shape[-1])
        return logit

    def _told(self, condition: Tensor, features: Tensor) -> Tensor:
        """The embedded condition at every place, (B, ..., F)."""
        embedded: Tensor = self.embed(condition)
        places = [1] * (features.dim() - 2)
        return embedded.view(len(embedded), *places, -1).expand_as(features)

    def critique(
        self, features: Tensor, condition: Tensor, inner: Sequence[Tensor] = ()
    ) -> Critique:
        """The logits with inner features, and the condition as it is read, where it is."""
        reading = None
        if self.conditioning == "auxiliary":
            reading = self.read(features.flatten(2).mean(2) if features.dim() > 2 else features)
        return Critique(self(features, condition), tuple(inner), reading)
