"""The parts of a text that can be left out, and how far texts are apart: by their words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from mmgan_text.metrics.grams import grams
from mmgan_text.metrics.words import pieces

WORDS, LETTERS = "words", "letters"


def parts_of(text: str) -> dict[str, Sequence[str]]:
    """Its words, as white space separates them; its letters, if it is a single word."""
    words = text.split()
    if len(words) > 1:
        return {WORDS: words}
    return {LETTERS: list(text.strip())} if len(text.strip()) > 1 else {}


def text_without(text: str, family: str, gone: Collection[int]) -> str | None:
    """The text without some of its parts; None if nothing is left."""
    if not gone:
        return text  # with its white space as it is
    units, between = (text.split(), " ") if family == WORDS else (list(text.strip()), "")
    left = between.join(unit for at, unit in enumerate(units) if at not in gone)
    return left if left.strip() else None


def unshared(one: str, other: str) -> float:
    """The share of their words that two texts do not have in common, from 0 to 1."""
    first, second = (grams(pieces(text), 1) for text in (one, other))
    every = first.total() + second.total()
    return 1 - 2 * (first & second).total() / every if every else 0.0


def measures_of_texts() -> Mapping[str, Callable[[object], float]]:
    """What can be measured of a text, by name: how many words it has, and how long these are."""

    def long(text: object) -> float:
        words = str(text).split()
        return sum(map(len, words)) / max(len(words), 1)

    return {"words": lambda text: float(len(str(text).split())), "long-words": long}
