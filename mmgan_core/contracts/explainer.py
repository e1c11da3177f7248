"""An explainer: says what makes a sample what it is, or seem real or not, with numbers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

from torch import Tensor

from mmgan_core.contracts.component import Component
from mmgan_core.contracts.modality import Modality
from mmgan_core.options import Options as BaseOptions


@dataclass(frozen=True)
class DeletionTest:
    """Whether influences are true: units are left out one after the other, and put back.

    Curves have a point for each number of units but none and all. Where leaving out the most
    influential first changes no more than random orders do, the influences say nothing.

    Attributes:
        most_first: how far samples change without the 1, 2, ... most influential units.
        by_chance: the same, in the mean over random orders.
        kept_first: how far they are from the sample if only the 1, 2, ... most influential are
            left; lower is better.
        kept_by_chance: the same, in the mean over random orders.
        gain: how much higher ``most_first`` is than ``by_chance``, as a fraction of it.
        low: the lower end of the 95 % interval of ``gain``, over noise and random orders.
        high: its upper end.
        kept_gain: how much lower ``kept_first`` is than ``kept_by_chance``, as a fraction of it.
        infidelity: the share of the squared change without random sets of units that sums of
            influences, times the best factor, do not explain: 0 is perfect.
        infidelity_if_equal: the same, if all units had the same influence.
    """

    most_first: tuple[float, ...]
    by_chance: tuple[float, ...]
    kept_first: tuple[float, ...]
    kept_by_chance: tuple[float, ...]
    gain: float
    low: float
    high: float
    kept_gain: float
    infidelity: float
    infidelity_if_equal: float


@dataclass(frozen=True)
class Explanation:
    """What each of some units does to samples, as plain data.

    Attributes:
        title: what is explained, such as ``"words of caption"``.
        units: what each unit is called.
        influence: a number for each unit: the larger, the more it matters.
        measure: what these numbers are, as the heading of a column.
        believe: how far to believe them, in a plain sentence.
        entry: the given entry that the units are parts of; "" if they are none.
        family: what these parts are called, as ``Modality.parts`` has it; "" if they are none.
        notes: more about each unit, in words; empty if there is nothing to say.
        test: how the influences stand a test; None if they are exact, or nothing tests them.
        grid: how many units lie along each axis of the sample, if they are blocks of it in order;
            empty if they are not.
        samples: a sample of the made entry for each unit, (units, *shape), which a page shows; None
            if units have none.
    """

    title: str
    units: tuple[str, ...]
    influence: tuple[float, ...]
    measure: str
    believe: str
    entry: str = ""
    family: str = ""
    notes: tuple[str, ...] = ()
    test: DeletionTest | None = None
    grid: tuple[int, ...] = ()
    samples: Tensor | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Inputs:
    """What is read of one given entry, as numbers, and what is made of these, with a gradient.

    Attributes:
        read: returns the numbers of raw values, (N, D); of None, those of nothing.
        make: makes samples, (R, *shape), of numbers, (R, D), each of the noise of the sample whose
            number stands in its row, (R,).
    """

    read: Callable[[Sequence[object]], Tensor]
    make: Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Inner:
    """Inner layers of a generator, while it makes the samples that are explained.

    Attributes:
        layers: how many channels each layer has, by its name.
        maps: returns what the channels of a layer are, (B, channels, *grid).
        without: makes the samples, (B, *shape), with some channels of a layer switched off.
    """

    layers: Mapping[str, int]
    maps: Callable[[str], Tensor]
    without: Callable[[str, Sequence[int]], Tensor]


@dataclass(frozen=True)
class Explained:
    """What explainers see: given values, and what a model makes of these and of others.

    Attributes:
        given: one raw value for each entry that is given; empty if none is.
        made: the made entry that is looked at.
        modalities: the modality of each of these entries.
        make: makes samples, (B, *shape), of given values; always of the same noise. An entry that
            is left out is not given.
        shares: returns which part of the condition is due to each given entry, and to none of them
            (""), where the fusion knows that exactly; otherwise nothing.
        orders: how many random orders a test compares with.
        seed: decides these orders, and whatever else is sampled.
        realness: returns how real the discriminator holds samples, (B, *shape), of what is given,
            (B,): the higher, the more real. None if it is not at hand.
        nearest: searches the noise for the sample nearest to a wanted one, (*shape), that is made
            of other given values; returns it, (*shape). None if nothing can be searched.
        training: returns training samples, (N, *shape); none, if the data are not at hand.
        inputs: returns what is read of a given entry; None if that are no numbers.
        inner: returns the inner layers of the generator; None if they are not at hand.
        labels: returns which samples, (B, *shape), an evaluator reads as each label, (B,), by its
            name. None if no evaluator is at hand.
    """

    given: Mapping[str, object]
    made: str
    modalities: Mapping[str, Modality]
    make: Callable[[Mapping[str, object]], Tensor]
    shares: Callable[[], Mapping[str, float]]
    orders: int = 8
    seed: int = 0
    realness: Callable[[Tensor], Tensor] | None = None
    nearest: Callable[[Tensor, Mapping[str, object]], Tensor] | None = None
    training: Callable[[], Tensor] | None = None
    inputs: Callable[[str], Inputs | None] = lambda entry: None
    inner: Callable[[], Inner | None] = lambda: None
    labels: Callable[[Tensor], Mapping[str, Tensor]] | None = None

    @cached_property
    def samples(self) -> Tensor:
        """What is made of everything that is given, (B, *shape)."""
        return self.make(self.given)

    def change(self, given: Mapping[str, object]) -> Tensor:
        """How far each sample is from what it would be if this were given instead, (B,)."""
        return self.modalities[self.made].apart(self.samples, self.make(given))

    def without(self, entry: str, family: str, gone: Sequence[int]) -> dict[str, object]:
        """The given values without some parts of one; without all, the entry is not given."""
        value = self.modalities[entry].without(self.given[entry], family, gone)
        others = {name: one for name, one in self.given.items() if name != entry}
        return others if value is None else {**others, entry: value}


class Explainer(Component, ABC):
    """Explains samples of any model; ``mmgan-zoo explain`` asks every explainer.

    Attributes:
        needs: what it needs in order to find something, in words, for a user who asks it and gets
            nothing.
        slow: whether it takes so long that it is asked by its id alone.
    """

    needs: ClassVar[str] = ""
    slow: ClassVar[bool] = False

    def __init__(self, options: BaseOptions) -> None:
        self.options = options

    @abstractmethod
    def explain(self, explained: Explained) -> list[Explanation]:
        """Return explanations; none if there is nothing of this sort to explain."""
