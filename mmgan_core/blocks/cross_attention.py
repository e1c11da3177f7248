"""Cross-attention: every place of a sample looks up the tokens of its condition.

    x + W softmax(Q(x) K(tokens)^T / sqrt(d)) V(tokens)

Several heads look at once. Vaswani et al. 2017, "Attention is all you need",
https://arxiv.org/abs/1706.03762; for pictures from words Xu et al. 2018, "AttnGAN",
https://arxiv.org/abs/1711.10485.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mmgan_core.blocks.small_levels import small_levels
from mmgan_core.contracts import Condition, ConditionSpace
from mmgan_core.foundation.init_weights import init_variance_scaling

# The size of one head, and the most heads; more of either pays only in larger networks.
_HEAD, _MOST_HEADS = 16, 4


class CrossAttention(nn.Module):
    """Features of places (B, C, *grid) and tokens (B, T, token_dim) to features of places."""

    def __init__(self, channels: int, token_dim: int) -> None:
        super().__init__()
        self.heads = max(1, min(_MOST_HEADS, channels // _HEAD))
        inner = self.heads * min(_HEAD, channels)
        self.query = init_variance_scaling(nn.Linear(channels, inner, bias=False))
        self.key = init_variance_scaling(nn.Linear(token_dim, inner, bias=False))
        self.value = init_variance_scaling(nn.Linear(token_dim, inner, bias=False))
        self.back = init_variance_scaling(nn.Linear(inner, channels))

    def forward(self, features: Tensor, tokens: Tensor, padding_mask: Tensor | None) -> Tensor:
        """Add to each place what it finds among the tokens that are no padding.

        Args:
            features: (B, C, *grid).
            tokens: (B, T, token_dim).
            padding_mask: False where tokens are padding, (B, T); at least one of a row is none.
        """
        places = features.flatten(2).transpose(1, 2)  # (B, N, C)
        # Of unit size: how sharply a place looks does not depend on how strong its features are.
        size = places.square().mean(2, keepdim=True).add(1e-6).rsqrt()
        query = self._by_head(self.query(places * size.to(places.dtype)))
        key, value = self._by_head(self.key(tokens)), self._by_head(self.value(tokens))
        # Written out, because PyTorch's fused attention cannot be differentiated twice.
        scores = query @ key.transpose(2, 3) / query.shape[3] ** 0.5  # (B, heads, N, T)
        if padding_mask is not None:
            scores = scores.masked_fill(~padding_mask[:, None, None], -torch.inf)
        found = scores.softmax(3).to(value.dtype) @ value  # (B, heads, N, d)
        added: Tensor = self.back(found.transpose(1, 2).flatten(2))
        attended: Tensor = features + added.transpose(1, 2).reshape(features.shape)
        return attended

    def _by_head(self, vectors: Tensor) -> Tensor:
        by_head: Tensor = vectors.unflatten(2, (self.heads, -1)).transpose(1, 2)
        return by_head


class AttendingLevels(nn.ModuleDict):
    """Cross-attention at the small levels of a generator; empty if there is nothing to attend to.

    A generator in which it is not empty reads tokens, and says so in ``reads``.
    """

    def __init__(
        self,
        sizes: Sequence[tuple[int, ...]],
        channels: Sequence[int],
        side: int,
        condition: ConditionSpace,
    ) -> None:
        """Choose the levels.

        Args:
            sizes: the grid of each level.
            channels: the channels of each level.
            side: the largest short side that a level may have to attend; 0 for none.
            condition: what is offered; without tokens no level attends.

        Raises:
            BadValue: if no level is small enough.
        """
        super().__init__()
        for level in small_levels(sizes, side):
            if condition.token_dim:
                self[str(level)] = CrossAttention(channels[level], condition.token_dim)

    def forward(self, level: int, features: Tensor, condition: Condition) -> Tensor:
        """The features of a level, after it has attended if it is one of those that do."""
        if str(level) not in self:
            return features
        assert condition.tokens is not None
        attended: Tensor = self[str(level)](features, condition.tokens, condition.padding_mask)
        return attended
