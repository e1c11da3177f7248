"""A small transformer over the frames of a log-mel spectrogram, for words and short sounds.

    x_0    = conv(conv(mel)) + place, a quarter of the frames
    x_i    = x + attention(norm(x)),  then x + MLP(norm(x))
    tokens = Linear(norm(x_n)),       pooled = Linear(mean(tokens) ⊕ max(tokens))

Attention, mean and maximum leave padding out. What it hears, and how sounds are varied in training:
see ``heard_mel``. Vaswani et al. 2017, "Attention is all you need",
https://arxiv.org/abs/1706.03762; norms first as in Xiong et al. 2020; two convolutions and then
sines for places as in Radford et al. 2022, "Robust speech recognition", here far smaller.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from mmgan_audio.heard_mel import HeardMelEncoder, HeardMelOptions
from mmgan_audio.token_pooling import mean_and_most, real_tokens
from mmgan_core.contracts import Encoding, Modality
from mmgan_core.errors import BadValue

_FRAMES_A_TOKEN = 4


class TransformerOptions(HeardMelOptions):
    """Options of ``audio/transformer``."""

    dim: int = Field(128, ge=1, le=4096, description="Size of the encoding and of its tokens.")
    width: int = Field(64, ge=4, le=1024, description="Size of the vectors between its layers.")
    layers: int = Field(2, ge=1, le=24, description="Layers of attention.")
    heads: int = Field(4, ge=1, le=32, description="Heads of each layer; they share the width.")
    dropout: float = Field(0.1, ge=0, lt=1, description="Share dropped, in training only.")


class TransformerEncoder(HeardMelEncoder):
    """Log-mel spectrograms (B, bands, frames) to (B, dim), and tokens (B, frames / 4, dim)."""

    Options = TransformerOptions
    options: TransformerOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        small = {"dim": 8, "width": 8, "heads": 2}
        return (small, {**small, "layers": 1, "seconds": 0.3, "warp": 0.0, "dropout": 0.0})

    def __init__(self, options: TransformerOptions, modality: Modality) -> None:
        super().__init__(options, modality)
        width = options.width
        if width % options.heads or width % 2:
            raise BadValue(f"width {width} must be even, and a multiple of heads: {options.heads}")
        self.dim = self.token_dim = options.dim
        self.see = nn.Sequential(
            nn.Conv1d(options.bands, width, 3, stride=2, padding=1),
            nn.GELU(),
            nn.Conv1d(width, width, 3, stride=2, padding=1),
            nn.GELU(),
        )
        count = -(-self.frames // _FRAMES_A_TOKEN)
        self.register_buffer("place", _sines(count, width), persistent=False)
        self.place: Tensor
        self.layers = nn.ModuleList(_Layer(options) for _ in range(options.layers))
        self.norm = nn.LayerNorm(width)
        self.token = nn.Linear(width, options.dim)
        self.pool = nn.Linear(2 * options.dim, options.dim)

    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        mel, sounding = self.heard(tensors)
        x = self.see(mel).transpose(1, 2) + self.place  # (B, T, W)
        real = real_tokens(x.shape[1], _FRAMES_A_TOKEN, sounding)
        for layer in self.layers:
            x = layer(x, real)
        tokens = self.token(self.norm(x)) * real[..., None]  # (B, T, E)
        return Encoding(self.pool(mean_and_most(tokens, real)), tokens, real)


class _Layer(nn.Module):
    """One layer of attention: tokens (B, T, W) to tokens."""

    def __init__(self, options: TransformerOptions) -> None:
        super().__init__()
        width = options.width
        self.heads = options.heads
        self.look, self.think = nn.LayerNorm(width), nn.LayerNorm(width)
        self.ask = nn.Linear(width, 3 * width)
        self.back = nn.Linear(width, width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width)
        )
        self.drop = nn.Dropout(options.dropout)

    def forward(self, x: Tensor, real: Tensor) -> Tensor:
        """``real`` (B, T) is True where a token is no padding."""
        asked = self.ask(self.look(x)).unflatten(2, (3, self.heads, -1))
        query, key, value = asked.permute(2, 0, 3, 1, 4)  # (B, heads, T, W / heads)
        found = F.scaled_dot_product_attention(query, key, value, attn_mask=real[:, None, None])
        x = x + self.drop(self.back(found.transpose(1, 2).flatten(2)))
        changed: Tensor = x + self.drop(self.mlp(self.think(x)))
        return changed


def _sines(count: int, width: int) -> Tensor:
    """Places as sines and cosines of many periods, (count, width)."""
    rates = torch.exp(torch.arange(0, width, 2) * (-math.log(10_000) / width))
    angles = torch.arange(count)[:, None] * rates
    return torch.cat([angles.sin(), angles.cos()], dim=1)
