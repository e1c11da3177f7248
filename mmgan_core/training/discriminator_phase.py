"""The losses of the discriminator phase, for made entries and for joint discriminators."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mmgan_core.contracts import Condition, Critique
from mmgan_core.recipe.schedule import Now, value_at
from mmgan_core.training.adversaries import (
    Adversary,
    diversity,
    in_float,
    metrics_of,
    over_all,
    side_by_side,
)
from mmgan_core.training.augmenting import SampledChanges
from mmgan_core.training.auxiliary_classifier import reading_loss
from mmgan_core.training.conditions import PhaseInputs
from mmgan_core.training.game import Game, Losses
from mmgan_core.training.looking import Looking


@dataclass(frozen=True)
class _Seen:
    """What the discriminators of one made entry see.

    Attributes:
        real, fake: the samples, (B, *shape), before they are changed.
        changes: the augmentations.
        condition: the condition of each row.
        real_noise, fake_noise: noise beside them, if real samples have inferred noise.
        wrong: a condition that does not belong to the samples, if the entry asks for one.
    """

    real: Tensor
    fake: Tensor
    changes: SampledChanges
    condition: Condition
    real_noise: Tensor | None
    fake_noise: Tensor | None
    wrong: Condition | None


class DiscriminatorPhase:
    """Computes what discriminators minimise.

    Attributes:
        penalties: what computes the penalties that are due, of all that was asked for. Their graphs
            are apart from those of the losses, for a penalty reaches the weights of discriminators
            and of augmentations alone.
    """

    def __init__(self, game: Game) -> None:
        self.game, self.gan = game, game.gan
        self.penalties: list[Callable[[], Tensor]] = []

    def entry(
        self, name: str, inputs: PhaseInputs, fake: Tensor, mismatched: Condition | None
    ) -> Losses:
        """The loss of all discriminators of one made entry, without penalties."""
        real, augmenting = self.game.real(name, inputs), self.game.augmenting(name)
        condition = self.game.conditions.of(name, inputs)
        changes = self.game.changes(name, real, condition, inputs.now)
        noise = inputs.noise[self.gan.noise_of(name)] if self.game.infers(name) else None
        with torch.no_grad():
            inferred = self.game.inferred(name, real)
        wrong = None
        if mismatched is not None:
            wrong = self.game.conditions.completed(name, mismatched, inputs)
        seen = _Seen(real, fake, changes, condition, inferred, noise, wrong)
        loss = torch.zeros((), device=real.device)
        metrics: dict[str, Tensor] = {}
        for number, adversary in enumerate(self.game.adversaries[name]):
            of_real, of_fake, own_loss, own_metrics = self._adversary(name, adversary, inputs, seen)
            metrics |= own_metrics
            if number == 0:
                metrics |= diversity(name, real, fake)
                augmenting.observe(of_real, of_fake)
                if any(augmenting.adaptive):
                    highest = augmenting.probability.max().clone()
                    metrics[f"{name}/augment_probability"] = highest
            loss = loss + own_loss
            self.penalties += self._due(adversary, inputs, seen)
        return loss, metrics

    def joint(self, name: str, inputs: PhaseInputs, fakes: Mapping[str, Tensor]) -> Losses:
        """The loss of a joint discriminator, without penalties."""
        adversary, of = self.game.joint[name]
        condition = self.game.conditions.all_given(inputs)
        real, fake = [self.game.real(entry, inputs) for entry in of], [fakes[entry] for entry in of]
        of_real = in_float(self.game.discriminate_jointly(name, real, condition))
        of_fake = in_float(self.game.discriminate_jointly(name, fake, condition))
        loss = adversary.loss.discriminator(of_real, of_fake)
        metrics = metrics_of(name, loss, of_real, of_fake)
        for entry, one, other in zip(of, real, fake, strict=True):
            if not self.game.adversaries[entry]:
                metrics |= diversity(entry, one, other)
        fixed = condition.detach().float()

        def critic(samples: Sequence[Tensor]) -> Critique:
            return self.game.discriminate_jointly(name, samples, fixed)

        if adversary.penalties:
            self.penalties += adversary.due(
                over_all(critic, real), side_by_side(real), side_by_side(fake), _at(inputs)
            )
        return loss, metrics

    def _adversary(
        self, name: str, adversary: Adversary, inputs: PhaseInputs, seen: _Seen
    ) -> tuple[Critique, Critique, Tensor, dict[str, Tensor]]:
        """Both critiques of one discriminator, its loss without penalties, and its metrics."""
        make, now, key = self.game.make[name], inputs.now, adversary.name
        loss_of, changes = adversary.loss, seen.changes
        beside_real = changes.condition(_beside(seen.condition, seen.real_noise))
        beside_fake = beside_real
        if seen.fake_noise is not None:
            beside_fake = changes.condition(_beside(seen.condition, seen.fake_noise))
        real, fake = changes.sample(seen.real), changes.sample(seen.fake)
        looking = Looking(self.gan, key, real, fake, beside_real)
        of_real, of_fake = looking.of_real(beside_real), looking.of_fake(beside_fake)
        loss = loss_of.discriminator(of_real, of_fake)
        metrics = metrics_of(key, loss, of_real, of_fake)
        several = len(self.game.adversaries[name]) > 1
        if seen.wrong is not None and not (several and of_real.reading is not None):
            wrong = changes.condition(_beside(seen.wrong, seen.real_noise))
            matching = loss_of.discriminator(of_real, looking.of_real(wrong))
            loss = loss + value_at(make.matching_aware, now) * matching
            metrics[f"{key}/matching_aware"] = matching.detach()
        if make.auxiliary_classifier and of_real.reading is not None:
            meaning = inputs.batch.meaning
            classification = reading_loss(of_real.reading, seen.condition.pooled, meaning)
            loss = loss + value_at(make.auxiliary_classifier, now) * classification
            metrics[f"{key}/auxiliary_classifier"] = classification.detach()
        return of_real, of_fake, loss, metrics

    def _due(
        self, adversary: Adversary, inputs: PhaseInputs, seen: _Seen
    ) -> list[Callable[[], Tensor]]:
        """What computes the penalties of a discriminator of one made entry."""
        unmixed = seen.changes.unmixed()
        condition = seen.condition.detach().float()

        def critic(sample: Tensor, beside: Condition) -> Critique:
            changed, told = unmixed.sample(sample), unmixed.condition(beside)
            return self.gan.discriminate(adversary.name, changed, told)

        if seen.real_noise is None or seen.fake_noise is None:
            return adversary.due(
                lambda sample: critic(sample, condition), seen.real, seen.fake, _at(inputs)
            )
        # The noise belongs to the sample, so that the slope is that of both.
        real, fake = (seen.real, seen.real_noise), (seen.fake, seen.fake_noise)
        return adversary.due(
            over_all(lambda pair: critic(pair[0], condition.extended(pair[1])), real),
            side_by_side(real),
            side_by_side(fake),
            _at(inputs),
        )


def _beside(condition: Condition, noise: Tensor | None) -> Condition:
    return condition if noise is None else condition.extended(noise)


def _at(inputs: PhaseInputs) -> tuple[int, Now]:
    return inputs.step, inputs.now
