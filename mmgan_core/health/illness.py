"""An illness of a training: the number that shows it, and what helps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mmgan_core.recipe.schema import Recipe

Changes = Mapping[str, object]
"""New values of a recipe by dotted key, as ``--set`` takes them."""

Remedy = Callable[[Recipe, str], Changes]
"""What to set in a recipe against an illness of a made entry; nothing where it does not apply."""


@dataclass(frozen=True)
class Illness:
    """One way in which training fails, and the metric of a made entry that shows it.

    Attributes:
        word: what it is called.
        metric: the metric, without the name of the entry.
        low, high: the ends of the range that is well; None for no end.
        measures: what the metric is, for the evidence.
        means: what it means, in a sentence without its full stop.
        helps: what helps, in a clause.
        remedies: changes of the recipe, of which the first that applies is the advice.
        of_discriminator: whether the metric is one of the entry's discriminator.
        explains_others: whether other illnesses are its consequences, which need no advice of
            their own.
    """

    word: str
    metric: str
    measures: str
    means: str
    helps: str
    remedies: tuple[Remedy, ...]
    low: float | None = None
    high: float | None = None
    of_discriminator: bool = False
    explains_others: bool = False

    def key(self, entry: str, discriminator: str = "") -> str:
        """The name of its metric among those of a training."""
        return f"{discriminator or entry if self.of_discriminator else entry}/{self.metric}"

    def holds(self, value: float) -> bool:
        """Whether a value of its metric is ill."""
        over = self.high is not None and value > self.high
        return over or (self.low is not None and value < self.low)

    @property
    def well(self) -> str:
        """The range that is well, in words."""
        if self.low is None:
            return f"at most {self.high:g}"
        return f"at least {self.low:g}"

    @property
    def anchor(self) -> str:
        """Its heading on the page that explains it."""
        return self.word.lower().replace(" ", "-")
