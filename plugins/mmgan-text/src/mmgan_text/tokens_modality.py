"""Text of any language, piece by piece.

Ids are as in `text_of_ids`; 2 and above are the pieces into which a tokenizer divides a text.

The tokenizer is learned when a training begins, and the run and its model keep it as a file.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property

from pydantic import Field, model_validator

from mmgan_core.contracts import Column, Settings
from mmgan_core.errors import BadValue
from mmgan_core.options import FileRef
from mmgan_text.fewer_pieces import with_fewer_pieces
from mmgan_text.learned_tokenizer import FEWEST_OF_BPE, KINDS, train_tokenizer
from mmgan_text.pieces import Pieces
from mmgan_text.pretrained_tokenizer import pretrained_tokenizer
from mmgan_text.text_of_ids import TextOfIds, TextOfIdsOptions, readable

_PIECES = 2000
_FROM_VALUES = 65_536
# Learning takes about a second for a million characters, and more teach little.
_FROM_CHARACTERS = 2_000_000
_LONGEST_SUGGESTED = 128


class TokensOptions(TextOfIdsOptions):
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


class TokensModality(TextOfIds):
    """Strings as sequences of pieces."""

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
    def count(self) -> int:
        return self.pieces.count

    @property
    def settings(self) -> Settings:
        return self.pieces.settings

    @classmethod
    def start(
        cls, column: Column, values: Sequence[object], size: int
    ) -> tuple[dict[str, object], str]:
        """BPE, whose vocabulary and length are found when training begins."""
        sizes = sorted(map(len, readable(values)))
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
        texts = [self.composed(text) for text in readable(values)]
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

    def ids_of(self, text: str) -> list[int]:
        return self.pieces.encode(text)

    def text_of(self, ids: Sequence[int]) -> str:
        return self.pieces.decode(ids)

    def spelling(self) -> tuple[dict[str, object], dict[str, bytes]]:
        return self.pieces.spelling()

    def fingerprint(self) -> str:
        return str(self.pieces.settings.named["vocabulary"])

    def spans(self, value: object) -> list[tuple[int, int]]:
        """One piece at each place."""
        return self.pieces.spans(self.decode(value))


def _length(pieces: Pieces, texts: Sequence[str]) -> int:
    """As many pieces as 95 % of the texts have, at most 128."""
    lengths = sorted(len(pieces.encode(text)) for text in texts)
    long = lengths[math.ceil(0.95 * len(lengths)) - 1]
    return max(1, min(long, _LONGEST_SUGGESTED))
