"""What both phases know of the game: its networks, who plays against whom, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from torch import Tensor

from mmgan_core.assembly.blueprint import Blueprint
from mmgan_core.contracts import Condition, Critique
from mmgan_core.recipe.schedule import Now
from mmgan_core.training.adversaries import Adversary
from mmgan_core.training.augmenting import Augmenting, SampledChanges
from mmgan_core.training.conditions import Conditions, PhaseInputs
from mmgan_core.training.networks import Networks

Losses = tuple[Tensor, dict[str, Tensor]]


class Game:
    """The players and their rules.

    Attributes:
        adversaries: the discriminators of each made entry.
        joint: the joint discriminators, and the made entries that each sees.
        conditions: computes the inputs of a phase.
    """

    def __init__(self, blueprint: Blueprint, networks: Networks) -> None:
        self.networks, self.gan = networks, networks.gan
        self.recipe, self.parts = blueprint.recipe, blueprint.make
        self.make = blueprint.recipe.make
        self.adversaries = {
            name: [Adversary.of(one) for one in part.discriminators(name)]
            for name, part in blueprint.make.items()
        }
        self.joint = {
            name: (Adversary.of(part.discriminator), part.of)
            for name, part in blueprint.joint.items()
        }
        told = {
            name: blueprint.told_apart(name, self.gan.spaces, self.gan.discriminators)
            for name in blueprint.make
        }
        windows = blueprint.windows(self.gan.spaces)
        self.conditions = Conditions(
            blueprint.recipe, networks, blueprint.modalities, told, windows
        )

    def started(self, samples: int) -> list[str]:
        """The made entries whose discriminators have started."""
        return [
            name
            for name, make in self.make.items()
            if self.adversaries[name] and samples >= make.adversarial_start
        ]

    def started_jointly(self, samples: int) -> list[str]:
        """The joint discriminators all of whose entries have come to their adversarial start."""
        return [
            name
            for name, (_, of) in self.joint.items()
            if all(samples >= self.make[entry].adversarial_start for entry in of)
        ]

    def augmenting(self, name: str) -> Augmenting:
        """The augmentations of a made entry."""
        found = self.networks.augmentations[name]
        assert isinstance(found, Augmenting)
        return found

    def real(self, name: str, inputs: PhaseInputs) -> Tensor:
        """The real samples of a made entry, with padding where something given says they end."""
        real = inputs.batch.real[name]
        if inputs.conditions[name].places is None:
            return real
        return self.gan.cut(name, real, self.conditions.of(name, inputs))

    def changes(self, name: str, real: Tensor, condition: Condition, now: Now) -> SampledChanges:
        """What is done to samples of a made entry before its discriminators see them.

        Args:
            real: its real samples, (B, *shape).
            condition: their condition, which may say where they are padding.
            now: the present time, as in ``PhaseInputs``.
        """
        changes = self.augmenting(name).sample(real, now)
        if condition.places is None:
            return changes
        return replace(changes, ending=partial(self.gan.cut, name, condition=condition))

    def infers(self, name: str) -> bool:
        """Whether noise is inferred from real samples of a made entry."""
        return name in self.gan.inferences

    def inferred(self, name: str, real: Tensor) -> Tensor | None:
        """The noise that is inferred from real samples, (B, Z), if any is."""
        if not self.infers(name):
            return None
        noise: Tensor = self.gan.inferences[name](real)
        return noise.float()

    def discriminate_jointly(
        self, name: str, samples: Sequence[Tensor], condition: Condition
    ) -> Critique:
        """The critique of a joint discriminator of samples, in the order of its entries."""
        _, of = self.joint[name]
        critique: Critique = self.gan.discriminators[name](
            dict(zip(of, samples, strict=True)), condition
        )
        return critique
