"""Texts: as bytes, as ids and as counts of pieces, and back."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from mmgan_onnx.description import Plain
from mmgan_onnx.errors import OnnxError

Array = np.ndarray[Any, np.dtype[Any]]
_END, _UNKNOWN, _FIRST = 0, 1, 2
_SIGN = "\N{REPLACEMENT CHARACTER}"


def composed(value: object, settings: Plain) -> str:
    """A value as text: composed, and in lower case if that is wanted.

    Raises:
        OnnxError: if it is empty or no text.
    """
    if isinstance(value, Path):
        value = value.read_text(encoding="utf-8-sig").strip()
    if not isinstance(value, (str, int, float)):
        raise OnnxError(f"a text cannot be read from {type(value).__name__}")
    text = unicodedata.normalize("NFC", str(value))
    if not text.strip():
        raise OnnxError("the text is empty")
    return unicodedata.normalize("NFC", text.lower() if settings.get("lower") else text)


def read_bytes(values: Sequence[object], settings: Plain) -> dict[str, Array]:
    """UTF-8, with zeros after the end."""
    found = np.zeros((len(values), settings["length"]), np.uint8)
    for row, value in zip(found, values, strict=True):
        text = bytes_of(value, settings)[: settings["length"]]
        row[: len(text)] = list(text)
    return {"bytes": found}


def bytes_of(value: object, settings: Plain) -> bytes:
    """All bytes of a text.

    Raises:
        OnnxError: if there are none.
    """
    text = composed(value, settings).replace("\0", "").encode()
    if not text:
        raise OnnxError("the text is empty")
    return text


def read_ngrams(values: Sequence[object], settings: Plain) -> dict[str, Array]:
    """Counts of short pieces, each in the number that its hash chooses, scaled to length 1."""
    counts = np.zeros((len(values), settings["buckets"]), np.float32)
    for row, value in zip(counts, values, strict=True):
        text = f" {composed(value, settings).lower()} "
        for size in range(settings["shortest"], settings["longest"] + 1):
            for start in range(len(text) - size + 1):
                found = crc32(text[start : start + size].encode())
                row[(found >> 1) % len(row)] += 1.0 if found & 1 else -1.0
    lengths = np.sqrt(np.square(counts).sum(1, keepdims=True))
    return {"counts": counts / np.maximum(lengths, 1e-12)}


def read_ids(values: Sequence[object], settings: Plain, content: str) -> dict[str, Array]:
    """Ids of characters or of pieces; 0 after the end, 1 for what has none.

    Args:
        content: that of the file of the tokenizer; "" for characters.
    """
    found = np.full((len(values), settings["length"]), _END, np.int32)
    for row, value in zip(found, values, strict=True):
        ids = ids_of(value, settings, content)
        row[: len(ids)] = ids[: len(row)]
    return {"ids": found}


def ids_of(value: object, settings: Plain, content: str) -> list[int]:
    """All ids of a text, without its end."""
    text = composed(value, settings)
    return _pieces(text, content) if content else _characters(text, settings["alphabet"])


def shown_ids(rows: Array, settings: Plain) -> list[str]:
    """Texts of ids, up to the first end."""
    texts = []
    for row in rows.tolist():
        ids = row[: row.index(_END)] if _END in row else row
        if "alphabet" in settings:
            signs = ("\0", _SIGN, *settings["alphabet"])
            texts.append("".join(signs[number] for number in ids))
        else:
            pieces = settings["bytes"]
            parts = (_SIGN.encode() if i == _UNKNOWN else bytes(pieces[i - _FIRST]) for i in ids)
            texts.append(b"".join(parts).decode(errors="replace"))
    return texts


def _characters(text: str, alphabet: str) -> list[int]:
    places = {sign: place for place, sign in enumerate(alphabet, start=_FIRST)}
    return [places.get(sign, _UNKNOWN) for sign in text]


def _pieces(text: str, content: str) -> list[int]:
    tokenizer, ids = _tokenizer(content)
    found = tokenizer.encode(text, add_special_tokens=False).ids
    return [ids.get(number, _UNKNOWN) for number in found]


@lru_cache(maxsize=4)
def _tokenizer(content: str) -> tuple[Any, dict[int, int]]:
    try:
        from tokenizers import Tokenizer
    except ImportError:
        raise OnnxError(
            "this text is divided by the package tokenizers, which is not installed",
            hint="pip install 'mmgan-onnx[pieces]'",
        ) from None
    made = Tokenizer.from_str(content)
    added = made.get_added_tokens_decoder().values()
    special = {token.content for token in added if token.special}
    special.add(str(getattr(made.model, "unk_token", None) or ""))
    vocabulary = made.get_vocab(with_added_tokens=True)
    held = sorted(number for name, number in vocabulary.items() if name not in special)
    return made, {number: place for place, number in enumerate(held, start=_FIRST)}
