"""A small convolutional encoder of short texts, over their bytes.

It reads UTF-8, so every language works without a vocabulary. `prepare` returns bytes, (B, T) uint8,
with 0 after the end.

    x_0 = embed(byte) + place,   x_i = x_i-1 + conv5(act(norm(x_i-1))),  dilated 1, 2, 4
    tokens = Linear(x_n),        pooled = Linear(mean(tokens) ⊕ max(tokens))

Mean and maximum are over the places before the end. Zhang, Zhao, LeCun, "Character-level
convolutional networks for text classification", NeurIPS 2015, here with residual layers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from mmgan_core.contracts import Column, Encoder, Encoding, Fed, Modality, Reading
from mmgan_core.errors import BadValue
from mmgan_core.options import Options
from mmgan_text.portable_text import composing
from mmgan_text.text_of_ids import cut_after

_DILATIONS = (1, 2, 4)
_LONGEST_SUGGESTED = 256


class CharactersOptions(Options):
    """Options of ``text/characters``."""

    dim: int = Field(128, ge=1, le=4096, description="Size of the encoding and of its tokens.")
    width: int = Field(64, ge=4, le=1024, description="Channels of the convolutions.")
    length: int = Field(64, ge=1, le=4096, description="Bytes that it reads; the rest is cut off.")


class CharactersEncoder(Encoder):
    """Bytes (B, T) to a vector (B, dim) and a token for each byte, (B, T, dim)."""

    Options = CharactersOptions
    options: CharactersOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"dim": 8, "width": 8, "length": 12},)

    @classmethod
    def start(cls, column: Column, values: Sequence[object]) -> tuple[dict[str, object], str]:
        """As many bytes as hold 95 % of the texts, at most 256."""
        sizes = sorted(len(str(value).encode()) for value in values if isinstance(value, str))
        if not sizes:
            return {}, ""
        long = sizes[math.ceil(0.95 * len(sizes)) - 1]
        length = max(8, min(_LONGEST_SUGGESTED, -(-long // 8) * 8))
        cut = sum(size > length for size in sizes) / len(sizes)
        said = f"{cut:.0%} of the texts are longer than {length} bytes and are cut" if cut else ""
        return {"dim": 64, "length": length}, said

    def __init__(self, options: CharactersOptions, modality: Modality) -> None:
        super().__init__(options, modality)
        self.dim = self.token_dim = options.dim
        self.embed = nn.Embedding(256, options.width, padding_idx=0)
        self.place = nn.Parameter(torch.randn(options.length, options.width) * 0.1)
        self.norms = nn.ModuleList(nn.LayerNorm(options.width) for _ in _DILATIONS)
        self.convs = nn.ModuleList(
            nn.Conv1d(options.width, options.width, 5, padding=2 * step, dilation=step)
            for step in _DILATIONS
        )
        self.token = nn.Linear(options.width, options.dim)
        self.pool = nn.Linear(2 * options.dim, options.dim)

    def unread(self, value: object) -> str:
        """What comes after so many bytes."""
        return cut_after(self.options.length, len(self._bytes(value)), "bytes")

    def _bytes(self, value: object) -> bytes:
        return str(self.modality.decode(value)).replace("\0", "").encode()

    def prepare(self, values: Sequence[object]) -> dict[str, Tensor]:
        read = torch.zeros(len(values), self.options.length, dtype=torch.uint8)
        for row, value in enumerate(values):
            text = self._bytes(value)
            if not text:
                raise BadValue("the text is empty")
            start = torch.tensor(list(text[: self.options.length]), dtype=torch.uint8)
            read[row, : len(start)] = start
        return {"bytes": read}

    def reading(self) -> Reading:
        """The bytes of the text, and zeros after its end."""
        length = self.options.length
        return Reading(
            "bytes",
            {"length": length, **composing(self.modality)},
            {"bytes": Fed("uint8", (length,), 256)},
            self.prepare,
        )

    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        ids = tensors["bytes"].long()
        padding_mask = ids > 0  # (B, T), True where there is a byte
        there = padding_mask[..., None].float()
        x = (self.embed(ids) + self.place) * there  # (B, T, W)
        for norm, conv in zip(self.norms, self.convs, strict=True):
            h = F.gelu(norm(x)) * there
            x = x + conv(h.transpose(1, 2)).transpose(1, 2) * there
        tokens = self.token(x) * there  # (B, T, E)
        mean = tokens.sum(dim=1) / there.sum(dim=1).clamp_min(1)
        most = tokens.masked_fill(~padding_mask[..., None], -torch.inf).amax(dim=1)
        # A row of zeros stands for an absent value.
        most = torch.where(padding_mask.any(dim=1, keepdim=True), most, 0.0)
        return Encoding(self.pool(torch.cat([mean, most], dim=1)), tokens, padding_mask)
