"""Broken components: tensors on the wrong device."""

from __future__ import annotations

import torch
from torch.nn import functional

from mmgan_core import contracts as c

from .. import healthy as h
from .registry import caught_by

DEVICE = "it makes its tensors on the device of its inputs"


@caught_by("generator", DEVICE)
class ConstantOnTheCpu(h.Generator):
    """A constant tensor that is no buffer."""

    def __init__(self, options, sample, condition):
        super().__init__(options, sample, condition)
        self.scale = torch.full(sample.shape, 0.9)

    def forward(self, noise, condition):
        return super().forward(noise, condition) * self.scale


@caught_by("discriminator", DEVICE)
class ZerosOnTheCpu(h.Discriminator):
    def forward(self, sample, condition):
        padded = torch.cat([sample, torch.zeros(len(sample), 1)], dim=1)
        return super().forward(padded[:, :-1], condition)


@caught_by("encoder", DEVICE)
class WeighsOnTheCpu(h.Encoder):
    """torch's meta device lets this product by, an accelerator does not."""

    def __init__(self, options, modality):
        super().__init__(options, modality)
        self.turn = torch.eye(5)

    def forward(self, tensors):
        return c.Encoding(functional.linear(super().forward(tensors).pooled, self.turn))


@caught_by("fusion", DEVICE)
class StartsOnTheCpu(h.Fusion):
    def forward(self, encodings, present):
        made = super().forward(encodings, present).pooled
        return c.Condition(torch.zeros(made.shape) + made)


@caught_by("fusion", DEVICE)
class HidesOnTheCpu(h.Fusion):
    def keep(self, present):
        return {name: there & (torch.rand(len(there)) < 0.8) for name, there in present.items()}


@caught_by("alignment", DEVICE)
class DiagonalOnTheCpu(h.Alignment):
    def forward(self, encodings, same):
        return super().forward(encodings, same | torch.eye(len(same), dtype=torch.bool))


@caught_by("augmentation", DEVICE)
class NoiseOnTheCpu(h.Augmentation):
    def sample(self, like):
        noise = 0.1 * torch.randn(like.shape)
        return lambda sample: sample + noise


@caught_by("augmentation", DEVICE)
class SaysOnTheCpu(h.Augmentation):
    def sample(self, like):
        change = super().sample(like)
        return c.Change(change, torch.ones(len(like), 1))


@caught_by("loss", DEVICE)
class TargetsOnTheCpu(h.Loss):
    def generator(self, real, fake):
        ones = torch.ones(fake.logits.shape)
        return functional.binary_cross_entropy_with_logits(fake.logits, ones)


@caught_by("penalty", DEVICE)
class SharesOnTheCpu(h.Penalty):
    def __call__(self, critic, real, fake):
        share = torch.rand(len(real), *[1] * (real.dim() - 1))
        return super().__call__(critic, real * share + fake * (1 - share), fake)


@caught_by("auxiliary_loss", DEVICE)
class TargetOnTheCpu(h.AuxiliaryLoss):
    def forward(self, step):
        return (step.fake.mean(0) - torch.zeros(self.space.shape)).square().mean()


@caught_by("modality", DEVICE)
class ScalesOnTheCpu(h.Number):
    def to_sample(self, prepared):
        return prepared * torch.ones(self.options.size)
