"""The losses of both phases of a training step: the discriminator phase and the generator phase."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

import torch
from torch import Tensor

from mmgan_core.assembly.blueprint import Blueprint
from mmgan_core.assembly.gan import each_once
from mmgan_core.contracts import Condition, Loss
from mmgan_core.data.feed import Batch
from mmgan_core.training.aligning import Aligning
from mmgan_core.training.conditions import PhaseInputs
from mmgan_core.training.discriminator_phase import DiscriminatorPhase
from mmgan_core.training.game import Game, Losses
from mmgan_core.training.generator_phase import GeneratorPhase
from mmgan_core.training.networks import Networks as Networks


class Backward(Protocol):
    """Adds the gradient of a part of a loss to that of the others, and frees the graph."""

    def __call__(self, loss: Tensor, *, last: bool) -> None:
        """Take the gradient of a part, the last one of its batch or not."""


class Phases:
    """Computes the losses of both phases; metrics stay on the device, so nothing waits for it."""

    def __init__(self, blueprint: Blueprint, networks: Networks) -> None:
        recipe = blueprint.recipe
        self.networks, self.gan, self.make = networks, networks.gan, recipe.make
        self.game = Game(blueprint, networks)
        self.aligning = Aligning(blueprint.recipe, networks, self.game)
        self._encoders_with_generator = recipe.encoders_with_generator
        self._bf16 = recipe.train.precision == "bf16"

    @property
    def losses(self) -> dict[str, Loss]:
        """The adversarial loss of the first discriminator of each made entry that has one."""
        return {name: found[0].loss for name, found in self.game.adversaries.items() if found}

    def adversarial(self, samples: int) -> list[str]:
        """The made entries whose adversarial loss has started; others have none yet."""
        return self.game.started(samples)

    def idle(self, samples: int) -> bool:
        """Whether the discriminator phase has no loss to minimise."""
        aligns = self.networks.align is not None and not self._encoders_with_generator
        started = self.game.started(samples) or self.game.started_jointly(samples)
        return not started and not aligns

    def never(self, side: str) -> bool:
        """Whether a phase never comes: that of the discriminator, if the recipe has none."""
        anyone = any(self.game.adversaries.values()) or self.game.joint
        aligns = self.networks.align is not None and not self._encoders_with_generator
        return side == "discriminator" and not anyone and not aligns

    def discriminator(
        self,
        batch: Batch,
        noise: Mapping[str, Tensor],
        *,
        step: int,
        samples: int,
        now: Tensor | None = None,
        backward: Backward | None = None,
    ) -> Losses:
        """The loss of the discriminator phase on a batch, and its metrics.

        Args:
            backward: takes the gradient of a part of the loss, before the next part is computed;
                then the loss that is returned has none. Each penalty is a part, so that the graph
                of one at most is in memory.
        """
        time = samples if now is None else now
        batch = self.game.conditions.data_augmented(batch, time)
        phase = DiscriminatorPhase(self.game)
        with self._autocast(batch):
            with torch.set_grad_enabled(not self._encoders_with_generator):
                inputs = self.game.conditions.inputs(batch, noise, step, samples, time)
            loss = torch.zeros((), device=batch.meaning.device)
            metrics: dict[str, Tensor] = {}
            names, joint = self.game.started(samples), self.game.started_jointly(samples)
            if names or joint:
                fakes = self._fakes(inputs)
                wrong = self.game.conditions.mismatched(inputs)
            for name in names:
                entry_loss, found = phase.entry(name, inputs, fakes[name], wrong.get(name))
                loss, metrics = loss + entry_loss, metrics | found
            for name in joint:
                joint_loss, found = phase.joint(name, inputs, fakes)
                loss, metrics = loss + joint_loss, metrics | found
            if not self._encoders_with_generator:
                loss = loss + self.aligning.real(inputs, metrics)
        loss = _done(loss, backward, last=not phase.penalties)
        for number, penalty in enumerate(phase.penalties, start=1):
            loss = loss + _done(penalty(), backward, last=number == len(phase.penalties))
        return loss, metrics

    def generator(
        self,
        batch: Batch,
        noise: Mapping[str, Tensor],
        *,
        step: int,
        samples: int,
        now: Tensor | None = None,
        backward: Backward | None = None,
    ) -> Losses:
        """The loss of the generator phase on a batch, and its metrics; it has a single part."""
        time = samples if now is None else now
        batch = self.game.conditions.data_augmented(batch, time)
        with self._autocast(batch):
            with torch.set_grad_enabled(self._encoders_with_generator):
                inputs = self.game.conditions.inputs(batch, noise, step, samples, time)
            phase = GeneratorPhase(self.game, inputs)
            loss = torch.zeros((), device=batch.meaning.device)
            metrics: dict[str, Tensor] = {}
            for name in batch.real:
                entry_loss, found = phase.entry(name)
                loss, metrics = loss + entry_loss, metrics | found
            for name in self.game.started_jointly(samples):
                joint_loss, found = phase.joint(name)
                loss, metrics = loss + joint_loss, metrics | found
            if self._encoders_with_generator:
                loss = loss + self.aligning.real(inputs, metrics)
            loss = loss + self.aligning.made(inputs, phase.samples, metrics)
        return _done(loss, backward, last=True), metrics

    @torch.no_grad()
    def _fakes(self, inputs: PhaseInputs) -> dict[str, Tensor]:
        """The made samples of all entries that some discriminator sees."""
        joined = {entry for _, of in self.game.joint.values() for entry in of}
        seen = [n for n, found in self.game.adversaries.items() if found or n in joined]
        conditions = each_once(inputs.conditions, Condition.detach)
        made = self.gan.make(
            inputs.noise, conditions, inputs.masked, inputs.batch.moves, entries=seen
        )
        return {name: sample.float() for name, sample in made.items()}

    def _autocast(self, batch: Batch) -> AbstractContextManager[object]:
        if not self._bf16:
            return nullcontext()
        return torch.autocast(batch.meaning.device.type, dtype=torch.bfloat16)


def _done(loss: Tensor, backward: Backward | None, *, last: bool) -> Tensor:
    """A part of a loss, whose gradient is taken if it is to be."""
    if backward is None:
        return loss
    backward(loss, last=last)
    return loss.detach()
