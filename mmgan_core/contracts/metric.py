"""A number that says how good made samples are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from mmgan_core.contracts.component import Component
from mmgan_core.options import Options as BaseOptions


@dataclass(frozen=True)
class Evaluated:
    """Samples as an evaluation network that never trained the GAN sees them.

    Attributes:
        features: (N, F).
        predicted: what the evaluator reads, (N,) class numbers.
        asked: what was asked for, (N,) class numbers, or -1 where nothing was.
    """

    features: Tensor
    predicted: Tensor
    asked: Tensor


@dataclass(frozen=True)
class Measurement:
    """One number with the conditions it was measured under.

    Attributes:
        name: what it is, such as ``"condition accuracy"``.
        value: the number.
        floor: the same number for real data at the same n, or None.
        low: lower end of the 95 % interval, or None.
        high: upper end of it, or None.
        better: ``"higher"`` or ``"lower"``.
        n: how many samples it was measured on, or None for all that were made.
    """

    name: str
    value: float
    floor: float | None = None
    low: float | None = None
    high: float | None = None
    better: str = "higher"
    n: int | None = None


class Metric(Component, ABC):
    """Compares fakes with reals, both as an evaluator sees them.

    Attributes:
        needs_training_set: whether it looks for made samples among those that were trained on, all
            of which have to be read for it.
    """

    needs_training_set: ClassVar[bool] = False

    def __init__(self, options: BaseOptions) -> None:
        self.options = options

    @abstractmethod
    def measure(self, fake: Evaluated, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        """Numbers for these samples.

        Args:
            fake: made samples.
            real: as many real test samples, asked for the same.
            held_out: as many other real samples, of the training split: the floor is real
                against held_out. With ``needs_training_set`` all samples of the training split.
        """
