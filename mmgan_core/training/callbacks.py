"""Callbacks: functions of the user's own that see a training as it goes on, and can stop it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mmgan_core.errors import UsageError

if TYPE_CHECKING:
    from mmgan_core.inference.model import Model
    from mmgan_core.training.trainer import Trainer


@dataclass(frozen=True)
class TrainingProgress:
    """What a callback is told, at each line of metrics: after every ``train.log_every`` samples.

    Attributes:
        samples: how many samples training has seen.
        total: how many samples the recipe asks for.
        metrics: the averages since the last line by name, such as ``image/d`` and ``image/g``.
        health: a word on each made entry.
        run: the directory of the run.
    """

    samples: int
    total: int
    metrics: Mapping[str, float]
    health: Mapping[str, str]
    run: Path
    _preview: Callable[[], Model] = field(repr=False, compare=False)

    def model(self) -> Model:
        """A copy of the model as it is now, with averaged weights.

        It stays as it is while training goes on. Entries that are not given are left out, even if
        the recipe has a prior.
        """
        return self._preview()


# It returns False to stop the training, and anything else to let it go on.
Callback = Callable[[TrainingProgress], object]


class Callbacks:
    """Calls functions in their order.

    Attributes:
        stop: whether one of them has asked to stop.
    """

    def __init__(self, functions: Sequence[Callback], trainer: Trainer, run: Path) -> None:
        """Take the functions.

        Raises:
            UsageError: if one of them is no function.
        """
        for one in functions:
            if not callable(one):
                raise UsageError(
                    f"callbacks has {one!r:.60}, which is no function",
                    hint="give functions that take one argument: callbacks=[lambda progress: ...]",
                )
        self._functions, self._trainer, self._run = functions, trainer, run
        self.stop = False

    def tell(self, metrics: Mapping[str, float], health: Mapping[str, str]) -> None:
        """Tell every function of another line of metrics."""
        if not self._functions:
            return
        trainer = self._trainer
        progress = TrainingProgress(
            trainer.samples,
            trainer.recipe.train.samples,
            dict(metrics),
            dict(health),
            self._run,
            self._preview,
        )
        for one in self._functions:
            # A result of False alone means no: most functions return nothing.
            self.stop = one(progress) is False or self.stop

    def _preview(self) -> Model:
        from mmgan_core.inference.model import Model

        trainer = self._trainer
        with trainer.ema.applied(trainer.gan):
            gan = copy.deepcopy(trainer.gan)
        return Model(trainer.blueprint, gan, device=trainer.device, samples=trainer.samples)
