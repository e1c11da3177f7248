"""Inversion: finds the noise from which a model makes a given sample.

It minimises the squared difference from several starts, as in Zhu et al. 2016, "Generative visual
manipulation on the natural image manifold" (https://arxiv.org/abs/1609.03552). The length of the
noise is kept near that of samples of N(0, I), because the generator was trained on no other.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

_RATE = 0.1
_LENGTH = 0.01


@dataclass(frozen=True)
class Inversion:
    """The result of an inversion.

    Attributes:
        noise: the noise that was found, (1, Z); ``generate`` takes it as ``noise``.
        sample: the sample that this noise makes, (1, *shape).
        error: the root mean square difference from the wanted sample, in the units of samples.
        initial_error: the same difference for the best start, before any step.
    """

    noise: Tensor
    sample: Tensor
    error: float
    initial_error: float


def invert(
    make: Callable[[Tensor], Tensor], wanted: Tensor, starts: Tensor, *, steps: int
) -> Inversion:
    """Search for the noise that makes a wanted sample.

    Args:
        make: a differentiable function from noise (B, Z) to samples (B, *shape).
        wanted: the wanted sample, (*shape).
        starts: the noise to start from, (B, Z); the search returns the best result of all starts.
        steps: how many steps of Adam the search takes.
    """
    noise = starts.clone().requires_grad_()
    adam = torch.optim.Adam([noise], lr=_RATE, betas=(0.9, 0.999))
    nearest = _nearest(make, wanted, noise)
    with torch.enable_grad():
        for step in range(steps):
            adam.param_groups[0]["lr"] = _RATE * (1 + math.cos(math.pi * step / steps)) / 2
            apart = (make(noise) - wanted).square().flatten(1).mean(1)
            length = (noise.square().mean(1) - 1).square()
            (gradient,) = torch.autograd.grad((apart + _LENGTH * length).sum(), noise)
            noise.grad = gradient
            adam.step()
    found = min(nearest, _nearest(make, wanted, noise), key=lambda one: one.error)
    return replace(found, initial_error=nearest.error)


@torch.no_grad()
def _nearest(make: Callable[[Tensor], Tensor], wanted: Tensor, noise: Tensor) -> Inversion:
    samples = make(noise)
    errors = (samples - wanted).square().flatten(1).mean(1).sqrt()
    best = int(errors.argmin())
    error = float(errors[best])
    return Inversion(
        noise[best : best + 1].detach().clone(), samples[best : best + 1], error, error
    )
