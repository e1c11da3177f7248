"""Reads the file of a tokenizer as plain data, and refuses what it could not bound.

The file is a ``tokenizer.json`` of the library `tokenizers`. It may come from a stranger. None of
its parts is code; but some could take memory or time without a bound: padding to a length, regular
expressions, replacements that grow a text. Only parts that cannot are kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mmgan_core.errors import BadValue

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MOST_PIECES = 65_536
"""How many pieces a vocabulary may have: samples have a number for each, at every place."""
# By how much normalising and joining may make a text longer, in characters a character.
_MOST_GROWTH = 64
_KNOWN: Mapping[str, tuple[str, ...]] = {
    "model": ("BPE", "WordPiece", "WordLevel", "Unigram"),
    "normalizer": (
        "BertNormalizer",
        "Lowercase",
        "NFC",
        "NFD",
        "NFKC",
        "NFKD",
        "Prepend",
        "Replace",
        "Sequence",
        "Strip",
        "StripAccents",
    ),
    "pre_tokenizer": (
        "BertPreTokenizer",
        "ByteLevel",
        "Digits",
        "Metaspace",
        "Punctuation",
        "Sequence",
        "Split",
        "UnicodeScripts",
        "Whitespace",
        "WhitespaceSplit",
    ),
    "decoder": (
        "BPEDecoder",
        "ByteFallback",
        "ByteLevel",
        "Fuse",
        "Metaspace",
        "Replace",
        "Sequence",
        "Strip",
        "WordPiece",
    ),
}
_KEPT = ("version", "added_tokens", *_KNOWN)


def sound_tokenizer(content: bytes) -> Tokenizer:
    """Build a tokenizer from the content of its file.

    What only matters for language models is left out: cutting, padding, and tokens around a text.

    Raises:
        BadValue: if it is no tokenizer, or has a part that is not allowed; says which.
    """
    from tokenizers import Tokenizer

    try:
        raw = json.loads(content)
        if not isinstance(raw, dict) or not isinstance(raw.get("model"), dict):
            raise BadValue("it is no tokenizer.json: it has no model")
        _refuse_unsound(raw)
        kept = {key: raw.get(key) for key in _KEPT}
        return Tokenizer.from_str(json.dumps(kept))
    except BadValue as error:
        raise BadValue(f"the tokenizer cannot be used: {error}") from None
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    # The library's own panics are no exceptions of the usual kind.
    except BaseException as error:
        reason = (str(error) or type(error).__name__).partition("\n")[0][:200]
        raise BadValue(f"the tokenizer cannot be read: {reason}") from None


def _refuse_unsound(raw: Mapping[str, Any]) -> None:
    for part, known in _KNOWN.items():
        for one in _typed(raw.get(part)) if part != "model" else [raw["model"]]:
            if one.get("type") not in known:
                raise BadValue(
                    f"its {part} is {str(one.get('type'))[:50]!r}; those that can be used: "
                    f"{', '.join(known)}"
                )
        if part != "model":
            _refuse_growth(raw.get(part), part)
    model = raw["model"]
    if model.get("dropout"):
        raise BadValue("its model has dropout: it would read the same text in several ways")
    count = len(model.get("vocab") or ()) + len(raw.get("added_tokens") or ())
    if count > MOST_PIECES:
        raise BadValue(f"it has {count:,} pieces, and there may be {MOST_PIECES:,}")


def _typed(part: object) -> list[Mapping[str, Any]]:
    """All parts of a part that have a type, such as those of a sequence."""
    if isinstance(part, Mapping):
        own = [part] if "type" in part else []
        return [*own, *(found for value in part.values() for found in _typed(value))]
    if isinstance(part, Sequence) and not isinstance(part, str):
        return [found for value in part for found in _typed(value)]
    return []


def _refuse_growth(part: object, name: str) -> None:
    growth = 1
    for one in _typed(part):
        pattern = one.get("pattern")
        if isinstance(pattern, Mapping) and "Regex" in pattern:
            raise BadValue(f"its {name} has a regular expression, which can take any time")
        for key in ("content", "prepend", "replacement", "prefix"):
            growth *= max(1, len(str(one.get(key) or "")))
        if growth > _MOST_GROWTH:
            raise BadValue(f"its {name} could make a text {growth:,} times as long")
