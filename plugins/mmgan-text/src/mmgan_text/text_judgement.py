"""What discriminators of texts begin and end with.

They read texts up to their end alone: what fills the places after it makes no difference. Pieces
may be one-hot rows or shares, and a row of E is what one piece looks like:

    h_t = x_t E + place_t
    D   = head(h) + <Linear(c), h>,    h = act(Linear(mean_t h_t ⊕ max_t h_t))

The second term is the projection of the condition: Miyato and Koyama 2018,
https://arxiv.org/abs/1802.05637. With `attend`, the match of the tokens of what is given is added,
see `mmgan_core.blocks.token_match`.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from mmgan_core.blocks.token_match import TokenMatch
from mmgan_core.contracts import Condition, ConditionSpace, Critique, SampleSpace
from mmgan_core.errors import BadValue
from mmgan_core.foundation.init_weights import init_variance_scaling, kaiming_gain
from mmgan_core.options import Options
from mmgan_text.text_places import up_to_end

SLOPE = 0.2


class TextDiscriminatorOptions(Options):
    """What all discriminators of texts have."""

    width: int = Field(128, ge=1, description="size of the vectors between its layers")
    layers: int = Field(3, ge=1, le=64, description="layers")
    attend: bool = Field(False, description="match the tokens of what is given with its places")


class TextInput(nn.Module):
    """Texts (B, T, V) as vectors (B, T, W), in repair beside what of them was missing."""

    def __init__(self, width: int, space: SampleSpace, condition: ConditionSpace) -> None:
        super().__init__()
        if len(space.shape) != 2:
            raise BadValue(f"samples must be (T, V), pieces as rows of shares, not {space.shape}")
        length, size = space.shape
        self.embed = nn.Parameter(torch.randn(size, width))
        self.place = nn.Parameter(0.1 * torch.randn(length, width))
        # In repair, whether a place was missing.
        self.missing = nn.Parameter(torch.randn(width)) if condition.mask_shape else None

    def forward(self, sample: Tensor, condition: Condition) -> tuple[Tensor, Tensor]:
        """The vectors, 0 after the end, and which places are up to it, (B, T)."""
        real = up_to_end(sample.argmax(2))
        if condition.places is not None:
            real = real & condition.places.expand_as(sample)[..., 0]
        # A text of which no place is real has one all the same: its first.
        first = torch.arange(real.shape[1], device=real.device) == 0
        real = real | first
        x = sample.to(self.embed.dtype) @ self.embed + self.place
        if self.missing is not None and condition.masked is not None:
            mask = condition.masked.mask.expand_as(sample)[..., :1]
            x = x + mask.to(x.dtype) * self.missing
        return x * real[..., None], real


class TextHead(nn.Module):
    """Features of places (B, T, W) and a condition to logits (B,)."""

    def __init__(self, width: int, condition: ConditionSpace, *, attend: bool) -> None:
        super().__init__()
        self.join = init_variance_scaling(nn.Linear(2 * width, width))
        self.head = init_variance_scaling(nn.Linear(width, 1))
        self.project = (
            init_variance_scaling(nn.Linear(condition.dim, width, bias=False))
            if condition.dim
            else None
        )
        matched = attend and condition.token_dim
        self.match = TokenMatch(width, condition.token_dim) if matched else None

    def forward(
        self, x: Tensor, real: Tensor, condition: Condition, features: Sequence[Tensor]
    ) -> Critique:
        """The critique; places are 0 where they are not real, (B, T)."""
        mean = x.sum(1) / real.sum(1, keepdim=True).to(x.dtype)
        most = x.masked_fill(~real[..., None], -torch.inf).amax(1)
        hidden = leaky_relu(self.join(torch.cat([mean, most], dim=1)), SLOPE)
        logits = self.head(hidden)[:, 0]
        if self.project is not None:
            projected = self.project(condition.pooled.to(hidden.dtype))
            logits = logits + (projected * hidden).sum(1) / hidden.shape[1] ** 0.5
        if self.match is not None:
            logits = logits + self.match(x.transpose(1, 2), condition, real[:, None])
        return Critique(logits.float(), (*features, hidden))


GAIN = kaiming_gain(SLOPE)
