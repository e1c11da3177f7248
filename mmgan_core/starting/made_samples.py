"""The modality of the made entry: samples that are large enough, and fit the time."""

from __future__ import annotations

from dataclasses import dataclass

from mmgan_core.assembly.choosing import chosen_part
from mmgan_core.contracts import Modality
from mmgan_core.errors import BadValue
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.starting.columns import DECODED, Seen, spread
from mmgan_core.starting.suggested import modality_of, spelt, suggested_for

# So many values are decoded, to see how many cannot be.
TRIED = 64


@dataclass(frozen=True)
class Samples:
    """How samples are made.

    Attributes:
        modality: the id of their modality.
        options: its options that the recipe states.
        why: what the data are like, and why the options differ from it.
        window: the window that training sees of samples; None for whole ones.
    """

    modality: str
    options: dict[str, object]
    why: str
    window: int | None = None


def samples_of(seen: Seen, size: int) -> Samples:
    """Return how a column's samples are made if they have about ``size`` x ``size`` places."""
    made_as = suggested_for(seen.column).made_as
    spec = modality_of(seen.column)
    assert spec is not None
    stated = spelt(made_as or spec.id)
    use = str(stated.pop("use"))
    cls, some = catalogue().load("modality", use, where="init"), _some(seen, DECODED)
    better = cls.start_as(some)
    if better:
        use, cls = better, catalogue().load("modality", better, where="init")
    suggested, why = cls.start(seen.column, some, size)
    # What it suggests of itself need not be said; assembly asks it again.
    options = {**suggested, **stated} if why else stated
    window = cls.start_window(options, size) if suggested_for(seen.column).windowed else None
    return Samples(use, options, why, window)


def unreadable(seen: Seen, samples: Samples) -> float:
    """Return the fraction of some values that cannot be decoded."""
    cls = catalogue().load("modality", samples.modality, where="init")
    some = _some(seen, TRIED)
    options = {**cls.suggest(seen.column, some), **samples.options}
    modality: Modality = chosen_part("modality", samples.modality, options, "init").build()
    return sum(not _reads(modality, value) for value in some) / max(1, len(some))


def _reads(modality: Modality, value: object) -> bool:
    try:
        modality.decode(value)
    except BadValue:
        return False
    return True


def _some(seen: Seen, most: int) -> list[object]:
    held = [value for value in seen.values if value is not None]
    return [held[row] for row in spread(len(held), most)]
