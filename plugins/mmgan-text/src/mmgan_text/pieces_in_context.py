"""What a frozen language model makes of each piece of a text, whatever its own pieces are.

A piece has the vector of that token of the model which holds the piece's last character: the first
may be the space before a word, which is no part of a token. The model reads as much of a text as
the pieces cover; where it read no token, because that was too long for it, the vector is zero.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Span = tuple[int, int]
# Texts that the model reads at once; they are padded to the longest of them.
_AT_ONCE = 16


def vectors_of_pieces(
    network: SentenceTransformer,
    texts: Sequence[str],
    spans: Sequence[Sequence[Span]],
    length: int,
) -> Tensor:
    """The vectors of the first pieces of each text, (B, length, size) float16, zeros after them.

    Args:
        spans: where each piece begins and ends in its text, counted in characters.
    """
    size = network.get_embedding_dimension()
    assert size is not None
    vectors = torch.zeros(len(texts), length, size, dtype=torch.float16)
    spans = [found[:length] for found in spans]
    ends = [found[-1][1] if found else 0 for found in spans]
    texts = [text[:end] for text, end in zip(texts, ends, strict=True)]
    # Texts of about the same length together, so that little is padding.
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    for start in range(0, len(order), _AT_ONCE):
        rows = order[start : start + _AT_ONCE]
        tokens, places = _read(network, [texts[row] for row in rows])
        for row, found, held in zip(rows, tokens, places, strict=True):
            at = [_token_of(end - 1, held) for _, end in spans[row]]
            known = torch.tensor([place is not None for place in at], dtype=torch.bool)
            if known.any():
                chosen = torch.tensor([place for place in at if place is not None])
                vectors[row, : len(at)][known] = found[chosen].half().cpu()
    return vectors


def _read(network: SentenceTransformer, texts: list[str]) -> tuple[Tensor, list[list[Span]]]:
    """The vectors of the model's tokens, (B, T, size), and where those lie in each text."""
    read = network.tokenizer(
        texts, padding=True, truncation=True, return_offsets_mapping=True, return_tensors="pt"
    )
    device = next(network.parameters()).device
    given = {key: read[key].to(device) for key in ("input_ids", "attention_mask")}
    with torch.inference_mode():
        found = network(given)["token_embeddings"]
    return found, read["offset_mapping"].tolist()


def _token_of(character: int, places: Sequence[Span]) -> int | None:
    """The number of the token that holds a character, or else of the last one before it."""
    # Tokens around a text, and padding, are empty: (0, 0).
    held = [(begin, number) for number, (begin, end) in enumerate(places) if end > begin]
    before = bisect_right(held, (character, len(places))) - 1
    if before < 0 or (before == len(held) - 1 and character >= places[held[-1][1]][1] + 1):
        return None
    return held[before][1]
