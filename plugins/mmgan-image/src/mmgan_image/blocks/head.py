"""The head of a discriminator: features f and a condition c to logits.

The option `conditioning` decides how the condition takes part:

- projection: head(f) + <embed(c), f> / sqrt(F). Miyato and Koyama 2018,
  https://arxiv.org/abs/1802.05637.
- concatenation: a dense layer sees f and embed(c) side by side. Mirza and Osindero 2014,
  https://arxiv.org/abs/1411.1784.
- auxiliary: the logit does not depend on the condition; the head predicts the condition instead,
  for the recipe's `auxiliary_classifier`. Odena et al. 2017, https://arxiv.org/abs/1610.09585, who
  predict labels.
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
from mmgan_core.contracts import Critique, cut
from mmgan_image.init_weights import SLOPE


class HeadOptions(Options):
    """Options of the head, for every discriminator of pictures."""

    conditioning: Literal["projection", "concatenation", "auxiliary"] = Field(
        "projection", description="how the condition takes part in the logits"
    )


class Head(nn.Module):
    """Features and a condition (B, dim) to logits.

    Features of the whole sample, (B, F), become one logit a row, (B,); features of each place of a
    map, (B, F, H, W), one logit a place, (B, H, W).
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
        """The logits; every place gets the same condition."""
        features = features.movedim(1, -1)
        if self.conditioning == "concatenation":
            both = torch.cat([features, self._embedded(condition, features)], dim=-1)
            features = leaky_relu(self.mix(both), SLOPE)
        logit: Tensor = self.head(features).squeeze(-1)
        if self.conditioning == "projection":
            match = (self._embedded(condition, features) * features).sum(-1)
            logit = logit + match / math.sqrt(features.shape[-1])
        return logit

    def _embedded(self, condition: Tensor, features: Tensor) -> Tensor:
        """The embedded condition at every place, (B, ..., F)."""
        embedded: Tensor = self.embed(condition)
        places = [1] * (features.dim() - 2)
        return embedded.view(len(embedded), *places, -1).expand_as(features)

    def critique(
        self,
        features: Tensor,
        condition: Tensor,
        inner: Sequence[Tensor] = (),
        places: Tensor | None = None,
    ) -> Critique:
        """The logits with inner features and, for ``auxiliary``, the predicted condition.

        Args:
            places: True where a place of the features is real, (B, 1, H, W); None if all are.
        """
        reading = None
        if self.conditioning == "auxiliary":
            reading = self.read(_mean(features, places) if features.dim() > 2 else features)
        counted = None if places is None else places[:, 0]
        return Critique(self(features, condition), tuple(inner), reading, counted)


def _mean(maps: Tensor, places: Tensor | None) -> Tensor:
    """The mean of maps (B, F, H, W) over their real places, (B, F)."""
    if places is None:
        return maps.flatten(2).mean(2)
    return cut(maps, places).flatten(2).sum(2) / places.flatten(2).sum(2).clamp_min(1)
