"""Text of any language, piece by piece.

A value is read as UTF-8 and composed (NFC), and divided into pieces by a tokenizer. `prepare`
returns ids, (B, T): 0 ends a text and fills the rest, 1 is any piece outside the vocabulary, 2 and
above are the pieces. A sample has the probability of each id at each place, (T, V) in [0, 1]; real
samples are one-hot. It is as `text/text`, with pieces instead of characters, so that the same
generators and discriminators work with both.

The tokenizer is learned when a training begins, and the run and its model keep it as a file.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import torch
from pydantic import Field, model_validator
from torch import Tensor
from torch.nn import functional as F

from mmgan_core.contracts import Column, SampleSpace
from mmgan_core.errors import BadValue
from mmgan_core.options import FileRef, Options
from mmgan_text.fewer_pieces import with_fewer_pieces
from mmgan_text.learned_tokenizer import FEWEST_OF_BPE, KINDS, train_tokenizer
from mmgan_text.pieces import END, Pieces
from mmgan_text.pretrained_tokenizer import pretrained_tokenizer
from mmgan_text.raw_text import read_text
from mmgan_text.text_masks import MaskedText

if TYPE_CHECKING:
    from PIL.Image import Image

_PIECES = 2000
_FROM_VALUES = 65_536
# Learning takes about a second for a million characters, and more teach little.
_FROM_CHARACTERS = 2_000_000
_LONGEST_SUGGESTED = 128
_MOST_IN_16_BITS = 2**15


class TokensOptions(Options):
    """Options of ``text/tokens``."""

    tokenizer: str = Field(
        "bpe",
        min_length=1,
        description=f"How text is divided: {', '.join(KINDS)}, learned from the data; or a "
        "pretrained one: a tokenizer.json, its folder, package:NAME, or ORG/NAME on the Hub.",
    )
    pieces: int | None = Field(
        None,
        ge=1,
        le=65_000,
        description=f"Most pieces of the vocabulary; unset: {_PIECES} that are learned, all of a "
        "pretrained one.",
    )
    length: int = Field(32, ge=1, le=4096, description="Most pieces; the rest is cut off.")
    lower: bool = Field(False, description="Read everything in lower case.")
    learned_from: tuple[str, ...] = Field(
        (),
        max_length=16,
        description="Columns that the vocabulary is learned from; the entry's own if unset. "
        "Entries that name the same columns have the same vocabulary.",
    )
    vocabulary: FileRef | None = Field(
        None, description="The file of the tokenizer; the run writes it when training begins."
    )

    @model_validator(mode="after")
    def _enough(self) -> TokensOptions:
        if self.tokenizer == "bpe" and (self.pieces or _PIECES) < FEWEST_OF_BPE:
            raise ValueError(f"pieces: bpe begins with {FEWEST_OF_BPE} bytes")
        return self


class TokensModality(MaskedText):
    """Strings as sequences of pieces."""

    kind = "text"
    length_axes: ClassVar[tuple[int, ...]] = (0,)
    Options = TokensOptions
    options: TokensOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"tokenizer": "bytes", "length": 6},)

    def __init__(self, options: TokensOptions, vocabulary: bytes | None = None) -> None:
        """``vocabulary``: the content of the file of its tokenizer, unless it is to be learned."""
        super().__init__(options)
        if vocabulary is None and options.tokenizer == "bytes":
            vocabulary = train_tokenizer((), "bytes")
        self._content = vocabulary
        if vocabulary is not None:
            self.pieces  # noqa: B018 (a file that cannot be used is refused now)

    @cached_property
    def pieces(self) -> Pieces:
        """The vocabulary.

        Raises:
            BadValue: if it was not learned yet.
        """
        if self._content is None:
            raise BadValue(
                f"there is no vocabulary yet: {self.options.tokenizer!r} is read from the data "
                "when a training begins; outside of one, name the file of a tokenizer: vocabulary"
            )
        return Pieces(self._content)

    @property
    def space(self) -> SampleSpace:
        shape = (self.options.length, self.pieces.count)
        return SampleSpace(self.kind, shape, low=0.0, high=1.0, settings=self.pieces.settings)

    @classmethod
    def start(
        cls, column: Column, values: Sequence[object], size: int
    ) -> tuple[dict[str, object], str]:
        """BPE, whose vocabulary and length are found when training begins."""
        sizes = sorted(len(value) for value in values if isinstance(value, str))
        if not sizes:
            return {}, ""
        return {"tokenizer": "bpe", "pieces": _PIECES}, (
            f"half of the texts have {sizes[len(sizes) // 2]} characters or more, so they are made "
            "of pieces, which are learned when training begins"
        )

    @property
    def fit_count(self) -> int:
        """Many values, of which a vocabulary is learned; few if it is there."""
        return super().fit_count if self._content else _FROM_VALUES

    @property
    def fit_columns(self) -> tuple[str, ...]:
        return self.options.learned_from if self._content is None else ()

    def fit(self, values: Sequence[object]) -> dict[str, object]:
        """First a tokenizer, learned or found; then a length that fits 95 % of the values."""
        texts = list(self._readable(values))
        if self._content is not None:
            return {"length": _length(self.pieces, texts)} if texts else {}
        return {"vocabulary": self._found(texts)}

    def _found(self, texts: Sequence[str]) -> bytes:
        options = self.options
        # Every so many texts, so that all columns and all parts of the data take part.
        texts = texts[:: max(1, math.ceil(sum(map(len, texts)) / _FROM_CHARACTERS))]
        if options.tokenizer in KINDS:
            count = options.pieces or _PIECES
            return train_tokenizer(texts, options.tokenizer, count, lower=options.lower)
        content = pretrained_tokenizer(options.tokenizer)
        return with_fewer_pieces(content, texts, options.pieces) if options.pieces else content

    def _readable(self, values: Sequence[object]) -> Sequence[str]:
        texts = []
        for value in values:
            try:
                texts.append(self.decode(value))
            except BadValue:  # counted later, by prepare
                continue
        return texts

    def decode(self, value: object) -> str:
        text = read_text(value)
        return unicodedata.normalize("NFC", text.lower() if self.options.lower else text)

    def prepare(self, values: Sequence[object]) -> Tensor:
        small = self.pieces.count <= _MOST_IN_16_BITS
        dtype = torch.int16 if small else torch.int32
        ids = torch.full((len(values), self.options.length), END, dtype=dtype)
        for row, value in enumerate(values):
            found = self.pieces.encode(self.decode(value))[: self.options.length]
            ids[row, : len(found)] = torch.tensor(found, dtype=dtype)
        return ids  # (B, T)

    def fingerprint(self) -> str:
        return str(self.pieces.settings.named["vocabulary"])

    def spans(self, value: object) -> list[tuple[int, int]]:
        """One piece at each place."""
        return self.pieces.spans(self.decode(value))

    @property
    def padding(self) -> Tensor:
        """The end of a text, (V,)."""
        return F.one_hot(torch.tensor(END), self.pieces.count).float()

    def places(self, values: Sequence[object]) -> Tensor:
        """The pieces of each text, without its end, (B, T)."""
        return self.prepare(values) != END

    def to_sample(self, prepared: Tensor) -> Tensor:
        # Not one_hot, whose int64 take twice the memory of the samples once more.
        sample = torch.zeros(*prepared.shape, self.pieces.count, device=prepared.device)
        return sample.scatter_(-1, prepared.long()[..., None], 1.0)  # (B, T, V)

    def present(self, sample: Tensor) -> list[object]:
        rows = sample.detach().argmax(dim=2).cpu().tolist()
        return [self.pieces.decode(row) for row in rows]

    def render(self, value: object) -> Image:
        from mmgan_text.text_picture import text_picture

        return text_picture(str(value))

    def save(self, value: object, stem: Path) -> Path:
        """As UTF-8 in a .txt file."""
        file = stem.with_name(f"{stem.name}.txt")
        file.write_text(f"{value}\n", encoding="utf-8")
        return file


def _length(pieces: Pieces, texts: Sequence[str]) -> int:
    """As many pieces as 95 % of the texts have, at most 128."""
    lengths = sorted(len(pieces.encode(text)) for text in texts)
    long = lengths[math.ceil(0.95 * len(lengths)) - 1]
    return max(1, min(long, _LONGEST_SUGGESTED))
