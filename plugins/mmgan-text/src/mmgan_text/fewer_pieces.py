"""Fewer pieces of a pretrained tokenizer: those that the texts of a training use most.

A vocabulary of 30,000 pieces makes samples of 30,000 numbers at every place, most of which never
occur. Of BPE the first merges stay, which are the most frequent of the texts that it was learned
from, because later pieces are made of earlier ones. Of other models those stay that occur most in
the training, and all single characters in it, from which longer words can still be put together.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mmgan_core.errors import BadValue
from mmgan_text.pieces import FIRST, Pieces


def with_fewer_pieces(content: bytes, texts: Sequence[str], pieces: int) -> bytes:
    """The content of a ``tokenizer.json`` with at most so many pieces.

    Args:
        content: that of the whole tokenizer.
        texts: the texts that decide which pieces stay.
        pieces: how many may stay, besides special tokens.

    Raises:
        BadValue: if it cannot be used, or so few pieces could not spell the texts.
    """
    whole = Pieces(content)
    raw: dict[str, Any] = json.loads(content)
    model = raw["model"]
    if len(whole.names) <= pieces:
        return content
    if model["type"] == "Unigram":
        raise BadValue("pieces: a vocabulary of type Unigram is what it is: leave out pieces")
    if model["type"] == "BPE":
        kept = _of_merges(model, whole, pieces)
    else:
        kept = _most_used(whole, model, texts, pieces)
    special = sorted(set(model["vocab"]) - set(whole.names), key=model["vocab"].__getitem__)
    order = sorted(kept, key=model["vocab"].__getitem__)
    model["vocab"] = {name: place for place, name in enumerate([*special, *order])}
    raw["added_tokens"] = [
        {**token, "id": model["vocab"][token["content"]]}
        for token in raw.get("added_tokens") or ()
        if token["content"] in model["vocab"]
    ]
    return json.dumps(raw, ensure_ascii=False).encode()


def _of_merges(model: Mapping[str, Any], whole: Pieces, pieces: int) -> set[str]:
    """Keep what no merge makes, and the results of the first merges; drop the other merges."""
    merges = [m.split(" ") if isinstance(m, str) else m for m in model["merges"]]
    made = {left + right for left, right in merges}
    kept = {name for name in whole.names if name in model["vocab"] and name not in made}
    _refuse_too_few(len(kept), pieces)
    first = []
    for left, right in merges:
        if len(kept | {left + right}) > pieces:
            break
        kept.add(left + right)
        first.append([left, right])
    model["merges"][:] = first
    return kept


def _most_used(
    whole: Pieces, model: Mapping[str, Any], texts: Iterable[str], pieces: int
) -> set[str]:
    used: Counter[str] = Counter()
    signs: set[str] = set()
    for text in texts:
        used.update(whole.names[one - FIRST] for one in whole.encode(text) if one >= FIRST)
        signs |= set(text) | set(text.lower())
    prefix = str(model.get("continuing_subword_prefix") or "")
    spelt = {name for sign in signs for name in (sign, prefix + sign)} & set(model["vocab"])
    kept = spelt & set(whole.names)
    _refuse_too_few(len(kept), pieces)
    for name in sorted(used.keys() & model["vocab"].keys(), key=lambda name: (-used[name], name)):
        if len(kept) == pieces:
            break
        kept.add(name)
    return kept


def _refuse_too_few(needed: int, pieces: int) -> None:
    if needed > pieces:
        raise BadValue(
            f"pieces: the single signs of this tokenizer are {needed:,} pieces already: set pieces "
            f"to more than {needed:,}"
        )
