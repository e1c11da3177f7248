"""Which part of everything that is given makes what: words of texts, and other entries as a whole.

A unit is a word of a given text, or another given entry. Units are left out one by one, and in
orders, as `word_attribution` does with the words of one text. Of a text that is made, each word
is due to the entries without which it is not said. An entry of which nothing is left is not given:
a model with a prior draws it, and one without leaves it out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mmgan_core.errors import UsageError, nearest
from mmgan_core.foundation.plain import Plain
from mmgan_core.inference.model import Model
from mmgan_core.inference.samples import Samples
from mmgan_text.metrics.words import pieces
from mmgan_text.word_attribution import Deletion, apart, by_deletion


@dataclass(frozen=True)
class Given:
    """A unit of what is given.

    Attributes:
        entry: the given entry.
        word: a word of its text; "" for an entry as a whole.
    """

    entry: str
    word: str = ""

    def __str__(self) -> str:
        return f"{self.entry}: {self.word}" if self.word else self.entry


@dataclass(frozen=True)
class Due:
    """A word of a text that was made, and what it is due to.

    Attributes:
        word: the word.
        entries: the given entries without which it is not said; none if it is said all the same.
    """

    word: str
    entries: tuple[str, ...]


@dataclass(frozen=True)
class GivenAttribution(Deletion):
    """What each unit of what is given makes.

    Attributes:
        units: the units, entry after entry.
        entries: the change when all units of an entry are left out, by entry.
        due: of the first sample, if it is a text, each word and what it is due to.
    """

    units: tuple[Given, ...] = ()
    entries: tuple[tuple[str, float], ...] = ()
    due: tuple[Due, ...] = ()


def given_attribution(
    model: Model,
    given: Plain,
    *,
    made: str = "",
    noises: int = 8,
    orders: int = 8,
    seed: int = 0,
) -> GivenAttribution:
    """Measure what a model's samples follow of everything that is given.

    Args:
        model: the model.
        given: one value for each entry that is given.
        made: the made entry that is looked at; default: the first.
        noises: how many samples are made each time, always of the same noise.
        orders: how many random orders units are deleted in.
        seed: decides the noise and the orders.

    Raises:
        UsageError: if nothing is given, or several values of an entry, or there is no such entry.
    """
    name = made or model.made[0]
    if name not in model.made:
        raise UsageError(f"{model.name} has no entry {name!r}", hint=nearest(name, model.made))
    model.refuse_unknown(given)
    several = next((entry for entry, value in given.items() if isinstance(value, list)), "")
    if several or not given:
        said = f"{several} is given several times" if several else "nothing is given"
        raise UsageError(said, hint=f"give one value of: {', '.join(model.given)}")
    units = [unit for entry in given for unit in _units(model, entry, given[entry])]

    def sampled(left: Sequence[Given]) -> Samples:
        return model.generate(count=noises, seed=seed, **_values(given, left))

    whole, texts = sampled(units), model.gan.modalities[name].kind == "text"

    def change(left: Sequence[Given]) -> float:
        return apart(whole, sampled(left), name, texts=texts)

    found = by_deletion(units, change, orders=orders, seed=seed)
    without = {entry: sampled([u for u in units if u.entry != entry]) for entry in given}
    changes = tuple((e, apart(whole, w, name, texts=texts)) for e, w in without.items())
    others = {entry: str(samples[name][0]) for entry, samples in without.items()}
    due = _due(str(whole[name][0]), others) if texts else ()
    return GivenAttribution(
        found.influence, found.most_first, found.by_chance, tuple(units), changes, due
    )


def _units(model: Model, entry: str, value: object) -> list[Given]:
    modality = model.gan.encoder(entry).modality
    if modality.kind != "text":
        return [Given(entry)]
    return [Given(entry, word) for word in str(modality.decode(value)).split()]


def _values(given: Plain, left: Sequence[Given]) -> Plain:
    """The values of which only some units are left."""
    values: Plain = {}
    for entry, value in given.items():
        units = [unit for unit in left if unit.entry == entry]
        if units:
            values[entry] = " ".join(u.word for u in units) if units[0].word else value
    return values


def _due(text: str, without: dict[str, str]) -> tuple[Due, ...]:
    others = {entry: set(pieces(other)) for entry, other in without.items()}
    return tuple(
        Due(word, tuple(entry for entry, words in others.items() if word not in words))
        for word in pieces(text)
    )
