"""Pieces of text: a vocabulary, and how a text is divided into its pieces and joined from them.

The ids are those of samples: 0 ends a text and fills the rest, 1 is any piece outside the
vocabulary, 2 and above are the pieces in the order of the tokenizer. Its special tokens, such as
those for masked words, are no pieces.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from mmgan_core.contracts import ConditionSpace, NotPortable, SampleSpace, Settings
from mmgan_core.errors import BadValue
from mmgan_text.sound_tokenizer import sound_tokenizer

END, UNKNOWN, FIRST = 0, 1, 2
UNKNOWN_SIGN = "\N{REPLACEMENT CHARACTER}"
# How the library spells the byte of a space.
_SPACE = "\N{LATIN CAPITAL LETTER G WITH DOT ABOVE}"


def _bytes_of_signs() -> dict[str, int]:
    """The byte of each sign by which the library spells bytes: as themselves if they are signs."""
    seen = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in seen]
    named = {chr(byte): byte for byte in seen}
    return named | {chr(256 + place): byte for place, byte in enumerate(others)}


_BYTES = _bytes_of_signs()


class Pieces:
    """The pieces of a tokenizer.

    Attributes:
        names: the pieces as the tokenizer spells them, without the two ids before them.
        count: how many ids there are, V.
        settings: what identifies the vocabulary, for components that must have the same.
    """

    def __init__(self, content: bytes) -> None:
        """``content``: that of a ``tokenizer.json``.

        Raises:
            BadValue: if it is no tokenizer that can be used.
        """
        self._tokenizer = sound_tokenizer(content)
        special = {
            token.content
            for token in self._tokenizer.get_added_tokens_decoder().values()
            if token.special
        }
        special.add(str(getattr(self._tokenizer.model, "unk_token", None) or ""))
        vocabulary = self._tokenizer.get_vocab(with_added_tokens=True)
        held = sorted((number, name) for name, number in vocabulary.items() if name not in special)
        self.names = tuple(name for _, name in held)
        if not self.names:
            raise BadValue("the tokenizer cannot be used: it has no pieces")
        self.count = FIRST + len(self.names)
        self._unknown = self._spelt_unknown()
        self._ids = {number: FIRST + place for place, (number, _) in enumerate(held)}
        text = json.dumps(self.names, ensure_ascii=True)
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        self.settings = Settings.of("pieces", vocabulary=digest, pieces=self.count)

    def encode(self, text: str) -> list[int]:
        """The ids of the pieces of a text; none is the end."""
        found = self._tokenizer.encode(text, add_special_tokens=False).ids
        return [self._ids.get(number, UNKNOWN) for number in found]

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where each piece begins and ends in a text, counted in characters."""
        return list(self._tokenizer.encode(text, add_special_tokens=False).offsets)

    def decode(self, ids: Sequence[int]) -> str:
        """The text of some ids, up to the first end; what is no text is a replacement sign."""
        kept = ids[: ids.index(END)] if END in ids else ids
        names = [
            name
            for one in kept
            for name in (self._unknown if one == UNKNOWN else (self.names[one - FIRST],))
        ]
        decoder = self._tokenizer.decoder
        return str(decoder.decode(names)) if decoder else " ".join(names)

    def spelling(self) -> tuple[dict[str, object], dict[str, bytes]]:
        """What the ids from 2 on stand for, for other engines, and the file of the tokenizer.

        Raises:
            NotPortable: if the tokenizer joins pieces by more than the bytes that they stand for.
        """
        if type(self._tokenizer.decoder).__name__ != "ByteLevel":
            raise NotPortable("its tokenizer joins pieces by rules of its own, and not as bytes")
        # Each character of a name stands for one byte.
        pieces = [list(self._decoded(name)) for name in self.names]
        file = f"{self.settings.named['vocabulary']}.tokenizer.json"
        return {"bytes": pieces, "tokenizer": file}, {file: self._tokenizer.to_str().encode()}

    def _decoded(self, name: str) -> bytes:
        return bytes(_BYTES[sign] for sign in name)

    def _spelt_unknown(self) -> tuple[str, ...]:
        """What is joined where a piece is unknown; a word has a space before it."""
        kinds = (type(self._tokenizer.model).__name__, type(self._tokenizer.decoder).__name__)
        return (_SPACE, UNKNOWN_SIGN) if kinds == ("WordLevel", "ByteLevel") else (UNKNOWN_SIGN,)


def refuse_other_pieces(space: SampleSpace, condition: ConditionSpace, component: str) -> None:
    """Refuse tokens of a condition that do not stand for the pieces that samples consist of.

    Raises:
        BadValue: says what differs.
    """
    if space.settings is None:
        raise BadValue(
            f"{component} needs pieces, and the samples have no vocabulary: make the entry with "
            "modality: text/tokens"
        )
    if condition.choice_settings is None:
        raise BadValue(
            f"{component} needs the pieces of a given text, and no given entry says which its "
            "tokens stand for: set choices: true of its encoder"
        )
    difference = condition.choice_settings.difference(space.settings)
    if difference:
        raise BadValue(
            f"{component} needs the same pieces given and made, and those given differ: "
            f"{difference}; name one vocabulary in both"
        )
