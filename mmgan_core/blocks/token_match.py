"""How well the tokens of a condition match the places of a sample, for discriminators.

Each token looks for its places, and is compared with what it finds:

    found_t = sum_n softmax_n(k_t . q_n / sqrt(d)) v_n
    match   = mean_t u_t . found_t / sqrt(d)

where k and u come from the tokens, q and v from the places. The match is added to a logit, as a
projection head adds <embed(condition), features> for one vector (Miyato and Koyama 2018,
https://arxiv.org/abs/1802.05637). Words look for places as in the matching loss of AttnGAN (Xu et
al. 2018, https://arxiv.org/abs/1711.10485).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmgan_core.blocks.small_levels import small_levels
from mmgan_core.contracts import Condition, ConditionSpace
from mmgan_core.foundation.init_weights import init_variance_scaling

SIZE = 64
"""The size d in which tokens and places are compared."""


class TokenMatch(nn.Module):
    """Features of places (B, C, *grid) and a condition's tokens to one number a row, (B,)."""

    def __init__(self, channels: int, token_dim: int) -> None:
        super().__init__()
        self.ask = init_variance_scaling(nn.Linear(token_dim, SIZE, bias=False))
        self.wanted = init_variance_scaling(nn.Linear(token_dim, SIZE, bias=False))
        self.place = init_variance_scaling(nn.Linear(channels, SIZE, bias=False))
        self.shown = init_variance_scaling(nn.Linear(channels, SIZE, bias=False))

    def forward(self, features: Tensor, condition: Condition, real: Tensor | None = None) -> Tensor:
        """The mean match of the tokens that are no padding.

        Args:
            real: False where places of the features are padding, which no token finds,
                (B, 1, *grid); None if none are.
        """
        assert condition.tokens is not None
        tokens = condition.tokens.to(features.dtype)
        places = features.flatten(2).transpose(1, 2)  # (B, N, C)
        scores = self.ask(tokens) @ self.place(places).transpose(1, 2)  # (B, T, N)
        if real is not None:
            # Not minus infinity: a row of padding alone must stay finite.
            scores = scores.masked_fill(~real.flatten(2), -1e4)
        found = (scores / SIZE**0.5).softmax(2).to(places.dtype) @ self.shown(places)
        match = (self.wanted(tokens) * found).sum(2) / SIZE**0.5  # (B, T)
        there = condition.padding_mask
        if there is None:
            there = torch.ones_like(match, dtype=torch.bool)
        mean: Tensor = torch.where(there, match, 0.0).sum(1) / there.sum(1).clamp_min(1)
        return mean


class MatchedLevel(nn.Module):
    """The token match at one level of a discriminator; nothing if there are no tokens to match.

    Attributes:
        level: the number of the level.
        match: the match, or None.
    """

    def __init__(
        self,
        sizes: Sequence[tuple[int, ...]],
        channels: Sequence[int],
        side: int,
        condition: ConditionSpace,
    ) -> None:
        """Choose the finest level that is small enough.

        Args:
            sizes: the grid of each level, from the finest.
            channels: the channels of each level.
            side: the largest short side that the level may have; 0 for no match.
            condition: what is offered; without tokens there is no match.

        Raises:
            BadValue: if no level is small enough.
        """
        super().__init__()
        small = small_levels(sizes, side)
        self.level = small[0] if small else 0
        matched = side and condition.token_dim
        self.match = TokenMatch(channels[self.level], condition.token_dim) if matched else None

    def forward(
        self,
        logits: Tensor,
        features: Sequence[Tensor],
        condition: Condition,
        real: Sequence[Tensor | None] = (),
    ) -> Tensor:
        """Add the match of a level's features to logits, (B, ...).

        Args:
            real: the real places of each level; empty if all are.
        """
        if self.match is None:
            return logits
        there = real[self.level] if real else None
        match: Tensor = self.match(features[self.level], condition, there)
        return logits + match.view(-1, *[1] * (logits.dim() - 1))
