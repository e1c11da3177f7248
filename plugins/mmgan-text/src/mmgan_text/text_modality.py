"""Text of any language, character by character.

Ids are as in `text_of_ids`; 2 and above are the characters of an alphabet.
"""

from __future__ import annotations

import math
import string
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import ClassVar

from pydantic import Field

from mmgan_core.contracts import Column
from mmgan_core.errors import BadValue
from mmgan_text.pieces import END, FIRST, UNKNOWN, UNKNOWN_SIGN
from mmgan_text.text_of_ids import TextOfIds, TextOfIdsOptions, readable

_MOST_CHARACTERS = 512
_LONGEST_SUGGESTED = 256
_SHORT_LINE = 32
_ASCII = " " + string.punctuation + string.digits + string.ascii_letters


class TextOptions(TextOfIdsOptions):
    """Options of ``text/text``."""

    length: int = Field(32, ge=1, le=65536, description="Most characters; the rest is cut off.")
    alphabet: str | None = Field(
        None, max_length=32000, description="Characters that it knows; printable ASCII if unset."
    )


class TextModality(TextOfIds):
    """Strings as sequences over an alphabet."""

    Options = TextOptions
    unit: ClassVar[str] = "characters"
    options: TextOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return (
            {"length": 6, "alphabet": "abc "},
            {"length": 5, "alphabet": "日本語é", "lower": True},
        )

    def __init__(self, options: TextOptions) -> None:
        super().__init__(options)
        known = _ASCII if options.alphabet is None else options.alphabet
        # Character by character, because joined they would compose with their neighbours.
        self.alphabet = "".join(sorted({sign for one in known for sign in self.composed(one)}))
        if not self.alphabet:
            raise BadValue("an alphabet needs at least one character")
        self._ids = {character: FIRST + place for place, character in enumerate(self.alphabet)}

    @property
    def count(self) -> int:
        return FIRST + len(self.alphabet)

    @classmethod
    def suggest(cls, column: Column, values: Sequence[object]) -> dict[str, object]:
        """The most common 512 characters, and a length that fits 95 % of the values."""
        texts = readable(values)
        if not texts:
            return {}
        common = Counter("".join(texts)).most_common(_MOST_CHARACTERS)
        lengths = sorted(len(text) for text in texts)
        long = lengths[math.ceil(0.95 * len(lengths)) - 1]
        return {
            "alphabet": "".join(sorted(character for character, _ in common)),
            "length": min(long, _LONGEST_SUGGESTED),
        }

    @classmethod
    def start_as(cls, values: Sequence[object]) -> str:
        """Pieces, where half of the texts are longer than a short line."""
        sizes = sorted(map(len, readable(values)))
        long = bool(sizes) and sizes[len(sizes) // 2] > _SHORT_LINE
        return "text/tokens" if long else ""

    def ids_of(self, text: str) -> list[int]:
        return [self._ids.get(character, UNKNOWN) for character in text]

    def text_of(self, ids: Sequence[int]) -> str:
        signs = "\0" + UNKNOWN_SIGN + self.alphabet
        end = ids.index(END) if END in ids else len(ids)
        return "".join(signs[number] for number in ids[:end])

    def spelling(self) -> tuple[dict[str, object], dict[str, bytes]]:
        return {"alphabet": self.alphabet}, {}

    def spans(self, value: object) -> list[tuple[int, int]]:
        """One character at each place."""
        return [(place, place + 1) for place in range(len(self.decode(value)))]
