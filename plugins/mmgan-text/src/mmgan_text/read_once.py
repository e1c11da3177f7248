"""What a frozen language model makes of texts, which it reads once for all who ask.

Its weights never change, so the same network makes the same of the same texts: the vector of a text
and those of its tokens come from one reading, and a few texts that are read again, such as a
caption of which more samples are made, are not read by the network at all. What is kept is what all
the texts of a call gave together: rounding depends on what a text was padded to, and what is
returned must not depend on what was read before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# Calls with more texts prepare data, whose results are kept on disk.
_FEW = 16


@dataclass(frozen=True)
class Read:
    """What was read of each text, in half precision on the CPU; it is shared, and never changed.

    Attributes:
        features: the vector of each text, (size,).
        tokens: the vectors of its tokens, (T, size), without padding.
    """

    features: Sequence[Tensor]
    tokens: Sequence[Tensor]


def read_texts(network: SentenceTransformer, texts: Sequence[str]) -> Read:
    """Read texts by a frozen network, unless it has just read the same ones."""
    read = _read_again if len(texts) <= _FEW else _read
    return read(network, tuple(texts))


def _read(network: SentenceTransformer, texts: tuple[str, ...]) -> Read:
    found = network.encode(list(texts), output_value=None, show_progress_bar=False)
    features, tokens = [], []
    # All that it found of each text, by name, which the library declares for vectors alone.
    for one in cast("list[dict[str, Tensor]]", found):
        length = int(one["attention_mask"].sum())
        features.append(_kept(one["sentence_embedding"]))
        tokens.append(_kept(one["token_embeddings"][:length]))
    return Read(features, tokens)


def _kept(vectors: Tensor) -> Tensor:
    # A copy: a view would keep the vectors of the whole batch in memory.
    return vectors.to("cpu", torch.float16, copy=True)


_read_again = lru_cache(maxsize=16)(_read)
