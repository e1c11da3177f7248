"""The discriminators of a game, each with its loss and its penalties."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor

from mmgan_core.assembly.parts import DiscriminatorPart, WeightedPart
from mmgan_core.contracts import Critic, Critique, Loss, Penalty
from mmgan_core.recipe.schedule import Now, Number, value_at


@dataclass(frozen=True)
class Adversary:
    """A discriminator as the generator plays against it.

    Attributes:
        name: what its weights and metrics are called.
        loss: its adversarial loss.
        penalties: its penalties, with their weights.
        weight: its weight in the generator phase.
    """

    name: str
    loss: Loss
    penalties: Sequence[tuple[Penalty, WeightedPart]]
    weight: Number

    @classmethod
    def of(cls, part: DiscriminatorPart) -> Adversary:
        """Build the loss and the penalties of a discriminator."""
        penalties = [(chosen.part.build(), chosen) for chosen in part.penalties]
        return cls(part.name, part.loss.build(), penalties, part.weight)

    def due(
        self, critic: Critic, real: Tensor, fake: Tensor, at: tuple[int, Now]
    ) -> list[Callable[[], Tensor]]:
        """What computes each weighted penalty of this step.

        Args:
            critic: the discriminator as a function of the samples alone.
            real: real samples, (B, ...).
            fake: made samples, (B, ...).
            at: the number of the step, and the present time, as in ``PhaseInputs``.
        """
        step, now = at

        def weighted(penalty: Penalty, chosen: WeightedPart) -> Tensor:
            # Half precision is too coarse for the gradient of a gradient.
            with torch.autocast(real.device.type, enabled=False):
                value = penalty(critic, real.detach(), fake.detach())
            return value_at(chosen.weight, now) * chosen.every * value

        return [
            partial(weighted, penalty, chosen)
            for penalty, chosen in self.penalties
            if step % chosen.every == 0
        ]


def in_float(critique: Critique) -> Critique:
    """A critique in single precision, for losses."""
    reading = None if critique.reading is None else critique.reading.float()
    return replace(critique, logits=critique.logits.float(), reading=reading)


def negated(critique: Critique) -> Critique:
    """The critique of an adversary of this discriminator: real is what it calls made."""
    return replace(critique, logits=-critique.logits)


def side_by_side(parts: Sequence[Tensor]) -> Tensor:
    """What a discriminator sees together, as one flat tensor (B, N), whose gradient is of all."""
    return torch.cat([part.flatten(1).float() for part in parts], dim=1)


def apart(flat: Tensor, like: Sequence[Tensor]) -> list[Tensor]:
    """Undo ``side_by_side``; ``like`` are tensors of the shapes that it was given."""
    sizes = [part[0].numel() for part in like]
    split = flat.split(sizes, dim=1)
    return [one.unflatten(1, part.shape[1:]) for one, part in zip(split, like, strict=True)]


def over_all(
    critic: Callable[[Sequence[Tensor]], Critique], like: Sequence[Tensor]
) -> Callable[[Tensor], Critique]:
    """A critic of several tensors as one of a flat tensor, for penalties on its slope."""
    return lambda flat: critic(apart(flat, like))


@torch.no_grad()
def metrics_of(adversary: str, loss: Tensor, real: Critique, fake: Critique) -> dict[str, Tensor]:
    """The metrics of a discriminator: its loss, and how often it ranks real above made."""
    return {
        f"{adversary}/d": loss.detach(),
        f"{adversary}/discriminator_accuracy": fake.mean((real.logits > fake.logits).float()),
    }


@torch.no_grad()
def diversity(name: str, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
    """How much made samples differ, against real ones; a single sample has no deviation."""
    if len(real) < 2:
        return {}
    return {f"{name}/diversity": fake.std(0).mean() / real.std(0).mean().clamp_min(1e-6)}
