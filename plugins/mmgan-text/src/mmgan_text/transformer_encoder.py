"""A small transformer that reads the pieces or the characters of a text.

    x_0    = (summary, embed(ids) + place)
    x_i    = x + attention(norm(x)),  then x + MLP(norm(x))
    pooled = Linear(norm(x_n) of the summary),   tokens = Linear(norm(x_n) of the ids)

The summary is one learned place that is always there: Devlin et al. 2019, "BERT: pre-training of
deep bidirectional transformers", https://arxiv.org/abs/1810.04805. Padding is left out of every
attention. Samples that were made are read as probabilities of ids, by the mean of their embeddings.

With ``choices`` it says which piece each token stands for, so that a generator can copy pieces.

With ``language_model``, what a frozen language model makes of each piece in its context is added to
the piece's embedding, so that it begins with knowledge of language: see ``pieces_in_context``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from mmgan_core.contracts import Encoder, Encoding, Fed, Modality, NotPortable, Reading
from mmgan_core.errors import BadValue, MmganError
from mmgan_core.options import FileRef, Options
from mmgan_text.attention_layers import TextLayer
from mmgan_text.language_model import fingerprint_of, language_model, packages_of, pinned_revision
from mmgan_text.pieces import END, FIRST, UNKNOWN, Pieces
from mmgan_text.pieces_in_context import vectors_of_pieces
from mmgan_text.portable_text import composing
from mmgan_text.text_masks import MaskedText
from mmgan_text.text_of_ids import TextOfIds, cut_after

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
    language_model: str | None = Field(
        None,
        min_length=1,
        description="A frozen sentence-transformers model whose vectors of the pieces are added: a "
        "name on the Hub, a local directory, or package:NAME; only for given texts.",
    )
    revision: str | None = Field(
        None, description="Commit of the language model on the Hub, so that it never changes."
    )
    language_size: int = Field(384, ge=1, description="Size of the language model's vectors.")
    language_dropout: float = Field(
        0.1, ge=0, lt=1, description="Share of its numbers dropped, in training only."
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
    learning_options: ClassVar[frozenset[str]] = frozenset(
        {"dim", "width", "layers", "heads", "dropout", "unseen", "choices", "language_dropout"}
    )

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
            if options.language_model and not isinstance(modality, MaskedText):
                raise BadValue("language_model: needs a given text, text/text or text/tokens")
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
        self.in_context = None
        if options.language_model:
            self.in_context = nn.Sequential(
                nn.LayerNorm(options.language_size),
                nn.Dropout(options.language_dropout),
                nn.Linear(options.language_size, width),
            )
        self.layers = nn.ModuleList(
            TextLayer(width, options.heads, options.layers) for _ in range(options.layers)
        )
        self.norm = nn.LayerNorm(width)
        self.pool, self.token = nn.Linear(width, options.dim), nn.Linear(width, options.dim)

    @classmethod
    def packages(cls, options: TransformerOptions) -> Sequence[str]:
        return packages_of(options.language_model) if options.language_model else ()

    @classmethod
    def pinned(cls, options: TransformerOptions) -> Mapping[str, object]:
        """The commit of a language model on the Hub."""
        model = options.language_model
        return pinned_revision(model, options.revision) if model else {}

    @property
    def in_workers(self) -> bool:  # type: ignore[override]
        """Not with a language model, which is loaded only once."""
        return self.options.language_model is None

    def prepare(self, values: Sequence[object]) -> dict[str, Tensor]:
        prepared = {"ids": self._ids(values)}
        if self.options.language_model:
            prepared["in_context"] = self._in_context(values, self.options.language_model)
        return prepared

    def unread(self, value: object) -> str:
        """What comes after its last place."""
        if self.own is None and not isinstance(self.modality, TextOfIds):
            return self.modality.unread(value)
        text, unit = str(self.modality.decode(value)), "pieces"
        if self.own is not None:
            length = len(self.own.encode(text))
        else:
            assert isinstance(self.modality, TextOfIds)
            length, unit = len(self.modality.ids_of(text)), self.modality.unit
        return cut_after(self.length, length, unit)

    def reading(self) -> Reading:
        """The ids of the pieces."""
        if self.options.language_model:
            raise NotPortable("language_model: vectors of pieces in context are made here alone")
        settings = {"length": self.length, **composing(self.modality)}
        text = self.own or self.modality
        assert isinstance(text, (Pieces, TextOfIds))
        spelt, files = text.spelling()
        fed = Fed("int32", (self.length,), text.count)
        return Reading(
            "ids",
            {**settings, **spelt},
            {"ids": fed},
            lambda values: {"ids": self._ids(values).int()},
            files=files,
        )

    def _ids(self, values: Sequence[object]) -> Tensor:
        if self.own is None:
            return self.modality.prepare(values)[:, : self.length]
        dtype = torch.int16 if self.own.count <= 2**15 else torch.int32
        ids = torch.full((len(values), self.length), END, dtype=dtype)
        for row, value in enumerate(values):
            found = self.own.encode(str(self.modality.decode(value)))[: self.length]
            ids[row, : len(found)] = torch.tensor(found, dtype=dtype)
        return ids

    def _in_context(self, values: Sequence[object], model: str) -> Tensor:
        texts = [str(self.modality.decode(value)) for value in values]
        if self.own is not None:
            spans = [self.own.spans(text) for text in texts]
        else:
            assert isinstance(self.modality, MaskedText)
            spans = [self.modality.spans(value) for value in values]
        network = language_model(model, self.options.revision)
        size = network.get_embedding_dimension()
        if size != self.options.language_size:
            raise MmganError(
                f"{model} has features of size {size}, not {self.options.language_size}",
                hint=f"set language_size: {size}",
            )
        return vectors_of_pieces(network, texts, spans, self.length)

    def fingerprint(self) -> str:
        vocabulary = (
            self.modality.fingerprint()
            if self.own is None
            else str(self.own.settings.named["vocabulary"])
        )
        if not self.options.language_model:
            return vocabulary
        model = fingerprint_of(self.options.language_model, self.options.revision)
        return f"{vocabulary} {model}"

    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        ids = tensors["ids"].long()
        if self.training and self.options.unseen:
            # Vincent et al. 2008, "Extracting and composing robust features with denoising
            # autoencoders".
            unseen = torch.rand(ids.shape, device=ids.device) < self.options.unseen
            ids = ids.masked_fill(unseen & (ids != END), UNKNOWN)
        embedded = self.embed(ids)
        if self.in_context is not None:
            embedded = embedded + self.in_context(tensors["in_context"].float())
        return self._encoded(embedded, ids)

    def of_sample(self, sample: Tensor) -> Encoding:
        """Encode texts (B, T, V), one-hot or probabilities."""
        if self.own is not None:
            raise BadValue(
                "text/transformer with a vocabulary of its own cannot encode samples, which are of "
                "other pieces"
            )
        if self.in_context is not None:
            raise BadValue(
                "text/transformer with a language_model cannot encode samples, which the language "
                "model cannot read"
            )
        sample = sample[:, : self.length]
        return self._encoded(sample @ self.embed.weight.to(sample), sample.argmax(2))

    def _encoded(self, embedded: Tensor, ids: Tensor) -> Encoding:
        # Up to the first end: a made text may go on after it.
        mask = (ids == END).long().cumsum(1) == 0  # (B, T)
        summary = self.summary.expand(ids.shape[0], 1, -1).to(embedded)
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
