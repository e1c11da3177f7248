"""Tokenizers that are learned from texts.

``bpe`` joins the pair of pieces that is most frequent, again and again, beginning with bytes:
Sennrich et al. 2016, "Neural machine translation of rare words with subword units",
https://arxiv.org/abs/1508.07909, over bytes as in Radford et al. 2019, "Language models are
unsupervised multitask learners". Every text of any language is read and joined again exactly.
``bytes`` are UTF-8 as it stands. ``characters`` and ``words`` know the most common, and a sign for
all others; a word holds the space before it, so that joined words are a text again.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mmgan_core.errors import BadValue

if TYPE_CHECKING:
    from tokenizers import Tokenizer

KINDS = ("bpe", "bytes", "characters", "words")
FEWEST_OF_BPE = 256
_UNKNOWN = "<unknown>"
# A pair that occurs once teaches nothing.
_LEAST = 2


def train_tokenizer(
    texts: Iterable[str], kind: str = "bpe", pieces: int = 2000, *, lower: bool = False
) -> bytes:
    """Learn a tokenizer from texts; the same texts make the same one.

    Args:
        texts: the texts, each once for each time that it counts.
        kind: one of ``KINDS``.
        pieces: how many pieces the vocabulary has at most; ``bytes`` are always 256.
        lower: whether texts are read in lower case.

    Returns:
        The content of a ``tokenizer.json``, which `text/tokens` reads, and the library
        `tokenizers`.

    Raises:
        BadValue: if there is no such kind, it needs more pieces, or there are no texts.
    """
    if kind not in KINDS:
        raise BadValue(f"there is no kind of tokenizer {kind!r}: {', '.join(KINDS)}")
    if kind == "bpe" and pieces < FEWEST_OF_BPE:
        raise BadValue(f"bpe begins with the {FEWEST_OF_BPE} bytes: pieces cannot be {pieces}")
    read = [unicodedata.normalize("NFC", text.lower() if lower else text) for text in texts]
    if kind != "bytes" and not any(text.strip() for text in read):
        raise BadValue(f"there is no text from which {kind} could be learned")
    return _trained("" if kind == "bytes" else "\0".join(read), kind, pieces, lower)


@lru_cache(maxsize=8)
def _trained(joined: str, kind: str, pieces: int, lower: bool) -> bytes:
    """Learn once what several entries read."""
    from tokenizers import normalizers

    with _one_thread():
        made = _MAKERS[kind](joined.split("\0"), pieces)
    steps = [normalizers.NFC(), *([normalizers.Lowercase()] if lower else [])]
    made.normalizer = normalizers.Sequence(steps)
    return made.to_str().encode()


def _bpe(texts: list[str], pieces: int) -> Tokenizer:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=pieces,
        min_frequency=_LEAST,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=[],
        show_progress=False,
    )
    made.train_from_iterator(texts, trainer)
    return made


def _bytes(texts: list[str], pieces: int) -> Tokenizer:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE({sign: place for place, sign in enumerate(alphabet)}, []))
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    made.decoder = decoders.ByteLevel()
    return made


def _characters(texts: list[str], pieces: int) -> Tokenizer:
    from collections import Counter

    from tokenizers import Tokenizer, decoders, models

    counts = Counter(sign for text in texts for sign in text)
    common = sorted(counts, key=lambda sign: (-counts[sign], sign))[:pieces]
    vocabulary = {name: place for place, name in enumerate([_UNKNOWN, *sorted(common)])}
    made = Tokenizer(models.BPE(vocabulary, [], unk_token=_UNKNOWN, fuse_unk=False))
    made.decoder = decoders.Fuse()
    return made


def _words(texts: list[str], pieces: int) -> Tokenizer:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    model: Any = models.WordLevel({}, unk_token=_UNKNOWN)
    made = Tokenizer(model)
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer: Any = trainers.WordLevelTrainer(
        vocab_size=pieces + 1, special_tokens=[_UNKNOWN], show_progress=False
    )
    made.train_from_iterator(texts, trainer)
    return made


_MAKERS = {"bpe": _bpe, "bytes": _bytes, "characters": _characters, "words": _words}


@contextmanager
def _one_thread() -> Iterator[None]:
    """Keep the library from starting threads: processes that are forked later would warn of it."""
    name = "TOKENIZERS_PARALLELISM"
    before = os.environ.get(name)
    os.environ[name] = "false"
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
