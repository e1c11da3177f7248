"""Broken components: what they do to random numbers, inputs and themselves."""

from __future__ import annotations

import os
import random

import numpy
import torch

from mmgan_core import contracts as c

from .. import healthy as h
from .registry import caught_by

GLOBAL = "it leaves the global random state and torch's settings as they are"


@caught_by("generator", GLOBAL)
class SeedsItself(h.Generator):
    def __init__(self, options, sample, condition):
        torch.manual_seed(0)
        super().__init__(options, sample, condition)


@caught_by("discriminator", GLOBAL)
class SeedsEveryStep(h.Discriminator):
    def forward(self, sample, condition):
        torch.manual_seed(1)
        return super().forward(sample, condition)


@caught_by("augmentation", GLOBAL)
class SeedsToBeReproducible(h.Augmentation):
    def sample(self, like):
        torch.manual_seed(42)
        return super().sample(like)


@caught_by("penalty", GLOBAL)
class SeedsPython(h.Penalty):
    def __call__(self, critic, real, fake):
        random.seed(0)
        return super().__call__(critic, real, fake)


@caught_by("metric", GLOBAL)
class SeedsNumpy(h.Metric):
    def measure(self, fake, real, held_out):
        numpy.random.seed(0)
        return super().measure(fake, real, held_out)


@caught_by("modality", GLOBAL)
class SeedsWhilePreparing(h.Number):
    def prepare(self, values):
        torch.manual_seed(0)
        return super().prepare(values)


@caught_by("data_source", GLOBAL)
class SeedsToSplit(h.DataSource):
    def tables(self, split):
        random.seed(0)
        return super().tables(split)


@caught_by("loss", GLOBAL)
class ChangesTheDefaultType(h.Loss):
    def discriminator(self, real, fake):
        torch.set_default_dtype(torch.float64)
        return super().discriminator(real, fake)


@caught_by("encoder", GLOBAL)
class TurnsGradientsOff(h.Encoder):
    def __init__(self, options, modality):
        super().__init__(options, modality)
        torch.set_grad_enabled(False)


@caught_by("data_source", GLOBAL)
class ChangesFolder(h.DataSource):
    def tables(self, split):
        os.chdir("/")
        return super().tables(split)


TAKEN = "it leaves its inputs as they are"


@caught_by("generator", TAKEN)
class ScalesTheNoise(h.Generator):
    def forward(self, noise, condition):
        noise.mul_(0.5)
        return super().forward(noise, condition)


@caught_by("generator", TAKEN)
class NormalisesTheCondition(h.Generator):
    def forward(self, noise, condition):
        condition.pooled.clamp_(-0.1, 0.1)
        return super().forward(noise, condition)


@caught_by("discriminator", TAKEN)
class ClampsTheSamples(h.Discriminator):
    def forward(self, sample, condition):
        if not sample.requires_grad:
            sample.clamp_(-0.1, 0.1)
        return super().forward(sample, condition)


@caught_by("fusion", TAKEN)
class ZeroesTheFirst(h.Fusion):
    def forward(self, encodings, present):
        next(iter(encodings.values())).pooled[:, 0] = 0
        return super().forward(encodings, present)


@caught_by("alignment", TAKEN)
class FillsTheDiagonal(h.Alignment):
    def forward(self, encodings, same):
        same.fill_diagonal_(False)
        return super().forward(encodings, same)


@caught_by("augmentation", TAKEN)
class ChangesInPlace(h.Augmentation):
    def sample(self, like):
        return lambda sample: sample.mul_(0.9)


@caught_by("loss", TAKEN)
class ClampsTheLogits(h.Loss):
    def generator(self, real, fake):
        fake.logits.data.clamp_(-0.1, 0.1)
        return super().generator(real, fake)


@caught_by("penalty", TAKEN)
class RequiresOnTheSpot(h.Penalty):
    def __call__(self, critic, real, fake):
        real.requires_grad_(True)
        (slope,) = torch.autograd.grad(critic(real).logits.sum(), real, create_graph=True)
        return slope.square().flatten(1).sum(1).mean()


@caught_by("penalty", TAKEN)
class GoesBackwardItself(h.Penalty):
    def __call__(self, critic, real, fake):
        critic(real).logits.sum().backward()
        return super().__call__(critic, real, fake)


@caught_by("auxiliary_loss", TAKEN)
class ClampsWhatIsReal(h.AuxiliaryLoss):
    def forward(self, step):
        step.real.clamp_(-0.1, 0.1)
        return super().forward(step)


@caught_by("metric", TAKEN)
class CentresTheFeatures(h.Metric):
    def measure(self, fake, real, held_out):
        fake.features.sub_(fake.features.mean(0))
        return super().measure(fake, real, held_out)


@caught_by("metric", TAKEN)
class SortsTheClasses(h.Metric):
    def measure(self, fake, real, held_out):
        real.asked.copy_(real.asked.sort().values)
        return super().measure(fake, real, held_out)


@caught_by("modality", TAKEN)
class ScalesThePrepared(h.Number):
    def to_sample(self, prepared):
        return prepared.mul_(0.5).mul_(1.5)


STATE = "it keeps no state but in weights and buffers"


@caught_by("auxiliary_loss", STATE)
class CountsInPython(h.AuxiliaryLoss):
    """Its weight grows with a counter that no checkpoint holds."""

    calls_so_far = 0

    def forward(self, step):
        self.calls_so_far += 1
        return super().forward(step) * self.calls_so_far


@caught_by("loss", STATE)
class RemembersLogits(h.Loss):
    mean = 0.0

    def discriminator(self, real, fake):
        self.mean = 0.9 * self.mean + 0.1 * float(real.logits.detach().mean())
        return super().discriminator(real, fake) + (real.logits - self.mean).square().mean()


@caught_by("penalty", STATE)
class GrowsWithTime(h.Penalty):
    step = 0

    def __call__(self, critic, real, fake):
        self.step += 1
        return super().__call__(critic, real, fake) / self.step


@caught_by("augmentation", STATE)
class StrengthInPython(h.Augmentation):
    strength = 0.0

    def sample(self, like):
        self.strength += 0.1
        change = super().sample(like)
        return lambda sample: sample + self.strength * (change(sample) - sample)


@caught_by("generator", STATE)
class FadesInInPython(h.Generator):
    alpha = 0.0

    def forward(self, noise, condition):
        if self.training:
            self.alpha = min(1.0, self.alpha + 0.1)
        return super().forward(noise, condition) * (0.5 + self.alpha)


@caught_by("encoder", STATE)
class OwnGenerator(h.Encoder):
    def __init__(self, options, modality):
        super().__init__(options, modality)
        self.random = torch.Generator().manual_seed(0)

    def forward(self, tensors):
        pooled = super().forward(tensors).pooled
        noise = torch.randn(pooled.shape, generator=self.random) if self.training else 0
        return c.Encoding(pooled + 0.1 * noise)


@caught_by("fusion", STATE)
class RemembersTheLast(h.Fusion):
    last = 0.0

    def forward(self, encodings, present):
        made = super().forward(encodings, present).pooled
        out = made + (self.last if self.training else 0.0)
        self.last = float(made.detach().mean())
        return c.Condition(out)


@caught_by("alignment", STATE)
class MovingTemperature(h.Alignment):
    calls = 0

    def forward(self, encodings, same):
        self.calls += 1
        return super().forward(encodings, same) * (1 + 1 / self.calls)


@caught_by("metric", STATE)
class ShufflesByPython(h.Metric):
    def measure(self, fake, real, held_out):
        rows = list(range(len(fake.features)))
        random.SystemRandom().shuffle(rows)
        half = c.Evaluated(fake.features[rows[:20]], fake.predicted, fake.asked)
        return super().measure(half, real, held_out)


ZERO = "zeros and equal rows give finite values and gradients"


@caught_by("generator", ZERO)
class NormOfTheNoise(h.Generator):
    def forward(self, noise, condition):
        return super().forward(noise / noise.norm(dim=1, keepdim=True), condition)


@caught_by("generator", ZERO)
class RootOfTheMeanSquare(h.Generator):
    def forward(self, noise, condition):
        return super().forward(noise * noise.square().mean(1, keepdim=True).rsqrt(), condition)


@caught_by("discriminator", ZERO)
class DeviationWithoutEpsilon(h.Discriminator):
    def forward(self, sample, condition):
        spread = sample.var(1, keepdim=True).sqrt()
        return super().forward(sample + spread, condition)


@caught_by("discriminator", ZERO, keeps_batch_state=True)
class BatchDeviation(h.Discriminator):
    def forward(self, sample, condition):
        spread = sample.var(0, correction=0).sqrt().mean()
        return super().forward(sample + spread, condition)


def unit(encodings):
    """Vectors of unit length, if they are not zero."""
    length = {n: e.pooled.norm(dim=1, keepdim=True) for n, e in encodings.items()}
    return {n: c.Encoding(e.pooled / length[n]) for n, e in encodings.items()}


@caught_by("fusion", ZERO)
class UnitWithoutEpsilon(h.Fusion):
    def forward(self, encodings, present):
        units = {
            n: c.Encoding(e.pooled / e.pooled.norm(dim=1, keepdim=True))
            for n, e in encodings.items()
        }
        return super().forward(units, present)


@caught_by("alignment", ZERO)
class CosineWithoutEpsilon(h.Alignment):
    def forward(self, encodings, same):
        units = {
            n: c.Encoding(e.pooled / e.pooled.norm(dim=1, keepdim=True))
            for n, e in encodings.items()
        }
        return super().forward(units, same)


@caught_by("augmentation", ZERO)
class ScalesByTheLargest(h.Augmentation):
    def sample(self, like):
        change = super().sample(like)
        return lambda sample: change(sample / sample.abs().amax(1, keepdim=True))


@caught_by("auxiliary_loss", ZERO)
class DividesByTheNoise(h.AuxiliaryLoss):
    def forward(self, step):
        return super().forward(step) / step.noise.abs().mean()
