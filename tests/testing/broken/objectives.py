"""Broken components: objectives."""

from __future__ import annotations

import random

import torch
from torch import nn

from .. import healthy as h
from .registry import caught_by

# Losses, alignments, penalties.


@caught_by("loss", "both losses are finite scalars, whatever the shape of the logits")
class Overflows(h.Loss):
    def generator(self, real, fake):
        return (1 + (-fake.logits).exp()).log().mean()


@caught_by("loss", "the discriminator learns to raise real logits and lower fake ones")
class Maximised(h.Loss):
    """The formula as papers print it, which is to be maximised."""

    def discriminator(self, real, fake):
        return -super().discriminator(real, fake)


@caught_by("loss", "the generator learns to raise fake logits")
class Zero(h.Loss):
    def generator(self, real, fake):
        return -super().generator(real, fake)


@caught_by("alignment", "it is a finite scalar that falls as matching encodings become alike")
class PerRow(h.Alignment):
    def forward(self, encodings, same):
        return super().forward(encodings, same) + torch.zeros(3)


@caught_by("penalty", "it is a finite scalar that trains the critic")
class TeachesNothing(h.Penalty):
    def __call__(self, critic, real, fake):
        return super().__call__(critic, real, fake).detach() * real.new_ones((), requires_grad=True)


@caught_by("penalty", "it needs a second derivative only if it declares it")
class SaysOnce(h.Penalty):
    differentiates_twice = False


@caught_by("penalty", "a steeper critic is penalised more")
class Rewards(h.Penalty):
    def __call__(self, critic, real, fake):
        return -super().__call__(critic, real, fake)


# Terms.

TEACHES = "it is a finite scalar that trains the generator"


@caught_by("auxiliary_loss", TEACHES)
class EachRow(h.AuxiliaryLoss):
    def forward(self, step):
        return super().forward(step) + step.noise[:, 0]


@caught_by("auxiliary_loss", TEACHES)
class OfWhatIsReal(h.AuxiliaryLoss):
    def forward(self, step):
        return step.real.square().mean()


@caught_by("auxiliary_loss", TEACHES)
class SteepRoot(h.AuxiliaryLoss):
    def forward(self, step):
        return (step.fake - step.fake.detach()).square().sum().sqrt()


@caught_by("auxiliary_loss", "it changes neither network")
class Freezes(h.AuxiliaryLoss):
    def forward(self, step):
        step.generator.requires_grad_(False)
        return super().forward(step)


@caught_by("auxiliary_loss", "it changes neither network")
class Shrinks(h.AuxiliaryLoss):
    def forward(self, step):
        with torch.no_grad():
            step.generator.layer.weight.mul_(0.9)
        return super().forward(step)


@caught_by("auxiliary_loss", "gradients reach every weight")
class LearnsNothing(h.AuxiliaryLoss):
    def __init__(self, options, sample):
        super().__init__(options, sample)
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, step):
        return self.scale.detach() * super().forward(step)


@caught_by("auxiliary_loss", "the same seed gives the same loss")
class ChanceOfItsOwn(h.AuxiliaryLoss):
    def forward(self, step):
        return super().forward(step) * random.SystemRandom().random()
