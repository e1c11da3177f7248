"""How long steps of training take, found out within a given time whatever they take.

Small batches come first. A batch that would not be done in time is not begun: then the time of a
smaller one, times how much larger the recipe's is, stands for it. A step that is begun all the same
is broken off, before the next layer, or the next layer's gradient.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook

from mmgan_core.assembly.blueprint import Blueprint
from mmgan_core.assembly.opening import open_recipe
from mmgan_core.data.feed import Feed, open_feed
from mmgan_core.foundation.devices import AUTO
from mmgan_core.recipe.schema import Recipe
from mmgan_core.training.phases import Networks
from mmgan_core.training.processes import Processes
from mmgan_core.training.trainer import Trainer
from mmgan_core.zoo.loading import frozen_model

CAP = 10.0
WARM_UP, TIMED = 3, 16
SMALLEST, LARGER = 2, 4


class _Overdue(Exception):
    """A step takes longer than there is time."""


@dataclass(frozen=True)
class StepTime:
    """How long a step takes.

    Attributes:
        seconds: of one step with the recipe's batch.
        batch: the size of the batch that was timed; a smaller one than the recipe's means that the
            time is estimated from it.
        over: whether a step takes longer than ``seconds``, nobody knows how much.
    """

    seconds: float
    batch: int
    over: bool = False


@dataclass(frozen=True)
class Timing:
    """How long a training takes.

    Attributes:
        steps: for each stage of training, the samples seen at its start, and the time of a step.
        samples: how many samples training sees in all.
        of_step: how many samples a step sees.
        device: where it was timed.
    """

    steps: tuple[tuple[int, StepTime], ...]
    samples: int
    of_step: int
    device: str

    @property
    def seconds(self) -> float:
        """How long the whole training takes; at least so long if a step was too slow to time."""
        ends = [start for start, _ in self.steps[1:]] + [self.samples]
        return sum(
            step.seconds * (end - start) / self.of_step
            for (start, step), end in zip(self.steps, ends, strict=True)
        )

    @property
    def over(self) -> bool:
        """Whether it takes longer than that."""
        return any(step.over for _, step in self.steps)

    @property
    def batch(self) -> int:
        """The smallest batch that was timed."""
        return min(step.batch for _, step in self.steps)

    @property
    def slowest(self) -> float:
        """Seconds of the slowest step."""
        return max(step.seconds for _, step in self.steps)

    @property
    def rate(self) -> float:
        """Samples a second."""
        return self.samples / self.seconds


def time_recipe(recipe: Recipe, *, device: str = AUTO, cap: float = CAP) -> Timing:
    """Assemble a recipe, and time steps of its training; nothing of it is kept.

    Args:
        device: as for ``train``.
        cap: seconds in which steps are timed, after data and networks have been prepared.

    Raises:
        MmganError: if the recipe, the data or the device cannot be used.
    """
    with torch.random.fork_rng(devices=[]):
        blueprint, source = open_recipe(recipe, frozen_model)
        networks = Networks(blueprint)
        feed = open_feed(blueprint, networks.gan, source, "train")
        return time_steps(blueprint, networks, feed, Processes(device=device), cap=cap)


def time_steps(
    blueprint: Blueprint, networks: Networks, feed: Feed, processes: Processes, *, cap: float = CAP
) -> Timing:
    """Time steps of a training; the networks learn in them.

    Steps take longer once the adversarial loss has started, so that each stage is timed.

    Args:
        cap: seconds in which steps are timed.
    """
    recipe = blueprint.recipe
    torch.set_flush_denormal(True)

    def trainer(batch: int) -> Trainer:
        settings = recipe.train.model_copy(update={"batch_size": batch, "compile": False})
        smaller = replace(blueprint, recipe=recipe.model_copy(update={"train": settings}))
        return Trainer(smaller, networks, feed, processes)

    starts = stages(recipe)
    steps = tuple(
        (start, step_time(trainer, recipe.train.batch_size, start, cap / len(starts)))
        for start in starts
    )
    return Timing(steps, recipe.train.samples, samples_of_step(recipe), str(processes.device))


def stages(recipe: Recipe) -> list[int]:
    """The samples seen where another stage of training begins."""
    begins = {0, *(make.adversarial_start for make in recipe.make.values())}
    return sorted(n for n in begins if n < recipe.train.samples)


def samples_of_step(recipe: Recipe) -> int:
    """How many real samples discriminators see in one step."""
    return recipe.train.batch_size * recipe.train.n_critic


def step_time(
    trainer_of: Callable[[int], Trainer], batch: int, start: int, seconds: float
) -> StepTime:
    """Time a step, in so many seconds.

    Args:
        trainer_of: returns a trainer with batches of a size.
        batch: the recipe's size.
        start: how many samples training has seen.
        seconds: in which it is timed.
    """
    until = time.perf_counter() + seconds
    found = None
    for size in _sizes(batch):
        share = size / batch
        if found and found.seconds * share > until - time.perf_counter():
            break
        try:
            trainer = trainer_of(size)
            took = _average(trainer, start, until, TIMED if size == batch else 0)
        except _Overdue:
            break
        except Exception:
            if size == batch:
                raise
            continue  # a part may refuse batches that are not the recipe's
        found = StepTime(took / share, size)
    return found or StepTime(seconds, batch, over=True)


def _sizes(batch: int) -> list[int]:
    sizes = itertools.takewhile(lambda n: n < batch, (SMALLEST * LARGER**k for k in range(30)))
    return [*sizes, batch]


def _average(trainer: Trainer, start: int, until: float, timed: int) -> float:
    """The mean seconds of a step after some to warm up, as many as there is time for."""
    trainer.samples = start
    warm_up = WARM_UP if timed else 2
    with _deadline(until):
        for _ in range(warm_up):
            took = _seconds_of(trainer, 1)
            if took > until - time.perf_counter():
                return took
        count = min(timed, int((until - time.perf_counter()) / max(took, 1e-9)))
        return _seconds_of(trainer, count) / count if count else took


def _seconds_of(trainer: Trainer, steps: int) -> float:
    began = time.perf_counter()
    for _ in range(steps):
        trainer.train_step()
    trainer.metrics()  # waits for the device
    return time.perf_counter() - began


@contextmanager
def _deadline(until: float) -> Iterator[None]:
    """Raise ``_Overdue`` from a time on, before a layer and whenever a gradient comes to one."""

    def look(*_: object) -> None:
        if time.perf_counter() > until:
            raise _Overdue

    def watch(layer: nn.Module, given: object, result: object) -> None:
        if isinstance(result, Tensor) and result.requires_grad:
            result.register_hook(look)

    handles = [register_module_forward_pre_hook(look), register_module_forward_hook(watch)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
