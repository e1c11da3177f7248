"""An optimiser: how weights move along their gradients."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from mmgan_core.contracts.component import Component
from mmgan_core.options import Options as BaseOptions

Group = Mapping[str, object]
"""A group of weights with a rate of its own: ``params``, a list of weights, and ``lr``."""


class Optimizer(Component, ABC):
    """Makes the ``torch.optim.Optimizer`` of the discriminator's side, and that of the generator's.

    The recipe decides the learning rates (``train.learning_rate``, ``train.rates``), and training
    writes them into the groups before each step, so that the options hold none. A checkpoint keeps
    what ``state_dict()`` holds: of a weight tensors and numbers, of a group numbers. Nothing else
    may decide a step.
    """

    def __init__(self, options: BaseOptions) -> None:
        self.options = options

    @abstractmethod
    def build(self, groups: Sequence[Group]) -> torch.optim.Optimizer:
        """Return an optimiser of these weights.

        Raises:
            BadValue: if it cannot move such weights.
        """

    def settings(self) -> dict[str, Any]:
        """What each group holds beside its rate, at the present time: by default all options.

        If a number of the options is a schedule, training asks for this before each step, and
        writes it into the groups.
        """
        return {name: getattr(self.options, name) for name in type(self.options).model_fields}
