"""Broken components that only an accelerator shows, and what the stand-in device says of each.

It is run in a process of its own: ``python -m tests.testing.broken.on_standin``.
"""

from __future__ import annotations

import json

import torch

from mmgan_core import contracts as c
from mmgan_core.plugins.catalogue import Catalogue, catalogue
from mmgan_core.spec import Kind, Spec
from mmgan_core.testing.on_standin import KINDS, faults_of
from mmgan_core.testing.standin import standin_device
from mmgan_core.testing.subjects import subject_of_class

from .. import healthy as h


class ConstantOnTheCpu(h.Generator):
    """A constant tensor that is no buffer."""

    def __init__(self, options, sample, condition):
        super().__init__(options, sample, condition)
        self.scale = torch.full(sample.shape, 0.9)

    def forward(self, noise, condition):
        return super().forward(noise, condition) * self.scale


class AnswersOnTheCpu(h.Generator):
    def forward(self, noise, condition):
        return super().forward(noise, condition).cpu()


class ReadsANumber(h.Discriminator):
    def forward(self, sample, condition):
        return super().forward(sample * float(sample.detach().abs().amax().clamp(1, 1)), condition)


class AsksForTruth(h.Discriminator):
    def forward(self, sample, condition):
        if sample.detach().isnan().any():
            sample = sample.nan_to_num()
        return super().forward(sample, condition)


class PicksByTruth(h.AuxiliaryLoss):
    def forward(self, step):
        off = (step.fake - step.real.mean(0)).flatten()
        return off[off.detach() > -10].square().mean()


class _WaitsBackward(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, grad):
        return grad * min(1.0, grad.norm().item())


class WaitsInItsBackwardPass(h.Discriminator):
    def forward(self, sample, condition):
        critique = super().forward(sample, condition)
        return c.Critique(_WaitsBackward.apply(critique.logits))


class CopiesAConstant(h.Augmentation):
    def sample(self, like):
        share = torch.tensor([0.5, 0.6], device=like.device)
        return lambda sample: sample * share.mean()


class FollowsTheCpu(h.Number):
    """Masks that are drawn on the CPU whatever the default device is."""

    def sample_masks(self, mask_kind, count, low, high):
        mask = torch.rand(count, *self.mask_shape, device="cpu") < low
        return mask.float().to(torch.empty(()).device)


BROKEN: list[tuple[Kind, type, str]] = [
    ("generator", ConstantOnTheCpu, "takes a tensor of the CPU"),
    ("generator", AnswersOnTheCpu, "not on the device of its inputs"),
    ("discriminator", ReadsANumber, "the host waits for _local_scalar_dense"),
    ("discriminator", AsksForTruth, "the host waits for"),
    ("auxiliary_loss", PicksByTruth, "the host waits for an index of truth values"),
    ("discriminator", WaitsInItsBackwardPass, "the host waits for _local_scalar_dense"),
    ("augmentation", CopiesAConstant, "a copy from unpinned memory blocks"),
    ("modality", FollowsTheCpu, "a copy from unpinned memory blocks"),
]


def main() -> None:
    with standin_device():
        pass  # torch must know the device before its first backward pass
    shelf, load = catalogue(), Catalogue.load
    number = Spec("test/number", "nowhere:Number", "Numbers", modalities=(h.KIND,), default=True)
    shelf._specs["modality"][number.id] = number
    Catalogue.load = lambda self, kind, use, **k: (  # type: ignore[method-assign]
        h.HEALTHY["modality"] if use == number.id else load(self, kind, use, **k)
    )
    healthy = [(kind, h.HEALTHY[kind]) for kind in KINDS]
    found = {}
    for kind, cls in [*healthy, *((kind, cls) for kind, cls, _ in BROKEN)]:
        subject = subject_of_class(shelf, kind, number, cls)
        assert subject.cases, cls
        found[f"{kind} {cls.__name__}"] = list(faults_of(subject))
    print("FACTS" + json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
