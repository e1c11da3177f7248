"""Broken components: losses, penalties and auxiliary losses."""

from __future__ import annotations

import torch
from torch.nn import functional

from mmgan_core import contracts as c

from .. import healthy as h
from .registry import caught_by

TWICE = "the same batch twice over gives the same number"


@caught_by("loss", TWICE)
class Sums(h.Loss):
    def discriminator(self, real, fake):
        return super().discriminator(real, fake) * len(real.logits)


@caught_by("loss", TWICE)
class SumsForTheGenerator(h.Loss):
    def generator(self, real, fake):
        return functional.softplus(-fake.logits).sum()


@caught_by("penalty", TWICE)
class SumsOverRows(h.Penalty):
    def __call__(self, critic, real, fake):
        return super().__call__(critic, real, fake) * len(real)


@caught_by("penalty", TWICE)
class SlopeOfTheMean(h.Penalty):
    """The gradient of a mean over the batch falls with its size."""

    def __call__(self, critic, real, fake):
        leaf = real.detach().clone().requires_grad_()
        (slope,) = torch.autograd.grad(critic(leaf).logits.mean(), leaf, create_graph=True)
        return slope.square().flatten(1).sum(1).mean()


@caught_by("auxiliary_loss", TWICE)
class SumsOfDifferences(h.AuxiliaryLoss):
    def forward(self, step):
        return super().forward(step) * len(step.fake)


SCALARS = "both losses are finite scalars, whatever the shape of the logits"


@caught_by("loss", SCALARS)
class ReturnsANumber(h.Loss):
    def generator(self, real, fake):
        return float(super().generator(real, fake).detach())


@caught_by("loss", SCALARS)
class OneEachRow(h.Loss):
    def generator(self, real, fake):
        return functional.softplus(-fake.logits)


@caught_by("loss", SCALARS)
class LogarithmOfSigmoid(h.Loss):
    def discriminator(self, real, fake):
        return -real.logits.sigmoid().log().mean() - (1 - fake.logits.sigmoid()).log().mean()


@caught_by("loss", SCALARS)
class SpreadOfOne(h.Loss):
    """The standard deviation of one logit is not a number."""

    def discriminator(self, real, fake):
        return super().discriminator(real, fake) + 0 * real.logits.std()


COUNTS = "every logit counts"


@caught_by("loss", COUNTS)
class FirstLogitOnly(h.Loss):
    def generator(self, real, fake):
        return (
            functional.softplus(-fake.logits.flatten(1)[:, 0]).mean()
            if (fake.logits.dim() > 1)
            else super().generator(real, fake)
        )


@caught_by("loss", COUNTS)
class FirstRowsOnly(h.Loss):
    def discriminator(self, real, fake):
        half = c.Critique(real.logits[: len(real.logits) // 2 + 1])
        return super().discriminator(half, fake)


@caught_by("loss", "it uses real logits in the generator phase if it asks for them")
class AsksForNothing(h.Loss):
    needs_real_in_generator_phase = True


@caught_by("loss", "the discriminator learns to raise real logits and lower fake ones")
class SwapsRealAndFake(h.Loss):
    def discriminator(self, real, fake):
        return super().discriminator(fake, real)


@caught_by("loss", "the discriminator learns to raise real logits and lower fake ones")
class ForgetsFake(h.Loss):
    def discriminator(self, real, fake):
        return functional.softplus(-real.logits).mean() + 0 * fake.logits.mean()


@caught_by("loss", "the generator learns to raise fake logits")
class Detaches(h.Loss):
    def generator(self, real, fake):
        return functional.softplus(-fake.logits.detach()).mean()


FLAT = "a flat critic, patches and one row give finite values and gradients"


@caught_by("penalty", FLAT)
class NormWithoutEpsilon(h.Penalty):
    def __call__(self, critic, real, fake):
        leaf = real.detach().requires_grad_()
        (slope,) = torch.autograd.grad(critic(leaf).logits.sum(), leaf, create_graph=True)
        return (slope.square().flatten(1).sum(1).sqrt() - 1).square().mean()


@caught_by("penalty", FLAT)
class OneLogitARow(h.Penalty):
    def __call__(self, critic, real, fake):
        leaf = real.detach().requires_grad_()
        logits = critic(leaf).logits
        (slope,) = torch.autograd.grad(logits, leaf, torch.ones(len(real)), create_graph=True)
        return slope.square().flatten(1).sum(1).mean()


@caught_by("penalty", FLAT)
class SpreadOfSlopes(h.Penalty):
    def __call__(self, critic, real, fake):
        leaf = real.detach().requires_grad_()
        (slope,) = torch.autograd.grad(critic(leaf).logits.sum(), leaf, create_graph=True)
        sizes = slope.square().flatten(1).sum(1)
        return sizes.mean() + sizes.std()


@caught_by("penalty", "it is a finite scalar that trains the critic")
class WithoutAGraph(h.Penalty):
    def __call__(self, critic, real, fake):
        leaf = real.detach().requires_grad_()
        (slope,) = torch.autograd.grad(critic(leaf).logits.sum(), leaf)
        return slope.square().flatten(1).sum(1).mean()


@caught_by("penalty", "it is a finite scalar that trains the critic")
class PenaltyOfEachRow(h.Penalty):
    def __call__(self, critic, real, fake):
        leaf = real.detach().requires_grad_()
        (slope,) = torch.autograd.grad(critic(leaf).logits.sum(), leaf, create_graph=True)
        return slope.square().flatten(1).sum(1)


@caught_by("penalty", "a steeper critic is penalised more")
class Shrinking(h.Penalty):
    def __call__(self, critic, real, fake):
        return 1 / (1 + super().__call__(critic, real, fake))


PAIRS = "it declares whether it compares rows"


@caught_by("auxiliary_loss", PAIRS)
class ComparesRows(h.AuxiliaryLoss):
    def forward(self, step):
        return (step.fake - step.real).abs().mean()


@caught_by("auxiliary_loss", PAIRS)
class ComparesRowsByChance(h.AuxiliaryLoss):
    def forward(self, step):
        drawn = 0.01 * torch.randn_like(step.real)
        return (step.fake + drawn - step.real).abs().mean()


@caught_by("auxiliary_loss", PAIRS)
class SaysPaired(h.AuxiliaryLoss):
    paired = True


@caught_by("auxiliary_loss", "it is a finite scalar that trains the generator")
class DetachesWhatIsMade(h.AuxiliaryLoss):
    def forward(self, step):
        return (step.fake.detach().mean(0) - step.real.mean(0)).square().mean()


@caught_by("auxiliary_loss", "it is a finite scalar that trains the generator")
class ReturnsItsValue(h.AuxiliaryLoss):
    def forward(self, step):
        return super().forward(step).item()


@caught_by("auxiliary_loss", "it reads no made samples if it says so")
class ReadsWhatIsNotMade(h.AuxiliaryLoss):
    needs_fake = False


@caught_by("auxiliary_loss", "it changes neither network")
class EvaluatesAlways(h.AuxiliaryLoss):
    def forward(self, step):
        step.generator.eval()
        return super().forward(step)


@caught_by("auxiliary_loss", "a batch of one works")
class NeedsTwoRows(h.AuxiliaryLoss):
    def forward(self, step):
        return super().forward(step) + (step.fake.std(0) - step.real.std(0)).square().mean()


@caught_by("penalty", "every row counts")
class OfHalfTheRows(h.Penalty):
    def __call__(self, critic, real, fake):
        half = len(real) // 2 + 1
        return super().__call__(critic, real[:half], fake[:half])


@caught_by("auxiliary_loss", "every row counts")
class OfTheFirstRow(h.AuxiliaryLoss):
    def forward(self, step):
        return (step.fake[0] - step.real.mean(0)).square().mean() + 0 * super().forward(step)


@caught_by("alignment", TWICE)
class SumsOverPairs(h.Alignment):
    def forward(self, encodings, same):
        return super().forward(encodings, same) * len(same) ** 2


@caught_by("discriminator", "its other outputs are as declared too")
class ReadsAnotherSize(h.Discriminator):
    def forward(self, sample, condition):
        critique = super().forward(sample, condition)
        return c.Critique(critique.logits, critique.features, sample[:, :2])
