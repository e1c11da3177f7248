"""Layers of attention over the places of a text, for its generators and discriminators.

    x + W softmax(Q(x) K(y)^T / sqrt(d)) V(y),    then x + MLP(norm(x))

y is the text itself, or the tokens of what is given. Several heads look at once. Vaswani et al.
2017, "Attention is all you need", https://arxiv.org/abs/1706.03762; norms first, and the last
layer of every branch smaller the more layers there are: Radford et al. 2019, "Language models are
unsupervised multitask learners".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Protocol

import torch
from torch import Tensor, nn
from torch.nn.functional import dropout, scaled_dot_product_attention

from mmgan_core.errors import BadValue
from mmgan_core.foundation.init_weights import init_variance_scaling


class KeptPlaces(Protocol):
    """The keys and values of the places before the one that is being made."""

    @property
    def real(self) -> Tensor | None:
        """False where there is no place yet, (1, M); None if all that is returned are there."""
        ...

    def add(self, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Add one place; return all places, (B, heads, M, d)."""
        ...


@dataclass
class Past:
    """The keys and values of the places so far, (B, heads, t, d), with room for ``length``."""

    real: ClassVar[None] = None
    length: int
    count: int = 0
    _stored: list[Tensor] = field(default_factory=list)

    def add(self, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Add one place; return all places so far."""
        if not self._stored:
            shape = (*key.shape[:2], self.length, key.shape[3])
            self._stored = [key.new_empty(shape), value.new_empty(shape)]
        for stored, new in zip(self._stored, (key, value), strict=True):
            stored[:, :, self.count] = new[:, :, 0]
        self.count += 1
        keys, values = (stored[:, :, : self.count] for stored in self._stored)
        return keys, values

    def take(self, rows: Tensor) -> None:
        """Go on with these rows of the batch, (N,)."""
        self._stored = [stored[rows] for stored in self._stored]


def attended(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    real: Tensor | None = None,
    *,
    causal: bool = False,
    twice: bool = False,
) -> Tensor:
    """What queries (B, heads, N, d) find among values (B, heads, M, d).

    Args:
        real: False where there is nothing to find, (B, M).
        causal: a query finds nothing after its own place.
        twice: written out, because PyTorch's fused attention cannot be differentiated twice.
    """
    if not twice:
        mask = None if real is None else real[:, None, None]
        return scaled_dot_product_attention(query, key, value, attn_mask=mask, is_causal=causal)
    scores = query @ key.transpose(2, 3) / query.shape[3] ** 0.5
    if real is not None:
        scores = scores.masked_fill(~real[:, None, None], -torch.inf)
    found: Tensor = scores.softmax(3).to(value.dtype) @ value
    return found


class SelfAttention(nn.Module):
    """Places (B, T, W) look at one another."""

    def __init__(self, width: int, heads: int, gain: float) -> None:
        super().__init__()
        if width % heads:
            raise BadValue(f"width {width} must be a multiple of heads: {heads}")
        self.heads = heads
        self.ask = init_variance_scaling(nn.Linear(width, 3 * width, bias=False))
        self.back = init_variance_scaling(nn.Linear(width, width), gain)

    def forward(
        self,
        x: Tensor,
        *,
        real: Tensor | None = None,
        causal: bool = False,
        past: KeptPlaces | None = None,
        twice: bool = False,
    ) -> Tensor:
        """What each place finds; with a ``past``, x is the one place after it, (B, 1, W)."""
        asked = self.ask(x).unflatten(2, (3, self.heads, -1))
        query, key, value = asked.permute(2, 0, 3, 1, 4)
        if past is not None:
            key, value = past.add(key, value)
            real, causal = past.real, False
        found = attended(query, key, value, real, causal=causal, twice=twice)
        back: Tensor = self.back(found.transpose(1, 2).flatten(2))
        return back


Looked = tuple[Tensor, Tensor]
"""The keys and values of tokens, each (B, heads, M, d)."""


class TokenAttention(nn.Module):
    """Places (B, T, W) look up tokens (B, M, token_dim)."""

    def __init__(self, width: int, heads: int, token_dim: int, gain: float) -> None:
        super().__init__()
        self.heads = heads
        self.query = init_variance_scaling(nn.Linear(width, width, bias=False))
        self.both = init_variance_scaling(nn.Linear(token_dim, 2 * width, bias=False))
        self.back = init_variance_scaling(nn.Linear(width, width), gain)

    def looked(self, tokens: Tensor) -> Looked:
        """The keys and values of tokens."""
        key, value = self.both(tokens).unflatten(2, (2, self.heads, -1)).permute(2, 0, 3, 1, 4)
        return key, value

    def forward(
        self, x: Tensor, looked: Looked, real: Tensor | None, *, twice: bool = False
    ) -> Tensor:
        """What each place finds among the tokens that are no padding, by ``real`` (B, M)."""
        query = self.query(x).unflatten(2, (self.heads, -1)).transpose(1, 2)
        found = attended(query, *looked, real, twice=twice)
        back: Tensor = self.back(found.transpose(1, 2).flatten(2))
        return back


class Mlp(nn.Sequential):
    """Four times as wide in between."""

    def __init__(self, width: int, gain: float) -> None:
        super().__init__(
            init_variance_scaling(nn.Linear(width, 4 * width)),
            nn.GELU(),
            init_variance_scaling(nn.Linear(4 * width, width), gain),
        )


class TextLayer(nn.Module):
    """Attention to the text, to the tokens if there are some, and two dense layers."""

    def __init__(self, width: int, heads: int, layers: int, token_dim: int = 0) -> None:
        """
        Args:
            layers: how many layers follow one another in the whole network.
            token_dim: the size of tokens to look up; 0 for none.
        """
        super().__init__()
        gain = (2 * layers) ** -0.5
        self.norm, self.mlp_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = SelfAttention(width, heads, gain)
        self.mlp = Mlp(width, gain)
        self.token_norm = nn.LayerNorm(width) if token_dim else None
        self.tokens = TokenAttention(width, heads, token_dim, gain) if token_dim else None

    def looked(self, tokens: Tensor) -> Looked:
        """The keys and values of tokens (B, M, token_dim), if it looks some up."""
        assert self.tokens is not None
        return self.tokens.looked(tokens)

    def forward(
        self,
        x: Tensor,
        *,
        looked: Looked | None = None,
        token_real: Tensor | None = None,
        real: Tensor | None = None,
        causal: bool = False,
        past: KeptPlaces | None = None,
        drop: float = 0.0,
        twice: bool = False,
    ) -> Tensor:
        """Places (B, T, W) to places.

        Args:
            looked: the keys and values of tokens, if it looks some up.
            token_real: False where tokens are padding, (B, M).
            real: False where places are padding, (B, T).
            causal: no place looks at those after it.
            past: the places before, if x is a single place.
            drop: the share of every branch that is dropped.
            twice: differentiable twice.
        """
        found = self.attention(self.norm(x), real=real, causal=causal, past=past, twice=twice)
        x = x + dropout(found, drop, training=drop > 0)
        if self.tokens is not None and self.token_norm is not None:
            assert looked is not None
            found = self.tokens(self.token_norm(x), looked, token_real, twice=twice)
            x = x + dropout(found, drop, training=drop > 0)
        changed: Tensor = x + dropout(self.mlp(self.mlp_norm(x)), drop, training=drop > 0)
        return changed
