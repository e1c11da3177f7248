"""Path length regularisation of `image/style`: a step in w should change every picture as much.

    L = E (|J^T y| - a)^2

J is the derivative of the picture with respect to w, y is noise N(0, 1) / sqrt(H W) in the shape of
the picture, a the running mean of the lengths |J^T y|. The squared length is a mean over the
layers, so that the loss does not grow with their number. Karras et al. 2020,
https://arxiv.org/abs/1912.04958.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import torch
from pydantic import Field
from torch import Tensor

from mmgan_core import BadValue, Options
from mmgan_core.contracts import AuxiliaryLoss, Condition, GeneratorStep, SampleSpace


@runtime_checkable
class Styled(Protocol):
    """A generator that makes styles from noise first, and then pictures from styles."""

    def styles(self, noise: Tensor, condition: Condition) -> Tensor:
        """A style w for each layer, (B, L, W)."""

    def synthesise(self, styles: Tensor, noise: Tensor, condition: Condition) -> Tensor:
        """Pictures (B, C, H, W)."""


class PathLengthOptions(Options):
    """Options of `image/path-length`."""

    decay: float = Field(0.99, ge=0, lt=1, description="decay of the running mean of the lengths")


class PathLength(AuxiliaryLoss):
    """For generators that are ``Styled``.

    It makes pictures of its own in single precision, which the gradient of a gradient needs.
    """

    Options = PathLengthOptions
    options: PathLengthOptions
    track: Tensor

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({}, {"decay": 0.5})

    def __init__(self, options: PathLengthOptions, space: SampleSpace) -> None:
        super().__init__(options, space)
        if len(space.shape) != 3:
            raise BadValue(f"image/path-length needs samples (C, H, W), not {space.shape}")
        # The running mean, and a running mean of ones that corrects its start from 0.
        self.register_buffer("track", torch.zeros(2))

    def forward(self, step: GeneratorStep) -> Tensor:
        """The mean squared distance of the lengths from their running mean."""
        generator, noise, condition = step.generator, step.noise.float(), step.condition.float()
        if not isinstance(generator, Styled):
            raise BadValue(
                f"image/path-length: {type(generator).__name__} has no styles; "
                "use the generator image/style"
            )
        with torch.autocast(noise.device.type, enabled=False):
            styles = generator.styles(noise, condition)
            made = generator.synthesise(styles, noise, condition)
            direction = torch.randn_like(made) / math.sqrt(made[0, 0].numel())
            (slope,) = torch.autograd.grad((made * direction).sum(), styles, create_graph=True)
        lengths: Tensor = slope.square().sum(2).mean(1).add(1e-8).sqrt()
        with torch.no_grad():
            mean = lengths.mean()
            now = torch.stack([mean, torch.ones_like(mean)])
            self.track = torch.lerp(self.track, now, 1 - self.options.decay)
        return (lengths - self.track[0] / self.track[1]).square().mean()
