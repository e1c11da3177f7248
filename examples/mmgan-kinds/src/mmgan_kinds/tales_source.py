"""Sentences about two animals, and their summaries: who did what to whom.

"late on monday the old fox, who was ill, saw a big owl" is "fox saw owl". The words around the
three that matter, and their order, are drawn at random. A tenth of all summaries is held out.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping, Sequence

from pydantic import Field

from mmgan_core import DataError, Options
from mmgan_core.contracts import Column, DataSource, Table
from mmgan_kinds.rows import Rows

_ANIMALS = ("ant", "bee", "cat", "cow", "dog", "fox", "hen", "owl", "pig", "rat")
_VERBS = ("bit", "fed", "met", "saw")
_WHEN = ("on monday", "at noon", "in june", "one day", "again")
_KIND = ("old", "big", "shy", "sad", "red")
_ASIDE = ("", ", who was ill,", ", as ever,")
_HELD_OUT = 10


class TalesOptions(Options):
    """Options of `kinds/tales`."""

    takes: int = Field(4, ge=1, description="sentences for each summary")


class Tales(DataSource):
    """One table with ``text`` and ``summary``; no summary is in both splits."""

    Options = TalesOptions
    options: TalesOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"takes": 1},)

    def tables(self, split: str) -> list[Table]:
        """The table of a split."""
        if split not in ("train", "test"):
            raise DataError(f"kinds/tales has no split {split!r}", hint="it has train and test")
        every = list(itertools.product(_ANIMALS, _VERBS, _ANIMALS))
        random.Random(0).shuffle(every)
        first = len(every) // _HELD_OUT
        chosen = every[first:] if split == "train" else every[:first]
        rows = [(_told(*words, take), " ".join(words)) for words in chosen for take in self._takes]
        return [Rows([Column("text", "text"), Column("summary", "text")], rows)]

    @property
    def _takes(self) -> range:
        return range(self.options.takes)


def _told(who: str, did: str, whom: str, take: int) -> str:
    chance = random.Random(f"{who} {did} {whom} {take}")
    when, one, other, aside = (chance.choice(words) for words in (_WHEN, _KIND, _KIND, _ASIDE))
    told = f"the {one} {who}{aside} {did} a {other} {whom}"
    return f"{when} {told}" if chance.random() < 0.5 else f"{told} {when}"
