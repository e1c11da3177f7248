"""A metric: numbers that say how good made samples are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from mmgan_core.contracts.component import Component
from mmgan_core.contracts.evaluated import Evaluated
from mmgan_core.options import Options as BaseOptions


@dataclass(frozen=True)
class Measurement:
    """One number with what is needed to interpret it.

    Attributes:
        name: its name, such as ``"condition accuracy"``.
        value: the number.
        floor: the same number for real samples, with the same n, or None.
        low: the lower end of its 95 % interval, or None.
        high: the upper end of its 95 % interval, or None.
        better: which is better, ``"higher"`` or ``"lower"``.
        n: how many samples it was measured on, or None for all samples that were made.
        baseline: what made the samples in place of the model, such as a simpler one that it must
            beat; "" for the model.
    """

    name: str
    value: float
    floor: float | None = None
    low: float | None = None
    high: float | None = None
    better: str = "higher"
    n: int | None = None
    baseline: str = ""


class Metric(Component, ABC):
    """A metric: compares made samples with real samples.

    Attributes:
        needs: the parts of ``Evaluated`` that it reads of made samples. ``evaluate`` refuses a
            metric whose needs no made entry of the model can meet, and leaves it out where nothing
            was given that decides what is compared. By default, what a classifier returns.
        encoder: an encoder of made samples of its own, as a recipe names one (``use`` and options),
            which ``Evaluated.encode`` then is; None for that of the recipe's evaluator.
        needs_training_set: whether it compares made samples with the whole training set, which
            must then be read.
        needs_training_rows: how many training samples it would have in ``held_out``, if it learns
            from them; 0 for as many as there are in ``real``.
        takes_features: whether its encoder, if it names none, is the one that the kind of data
            suggests (``Starter.features``), and not the evaluator's.
        draws: pairs of its numbers that a report draws against each other, the first to the right
            and the second up, by their names or how these begin.
        explains: what each of its numbers is, by the number's name or how that begins: a plain
            sentence for readers of a report who do not know it.
    """

    needs: frozenset[str] = frozenset({"features", "predicted", "asked"})
    encoder: Mapping[str, object] | None = None
    needs_training_set: ClassVar[bool] = False
    needs_training_rows: int = 0
    takes_features: ClassVar[bool] = False
    explains: ClassVar[Mapping[str, str]] = MappingProxyType({})
    draws: ClassVar[Sequence[tuple[str, str]]] = ()

    def __init__(self, options: BaseOptions) -> None:
        self.options = options

    @abstractmethod
    def measure(self, fake: Evaluated, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        """Return the numbers for these samples.

        Args:
            fake: the made samples; they alone have ``references``.
            real: as many real samples of the test split, with the same ``asked``.
            held_out: as many real samples of the training split; a floor compares them with
                ``real``. If ``needs_training_set``, all samples of the training split; if
                ``needs_training_rows``, at least so many as far as there are.
        """

    def measure_real(self, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        """Return numbers of the values of real samples, which stand once, whatever is given.

        The values were encoded and decoded by the modality, as made ones are; so such a number
        says what the modality alone costs. A number of a ``baseline`` that is taught on
        ``held_out``, or that takes its samples from what was given, stands here too. Arguments are
        those of ``measure``. By default, none.
        """
        return []
