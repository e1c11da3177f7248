"""Adversarial losses and alignments: scalars that are minimised the right way round."""

from __future__ import annotations

import torch
from torch import Tensor

from mmgan_core.contracts import Critique, Loss
from mmgan_core.testing.cases import AlignmentCase, PlainCase
from mmgan_core.testing.check import Broken, check

SHAPES = ((6,), (6, 1), (6, 3, 2))


@check(
    "both halves are finite scalars, whatever the logits' shape",
    "loss",
    advice="average over all logits; use softplus and the like, which do not overflow",
)
def scalars(case: PlainCase) -> None:
    loss: Loss = case.build()
    for shape in SHAPES:
        for scale in (1.0, 1e4):
            real, fake = _logits(shape, scale)
            for half in _halves(loss, real, fake):
                if half.dim() or not half.isfinite():
                    raise Broken(f"logits {shape} of about {scale:g} give {half}")


@check(
    "the discriminator learns to raise real and lower fake",
    "loss",
    advice="both halves are minimised: turn the sign of one that is written to be maximised",
)
def discriminator_half(case: PlainCase) -> None:
    loss: Loss = case.build()
    real, fake = _logits((64,), 0.1)
    of_real, of_fake = torch.autograd.grad(
        loss.discriminator(Critique(real), Critique(fake)), (real, fake)
    )
    if of_real.sum() >= 0:
        raise Broken("its discriminator half does not fall as real logits rise")
    if of_fake.sum() <= 0:
        raise Broken("its discriminator half does not fall as fake logits fall")


@check(
    "the generator learns to raise fake",
    "loss",
    advice="minimise, for instance, -D(fake); say needs_real_in_generator_phase if real is used",
)
def generator_half(case: PlainCase) -> None:
    loss: Loss = case.build()
    real, fake = _logits((64,), 0.1)
    compared = Critique(real.detach()) if loss.needs_real_in_generator_phase else None
    (of_fake,) = torch.autograd.grad(loss.generator(compared, Critique(fake)), fake)
    if of_fake.sum() >= 0:
        raise Broken("its generator half does not fall as fake logits rise")


@check(
    "it is a finite scalar that falls as matching encodings meet",
    "alignment",
    advice="reward rows that mean the same for being near one another, in every pair of entries",
)
def alignment_falls(case: AlignmentCase) -> None:
    module = case.build(seed=2).train()
    inputs = {
        name: tensor.requires_grad_() if tensor.is_floating_point() else tensor
        for name, tensor in case.inputs(module, 8).items()
    }
    weights = list(module.parameters())
    learned = torch.optim.SGD([*weights, *(inputs[name] for name in case.dims)], lr=0.05)
    terms = []
    for _ in range(30):
        term = case.output(module, inputs)
        if term.dim() or not term.isfinite():
            raise Broken(f"it returns {term}")
        terms.append(float(term.detach()))
        learned.zero_grad()
        term.backward()
        learned.step()
    if terms[-1] >= terms[0]:
        raise Broken(f"following its gradient, it goes from {terms[0]:.4g} to {terms[-1]:.4g}")


def _halves(loss: Loss, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    compared = Critique(real) if loss.needs_real_in_generator_phase else None
    return (
        loss.discriminator(Critique(real), Critique(fake)),
        loss.generator(compared, Critique(fake)),
    )


def _logits(shape: tuple[int, ...], scale: float) -> tuple[Tensor, Tensor]:
    random = torch.Generator().manual_seed(0)
    real, fake = (scale * torch.randn(shape, generator=random) for _ in range(2))
    return real.requires_grad_(), fake.requires_grad_()
