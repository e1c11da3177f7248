"""The health of a training over time, in plain words, with what to change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mmgan_core.health.illnesses import ILLNESSES
from mmgan_core.health.words import HEALTHY, is_fine

# What each word means, and what helps; docs/how-to/health.md says the same.
ADVICE: Mapping[str, tuple[str, str]] = {
    HEALTHY: (
        "real samples get the higher logits somewhat more often than not, and made samples vary "
        "about as much as real ones",
        "",
    ),
    "starting": (
        "fewer than 3,000 samples were seen, and nothing can be said yet: most trainings look ill "
        "in the beginning",
        "",
    ),
    "auxiliary losses alone": (
        "the discriminator does not take part yet",
        "see adversarial_start in the recipe, if this was not meant",
    ),
    **{one.word: (one.means, one.helps) for one in ILLNESSES},
}
# A strip has at most so many parts; of more lines, some stand together under their usual word.
MOST_PARTS = 200


@dataclass(frozen=True)
class Stretch:
    """A part of a training through which the word stayed the same.

    Attributes:
        word: the word of ``health.words``.
        tone: ``good``, ``open`` where nothing can be said, or ``bad``.
        share: its length as a percentage of the training.
        first, last: the samples seen at its ends.
    """

    word: str
    tone: str
    share: float
    first: int
    last: int


@dataclass(frozen=True)
class Strip:
    """The health of one made entry.

    Attributes:
        stretches: its parts, the oldest first.
        now: the last word, with its tone.
        share_bad: the percentage of the training with a word that asks for a change.
        advice: each word that occurs, with its tone, its percentage of the training, what it means
            and what to change.
    """

    entry: str
    stretches: Sequence[Stretch]
    now: str
    tone: str
    share_bad: float
    advice: Sequence[tuple[str, str, float, str, str]]


def strips(metrics: Sequence[Mapping[str, object]]) -> list[Strip]:
    """Return the health of each made entry over time."""
    rows = [(row["samples"], row.get("health")) for row in metrics]
    known = [(x, words) for x, words in rows if isinstance(x, int) and isinstance(words, Mapping)]
    entries = dict.fromkeys(str(entry) for _, words in known for entry in words)
    return [
        _strip(entry, [(x, str(words[entry])) for x, words in known if entry in words])
        for entry in entries
    ]


def _strip(entry: str, words: Sequence[tuple[int, str]]) -> Strip:
    stretches, now = list(_stretches(_usual(words))), words[-1][1]
    shares: dict[str, float] = {now: 0.0}
    for one in _stretches(words):
        shares[one.word] = shares.get(one.word, 0.0) + one.share
    bad = sum(share for word, share in shares.items() if _tone(word) == "bad")
    advice = [
        (word, _tone(word), share, *ADVICE.get(word, ("", ""))) for word, share in shares.items()
    ]
    return Strip(entry, stretches, now, _tone(now), bad, advice)


def _usual(words: Sequence[tuple[int, str]]) -> Sequence[tuple[int, str]]:
    """The words of many lines, as the most frequent one of each few."""
    few = -(-len(words) // MOST_PARTS)
    chunks = [words[start : start + few] for start in range(0, len(words), few)]
    return [(chunk[-1][0], Counter(w for _, w in chunk).most_common(1)[0][0]) for chunk in chunks]


def _stretches(words: Sequence[tuple[int, str]]) -> Iterator[Stretch]:
    end, before, began = max(1, words[-1][0]), 0, 0
    for number, (samples, word) in enumerate(words):
        following = words[number + 1][1] if number + 1 < len(words) else None
        if following == word:
            continue
        yield Stretch(word, _tone(word), 100 * (samples - before) / end, words[began][0], samples)
        before, began = samples, number + 1


def _tone(word: str) -> str:
    if word == HEALTHY:
        return "good"
    return "open" if is_fine(word) else "bad"
