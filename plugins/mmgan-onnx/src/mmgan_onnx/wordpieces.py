"""WordPiece: a text as the ids of BERT's pieces (Devlin et al. 2018, arXiv:1810.04805)."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from mmgan_onnx.description import Plain
from mmgan_onnx.texts import composed

Array = np.ndarray[Any, np.dtype[Any]]
_CHINESE = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B920, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


def read_wordpieces(values: Sequence[object], settings: Plain, content: str) -> dict[str, Array]:
    """The ids of the pieces of each text, and where there are some.

    Args:
        content: that of the file of the vocabulary: a list of pieces.
    """
    found = []
    for value in values:
        ids = ids_of(value, settings, content)
        found.append([settings["first"], *ids[: settings["most"] - 2], settings["last"]])
    length = max(settings["least"], *map(len, found))
    rows = np.full((len(found), length), settings["padding"], np.int32)
    mask = np.zeros((len(found), length), np.int32)
    for row, own in enumerate(found):
        rows[row, : len(own)] = own
        mask[row, : len(own)] = 1
    return {"ids": rows, "mask": mask}


def ids_of(value: object, settings: Plain, content: str) -> list[int]:
    """The ids of all pieces of a text."""
    vocabulary = _vocabulary(content)
    return [
        number
        for word in _words(composed(value, settings), settings)
        for number in _of_word(word, vocabulary, settings)
    ]


@lru_cache(maxsize=4)
def _vocabulary(content: str) -> dict[str, int]:
    return {name: number for number, name in enumerate(json.loads(content))}


def _words(text: str, settings: Plain) -> Iterator[str]:
    signs = "".join(_cleaned(text))
    if settings["without_accents"]:
        apart = unicodedata.normalize("NFD", signs)
        signs = "".join(sign for sign in apart if unicodedata.category(sign) != "Mn")
    if settings["uncased"]:
        signs = signs.lower()
    for word in signs.split():
        start = 0
        for place, sign in enumerate(word):
            if _is_punctuation(sign):
                if place > start:
                    yield word[start:place]
                yield sign
                start = place + 1
        if start < len(word):
            yield word[start:]


def _cleaned(text: str) -> Iterator[str]:
    for sign in text:
        if sign in "\t\n\r" or unicodedata.category(sign) == "Zs":
            yield " "
        elif sign in ("\0", _REPLACED) or unicodedata.category(sign).startswith("C"):
            continue
        elif any(low <= ord(sign) <= high for low, high in _CHINESE):
            yield f" {sign} "
        else:
            yield sign


_REPLACED = "\N{REPLACEMENT CHARACTER}"


def _is_punctuation(sign: str) -> bool:
    ascii_signs = sign.isascii() and sign.isprintable() and not sign.isalnum() and sign != " "
    return ascii_signs or unicodedata.category(sign).startswith("P")


def _of_word(word: str, vocabulary: dict[str, int], settings: Plain) -> list[int]:
    if len(word) > settings["longest_word"]:
        return [settings["unknown"]]
    ids, start = [], 0
    while start < len(word):
        prefix = settings["continued"] if start else ""
        for stop in range(len(word), start, -1):
            if prefix + word[start:stop] in vocabulary:
                ids.append(vocabulary[prefix + word[start:stop]])
                start = stop
                break
        else:
            return [settings["unknown"]]
    return ids
