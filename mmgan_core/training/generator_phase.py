"""The losses of the generator phase, for made entries and for joint discriminators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor, nn

from mmgan_core.assembly.parts import WeightedPart
from mmgan_core.component import placed
from mmgan_core.contracts import Condition, Critique, GeneratorStep, OtherEntry
from mmgan_core.errors import BadValue
from mmgan_core.recipe.schedule import value_at
from mmgan_core.training.adversaries import Adversary, in_float, negated
from mmgan_core.training.augmenting import SampledChanges
from mmgan_core.training.auxiliary_classifier import reading_loss
from mmgan_core.training.conditions import PhaseInputs
from mmgan_core.training.game import Game, Losses


class GeneratorPhase:
    """Computes what generators minimise on one batch; each entry's samples are made once."""

    def __init__(self, game: Game, inputs: PhaseInputs) -> None:
        self.game, self.gan, self.inputs = game, game.gan, inputs
        self._made: dict[str, tuple[Condition, Tensor]] = {}

    def entry(self, name: str) -> Losses:
        """The loss of one made entry."""
        inputs, real = self.inputs, self.game.real(name, self.inputs)
        condition = self.game.conditions.of(name, inputs)
        fake = self._make(name)[1] if self._reads_fake(name) else _not_made(real)
        changes = self.game.changes(name, real, condition, inputs.now)
        noise = self._noise(name)
        adversaries = self.game.adversaries[name]
        beside = changes.condition(self._beside(name, condition, noise))
        step = GeneratorStep(
            self.gan.generator(name),
            noise,
            condition,
            fake,
            real,
            partial(self._discriminate, adversaries[0].name, changes, beside)
            if adversaries
            else partial(_no_discriminator, name),
            name,
            self._others(name),
            inputs.encodings,
            inputs.batch.meaning,
            self.game.conditions.encode,
            self.game.conditions.fuse,
            name in self.game.started(inputs.samples),
        )
        against = tuple(
            replace(step, discriminate=partial(self._discriminate, other.name, changes, beside))
            for other in adversaries[1:]
        )
        step = replace(step, against=against)
        loss, metrics = torch.zeros((), device=real.device), {}
        if step.adversarial:
            for adversary, own in zip(adversaries, (step, *against), strict=True):
                value, inference = self._adversarial(name, adversary, own, changes)
                metrics[f"{adversary.name}/g"] = value.detach()
                value = value + inference + self._classification(name, own)
                loss = loss + value_at(adversary.weight, inputs.now) * value
        auxiliary = self._auxiliary(name, step)
        if self.game.parts[name].auxiliary_losses:
            metrics[f"{name}/auxiliary"] = auxiliary.detach()
        return loss + auxiliary, metrics

    def joint(self, name: str) -> Losses:
        """The loss against a joint discriminator."""
        inputs = self.inputs
        adversary, of = self.game.joint[name]
        condition = self.game.conditions.all_given(inputs).detach()
        made = [self.samples(entry) for entry in of]
        of_fake = in_float(self.game.discriminate_jointly(name, made, condition))
        of_real = None
        if adversary.loss.needs_real_in_generator_phase:
            with torch.no_grad():
                real = [self.game.real(entry, inputs) for entry in of]
                of_real = in_float(self.game.discriminate_jointly(name, real, condition))
        loss = adversary.loss.generator(of_real, of_fake)
        weight = value_at(adversary.weight, inputs.now)
        return weight * loss, {f"{name}/g": loss.detach()}

    def _make(self, name: str) -> tuple[Condition, Tensor]:
        """The condition and the samples of a made entry, with their gradient."""
        if name not in self._made:
            condition = self.game.conditions.of(name, self.inputs)
            fake: Tensor = self.gan.generators[name](self._noise(name), condition)
            self._made[name] = condition, self.gan.cut(name, fake, condition)
        return self._made[name]

    def _reads_fake(self, name: str) -> bool:
        """Whether anything reads the samples that a made entry makes in this step."""
        return name in self.game.started(self.inputs.samples) or any(
            loss.needs_fake
            for loss, chosen in self._auxiliary_losses(name)
            if self.inputs.step % chosen.every == 0
        )

    def samples(self, name: str) -> Tensor:
        """The samples that a made entry makes, with their gradient, the known part put back."""
        condition, fake = self._make(name)
        return condition.masked.filled(fake) if condition.masked else fake

    def _noise(self, name: str) -> Tensor:
        return self.inputs.noise[self.gan.noise_of(name)]

    def _others(self, name: str) -> Mapping[str, OtherEntry]:
        return {
            other: OtherEntry(
                self.gan.generator(other),
                self._noise(other),
                self.game.conditions.of(other, self.inputs),
                self.game.real(other, self.inputs),
                partial(self._fake_of, other),
            )
            for other in self.inputs.batch.real
            if other != name
        }

    def _fake_of(self, name: str) -> Tensor:
        return self._make(name)[1]

    def _beside(self, name: str, condition: Condition, noise: Tensor) -> Condition:
        """The condition that discriminators see; what made it learns from generators alone."""
        condition = condition.detach()
        return condition.extended(noise) if self.game.infers(name) else condition

    def _discriminate(
        self, key: str, changes: SampledChanges, beside: Condition, sample: Tensor
    ) -> Critique:
        return in_float(self.gan.discriminate(key, changes.sample(sample), beside))

    def _adversarial(
        self, name: str, adversary: Adversary, step: GeneratorStep, changes: SampledChanges
    ) -> tuple[Tensor, Tensor | float]:
        """The adversarial losses of the generator and of what infers noise, if anything does."""
        loss_of, compares = adversary.loss, adversary.loss.needs_real_in_generator_phase
        inferred = self.game.inferred(name, step.real)
        if inferred is None:
            return loss_of.generator(step.of_real if compares else None, step.of_fake), 0.0
        beside = changes.condition(self._beside(name, step.condition, inferred))
        of_real = self._discriminate(adversary.name, changes, beside, step.real)
        generator = loss_of.generator(_detached(of_real) if compares else None, step.of_fake)
        # It plays on the generator's side: real samples with its noise should seem made.
        of_fake = negated(_detached(step.of_fake)) if compares else None
        return generator, loss_of.generator(of_fake, negated(of_real))

    def _classification(self, name: str, step: GeneratorStep) -> Tensor | float:
        """The weighted loss of the auxiliary classifier, if the discriminator has a trained one."""
        weight, reading = self.game.make[name].auxiliary_classifier, step.of_fake.reading
        if not weight or reading is None:
            return 0.0
        pooled = self.inputs.conditions[name].pooled.detach()
        classification = reading_loss(reading, pooled, self.inputs.batch.meaning)
        return value_at(weight, self.inputs.now) * classification

    def _auxiliary(self, name: str, step: GeneratorStep) -> Tensor:
        total = torch.zeros((), device=step.real.device)
        for auxiliary_loss, chosen in self._auxiliary_losses(name):
            if self.inputs.step % chosen.every == 0:
                with placed(chosen.part.where):
                    value = auxiliary_loss(step)
                weight = value_at(chosen.weight, self.inputs.now)
                total = total + weight * chosen.every * value
        return total

    def _auxiliary_losses(self, name: str) -> list[tuple[nn.Module, WeightedPart]]:
        found = self.game.networks.auxiliary_losses[name]
        assert isinstance(found, nn.ModuleList)
        return list(zip(found, self.game.parts[name].auxiliary_losses, strict=True))


def _not_made(real: Tensor) -> Tensor:
    """Samples that nothing reads; whatever does read them is not a number."""
    return real.new_full((), torch.nan).expand_as(real)


def _no_discriminator(name: str, sample: Tensor) -> Critique:
    raise BadValue(f"{name} has no discriminator")


def _detached(critique: Critique) -> Critique:
    return replace(critique, logits=critique.logits.detach())
