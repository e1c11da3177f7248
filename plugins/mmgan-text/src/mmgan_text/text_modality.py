"""Text of any language, character by character.

A value is read as UTF-8 and composed (NFC). `prepare` returns ids, (B, T) int16: 0 ends a text and
fills the rest, 1 is any character outside the alphabet, 2 and above are the alphabet. A sample has
the probability of each id at each place, (T, V) in [0, 1]; real samples are one-hot.
"""

from __future__ import annotations

import math
import string
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional as F

from mmgan_core.contracts import Column, SampleSpace
from mmgan_core.errors import BadValue
from mmgan_core.options import Options
from mmgan_text.raw_text import read_text
from mmgan_text.text_masks import MaskedText

if TYPE_CHECKING:
    from PIL.Image import Image

_END, _UNKNOWN, _FIRST = 0, 1, 2
_UNKNOWN_SIGN = "\N{REPLACEMENT CHARACTER}"
_MOST_CHARACTERS = 512
_LONGEST_SUGGESTED = 256
_SHORT_LINE = 32
_ASCII = " " + string.punctuation + string.digits + string.ascii_letters


class TextOptions(Options):
    """Options of ``text/text``."""

    length: int = Field(32, ge=1, le=65536, description="Most characters; the rest is cut off.")
    alphabet: str | None = Field(
        None, max_length=32000, description="Characters that it knows; printable ASCII if unset."
    )
    lower: bool = Field(False, description="Read everything in lower case.")


class TextModality(MaskedText):
    """Strings as sequences over an alphabet."""

    kind = "text"
    length_axes: ClassVar[tuple[int, ...]] = (0,)
    Options = TextOptions
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
        self.alphabet = "".join(sorted({sign for one in known for sign in self._composed(one)}))
        if not self.alphabet:
            raise BadValue("an alphabet needs at least one character")
        self._ids = {character: _FIRST + place for place, character in enumerate(self.alphabet)}

    @property
    def space(self) -> SampleSpace:
        return SampleSpace(
            self.kind, (self.options.length, _FIRST + len(self.alphabet)), low=0.0, high=1.0
        )

    @classmethod
    def suggest(cls, column: Column, values: Sequence[object]) -> dict[str, object]:
        """The most common 512 characters, and a length that fits 95 % of the values."""
        texts = []
        for value in values:
            try:
                texts.append(read_text(value))
            except BadValue:  # counted later, by prepare
                continue
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
        sizes = sorted(len(value) for value in values if isinstance(value, str))
        long = bool(sizes) and sizes[len(sizes) // 2] > _SHORT_LINE
        return "text/tokens" if long else ""

    def decode(self, value: object) -> str:
        return self._composed(read_text(value))

    def prepare(self, values: Sequence[object]) -> Tensor:
        ids = torch.full((len(values), self.options.length), _END, dtype=torch.int16)
        for row, value in enumerate(values):
            text = self.decode(value)[: self.options.length]
            found = [self._ids.get(character, _UNKNOWN) for character in text]
            ids[row, : len(found)] = torch.tensor(found, dtype=torch.int16)
        return ids  # (B, T)

    def spans(self, value: object) -> list[tuple[int, int]]:
        """One character at each place."""
        return [(place, place + 1) for place in range(len(self.decode(value)))]

    @property
    def padding(self) -> Tensor:
        """The end of a text, (V,)."""
        return F.one_hot(torch.tensor(_END), self.space.shape[1]).float()

    def places(self, values: Sequence[object]) -> Tensor:
        """The characters of each text, without its end, (B, T)."""
        return self.prepare(values) != _END

    def to_sample(self, prepared: Tensor) -> Tensor:
        return F.one_hot(prepared.long(), self.space.shape[1]).float()  # (B, T, V)

    def present(self, sample: Tensor) -> list[object]:
        signs = "\0" + _UNKNOWN_SIGN + self.alphabet
        rows = sample.detach().argmax(dim=2).cpu().tolist()
        return ["".join(signs[i] for i in row[: _until_end(row)]) for row in rows]

    def render(self, value: object) -> Image:
        from mmgan_text.text_picture import text_picture

        return text_picture(str(value))

    def save(self, value: object, stem: Path) -> Path:
        """As UTF-8 in a .txt file."""
        file = stem.with_name(f"{stem.name}.txt")
        file.write_text(f"{value}\n", encoding="utf-8")
        return file

    def _composed(self, text: str) -> str:
        return unicodedata.normalize("NFC", text.lower() if self.options.lower else text)


def _until_end(row: Sequence[int]) -> int:
    return row.index(_END) if _END in row else len(row)
