"""Counts of short pieces of a text, without weights.

Every piece of ``shortest`` to ``longest`` characters of the text in lower case, with a space at
both ends, is counted in one of ``buckets`` numbers, which its hash chooses, with a sign that its
hash chooses too: so pieces that share a number cancel on average (Weinberger et al. 2009,
https://arxiv.org/abs/0902.2206). The vector is scaled to length 1.

Nothing of this learns, so that it can measure a model without having trained it. As the encoder of
a given entry it has one linear layer, unless ``dim`` is 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zlib import crc32

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn import functional as F

from mmgan_core.contracts import Encoder, Encoding, Fed, Modality, Reading
from mmgan_core.options import Options
from mmgan_text.portable_text import composing


class NgramsOptions(Options):
    """Options of ``text/ngrams``."""

    dim: int = Field(
        128,
        ge=0,
        le=4096,
        description="Size of the encoding, by a linear layer that learns; 0: the counts alone.",
    )
    buckets: int = Field(512, ge=8, le=65_536, description="Numbers in which pieces are counted.")
    shortest: int = Field(1, ge=1, le=16, description="Characters of the shortest pieces.")
    longest: int = Field(3, ge=1, le=16, description="Characters of the longest pieces.")

    @model_validator(mode="after")
    def _in_order(self) -> NgramsOptions:
        if self.shortest > self.longest:
            raise ValueError(f"shortest {self.shortest} is more than longest {self.longest}")
        return self


class NgramsEncoder(Encoder):
    """Texts to counts (B, buckets), and by a linear layer to (B, dim)."""

    Options = NgramsOptions
    options: NgramsOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"dim": 8, "buckets": 32}, {"dim": 0, "buckets": 64, "shortest": 2, "longest": 2})

    def __init__(self, options: NgramsOptions, modality: Modality) -> None:
        super().__init__(options, modality)
        self.dim = options.dim or options.buckets
        self.project: nn.Module = (
            nn.Linear(options.buckets, options.dim) if options.dim else nn.Identity()
        )

    def prepare(self, values: Sequence[object]) -> dict[str, Tensor]:
        counts = torch.zeros(len(values), self.options.buckets)
        for row, value in enumerate(values):
            text = f" {self._read(value).lower()} "
            for size in range(self.options.shortest, self.options.longest + 1):
                for start in range(len(text) - size + 1):
                    found = crc32(text[start : start + size].encode())
                    sign = 1.0 if found & 1 else -1.0
                    counts[row, (found >> 1) % self.options.buckets] += sign
        return {"counts": F.normalize(counts, dim=1)}

    def _read(self, value: object) -> str:
        if isinstance(value, str) and not value.strip():
            return ""  # a made text may be empty, which is no value that can be given
        return str(self.modality.decode(value))

    def reading(self) -> Reading:
        """The counts of the pieces, as the head of this file says."""
        names = ("buckets", "shortest", "longest")
        return Reading(
            "ngrams",
            {**{n: getattr(self.options, n) for n in names}, **composing(self.modality)},
            {"counts": Fed("float32", (self.options.buckets,))},
            self.prepare,
        )

    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        return Encoding(self.project(tensors["counts"].float()))
