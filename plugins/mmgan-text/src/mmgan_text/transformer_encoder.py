"""A small transformer that reads the pieces or the characters of a text.

    x_0    = (summary, embed(ids) + place)
    x_i    = x + attention(norm(x)),  then x + MLP(norm(x))
    pooled = Linear(norm(x_n) of the summary),   tokens = Linear(norm(x_n) of the ids)

The summary is one learned place that is always there: Devlin et al. 2019, "BERT: pre-training of
deep bidirectional transformers", https://arxiv.org/abs/1810.04805. Padding is left out of every
attention. Samples that were made are read as probabilities of ids, by the mean of their embeddings.

With ``choices`` it says which piece each token stands for, so that a generator can copy pieces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from mmgan_core.contracts import Encoder, Encoding, Modality
from mmgan_core.errors import BadValue
from mmgan_core.options import FileRef, Options
from mmgan_text.attention_layers import TextLayer
from mmgan_text.pieces import END, FIRST, UNKNOWN, Pieces

_OWN_LENGTH = 128


class TransformerOptions(Options):
    """Options of the encoder ``text/transformer``."""

    dim: int = Field(128, ge=1, le=4096, description="Size of the encoding and of its tokens.")
    width: int = Field(128, ge=4, le=1024, description="Size of the vectors between its layers.")
    layers: int = Field(3, ge=1, le=24, description="Layers of attention.")
    heads: int = Field(4, ge=1, le=32, description="Heads of each layer; they share the width.")
    length: int | None = Field(
        None,
        ge=1,
        le=4096,
        description="Places that it reads, the rest is cut off; unset: those of the modality, or "
        f"{_OWN_LENGTH} with a vocabulary of its own.",
    )
    dropout: float = Field(0.1, ge=0, lt=1, description="Share dropped, in training only.")
    unseen: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="Share of pieces that are unknown to it, in training only: an autoencoder of "
        "texts that must guess them has codes that mean something",
    )
    vocabulary: FileRef | None = Field(
        None, description="The file of a tokenizer of its own; unset: the ids of the modality."
    )
    choices: bool = Field(
        False,
        description="Say which piece each token stands for, to generators that copy; the pieces "
        "are then those of the made text.",
    )


class TransformerEncoder(Encoder):
    """Ids (B, T) to a vector (B, dim) and a token for each id, (B, T, dim)."""

    Options = TransformerOptions
    options: TransformerOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        small = {"dim": 6, "width": 8, "heads": 2}
        # The second one reads texts with a vocabulary alone.
        return (small, {**small, "layers": 1, "length": 3, "dropout": 0.0, "choices": True})

    def __init__(
        self, options: TransformerOptions, modality: Modality, vocabulary: bytes | None = None
    ) -> None:
        """``vocabulary``: the content of the file of a tokenizer of its own."""
        super().__init__(options, modality)
        self.own = None if vocabulary is None else Pieces(vocabulary)
        if self.own is None:
            if len(modality.space.shape) != 2:
                raise BadValue(f"samples must be (T, V), ids one-hot, not {modality.space.shape}")
            longest, count = modality.space.shape
            self.length = min(options.length or longest, longest)
        else:
            self.length, count = options.length or _OWN_LENGTH, self.own.count
        if options.choices:
            self.choice_settings = self.own.settings if self.own else modality.space.settings
            if self.choice_settings is None:
                raise BadValue(
                    "choices: the ids of characters are no pieces that can be copied; give the "
                    "text as modality: text/tokens, with the vocabulary of the made text"
                )
        self.dim = self.token_dim = options.dim
        width = options.width
        self.embed = nn.Embedding(count, width)
        nn.init.normal_(self.embed.weight, std=0.5)
        self.place = nn.Parameter(torch.randn(self.length, width) * 0.1)
        self.summary = nn.Parameter(torch.randn(width) * 0.5)
        self.layers = nn.ModuleList(
            TextLayer(width, options.heads, options.layers) for _ in range(options.layers)
        )
        self.norm = nn.LayerNorm(width)
        self.pool, self.token = nn.Linear(width, options.dim), nn.Linear(width, options.dim)

    def prepare(self, values: Sequence[object]) -> dict[str, Tensor]:
        if self.own is None:
            return {"ids": self.modality.prepare(values)[:, : self.length]}
        dtype = torch.int16 if self.own.count <= 2**15 else torch.int32
        ids = torch.full((len(values), self.length), END, dtype=dtype)
        for row, value in enumerate(values):
            found = self.own.encode(str(self.modality.decode(value)))[: self.length]
            ids[row, : len(found)] = torch.tensor(found, dtype=dtype)
        return {"ids": ids}

    def fingerprint(self) -> str:
        if self.own is None:
            return self.modality.fingerprint()
        return str(self.own.settings.named["vocabulary"])

    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        ids = tensors["ids"].long()
        if self.training and self.options.unseen:
            # Vincent et al. 2008, "Extracting and composing robust features with denoising
            # autoencoders".
            unseen = torch.rand(ids.shape, device=ids.device) < self.options.unseen
            ids = ids.masked_fill(unseen & (ids != END), UNKNOWN)
        return self._encoded(self.embed(ids), ids)

    def of_sample(self, sample: Tensor) -> Encoding:
        """Encode texts (B, T, V), one-hot or probabilities."""
        if self.own is not None:
            raise BadValue(
                "text/transformer with a vocabulary of its own cannot encode samples, which are of "
                "other pieces"
            )
        sample = sample[:, : self.length]
        return self._encoded(sample @ self.embed.weight.to(sample), sample.argmax(2))

    def _encoded(self, embedded: Tensor, ids: Tensor) -> Encoding:
        # Up to the first end: a made text may go on after it.
        mask = (ids == END).long().cumsum(1) == 0  # (B, T)
        summary = self.summary.expand(len(ids), 1, -1).to(embedded)
        x = torch.cat([summary, embedded + self.place[: ids.shape[1]]], dim=1)
        real = F.pad(mask, (1, 0), value=True)
        drop = self.options.dropout if self.training else 0.0
        for layer in self.layers:
            x = layer(x, real=real, drop=drop)
        x = self.norm(x)
        tokens = self.token(x[:, 1:]) * mask[..., None]  # (B, T, E)
        choices = None
        if self.choice_settings is not None:
            choices = ids.masked_fill(~mask | (ids < FIRST), -1)
        return Encoding(self.pool(x[:, 0]), tokens, mask, choices=choices)
