"""Adversarial losses and alignments: scalars to minimise, with the right sign."""

from __future__ import annotations

import torch
from torch import Tensor

from mmgan_core.contracts import Critique, Loss
from mmgan_core.testing.cases import AlignmentCase, PlainCase
from mmgan_core.testing.check import Broken, NotApplicable, check
from mmgan_core.testing.samples import logits

SHAPES = ((6,), (6, 1), (6, 3, 2), (1,))


@check(
    "both losses are finite scalars, whatever the shape of the logits",
    "loss",
    advice="average over all logits; use functions that do not overflow, such as softplus",
)
def scalars(case: PlainCase[Loss]) -> None:
    loss: Loss = case.build()
    for shape in SHAPES:
        for scale in (1.0, 1e4):
            real, fake = logits(shape, scale)
            for value in _both_losses(loss, real, fake):
                about = f"logits {shape} of about {scale:g}"
                if not isinstance(value, Tensor):
                    raise Broken(f"it returns {type(value).__name__}, not a tensor")
                if value.dim() or not value.isfinite():
                    raise Broken(f"{about} give {value}")
                slopes = torch.autograd.grad(value, (real, fake), allow_unused=True)
                if not all(slope is None or slope.isfinite().all() for slope in slopes):
                    raise Broken(f"{about} give a gradient that is not finite")


@check(
    "the discriminator learns to raise real logits and lower fake ones",
    "loss",
    advice="both losses are minimised: change the sign of a formula that is to be maximised",
)
def discriminator_loss(case: PlainCase[Loss]) -> None:
    loss: Loss = case.build()
    real, fake = logits((64,), 0.1)
    of_real, of_fake = torch.autograd.grad(
        loss.discriminator(Critique(real), Critique(fake)), (real, fake)
    )
    if of_real.sum() >= 0:
        raise Broken("the discriminator's loss does not fall as real logits rise")
    if of_fake.sum() <= 0:
        raise Broken("the discriminator's loss does not fall as fake logits fall")


@check(
    "every logit counts",
    "loss",
    advice="average over all logits, whatever their shape: mean() without a dimension",
)
def every_logit_counts(case: PlainCase[Loss]) -> None:
    loss: Loss = case.build()
    real, fake = logits((6, 3, 2), 0.1)
    of_discriminator, of_generator = _both_losses(loss, real, fake)
    slopes = torch.autograd.grad(of_discriminator, (real, fake))
    (slope,) = torch.autograd.grad(of_generator, fake)
    for name, found in (("real", slopes[0]), ("fake", slopes[1]), ("the generator's", slope)):
        unused = int((found == 0).sum())
        if unused:
            raise Broken(f"{unused} of {found.numel()} {name} logits make no difference")


@check(
    "it uses real logits in the generator phase if it asks for them",
    "loss",
    advice="set needs_real_in_generator_phase only if generator() uses real: it costs a pass",
)
def real_is_used(case: PlainCase[Loss]) -> None:
    loss: Loss = case.build()
    if not loss.needs_real_in_generator_phase:
        raise NotApplicable("it does not ask for real logits")
    found = []
    for seed in (0, 1):
        real, _ = logits((6,), 1.0, seed)
        fake = logits((6,), 1.0)[1]
        features = (real[:, None].detach(),), (fake[:, None],)
        critiques = Critique(real.detach(), features[0]), Critique(fake, features[1])
        found.append(loss.generator(*critiques))
    if torch.equal(*found):
        raise Broken("other real logits make no difference")


@check(
    "the generator learns to raise fake logits",
    "loss",
    advice="minimise -D(fake), for instance; set needs_real_in_generator_phase if real is used",
)
def generator_loss(case: PlainCase[Loss]) -> None:
    loss: Loss = case.build()
    real, fake = logits((64,), 0.1)
    compared = Critique(real.detach()) if loss.needs_real_in_generator_phase else None
    (of_fake,) = torch.autograd.grad(loss.generator(compared, Critique(fake)), fake)
    if of_fake.sum() >= 0:
        raise Broken("the generator's loss does not fall as fake logits rise")


@check(
    "it is a finite scalar that falls as matching encodings become alike",
    "alignment",
    advice="pull encodings of the same meaning together, for every pair of entries",
)
def alignment_falls(case: AlignmentCase) -> None:
    module = case.build(seed=2).train()
    inputs = {
        name: tensor.requires_grad_() if tensor.is_floating_point() else tensor
        for name, tensor in case.inputs(module, 8).items()
    }
    weights = list(module.parameters())
    optimizer = torch.optim.SGD([*weights, *(inputs[name] for name in case.dims)], lr=0.05)
    losses = []
    for _ in range(30):
        loss = case.output(module, inputs)
        if loss.dim() or not loss.isfinite():
            raise Broken(f"it returns {loss}")
        losses.append(float(loss.detach()))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if losses[-1] >= losses[0]:
        raise Broken(f"along its gradient it goes from {losses[0]:.4g} to {losses[-1]:.4g}")


def _both_losses(loss: Loss, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    compared = Critique(real) if loss.needs_real_in_generator_phase else None
    return (
        loss.discriminator(Critique(real), Critique(fake)),
        loss.generator(compared, Critique(fake)),
    )
