"""InfoGAN: some of the noise must be readable from the sample, so that it decides something.

A small network of the loss's own predicts, from each made sample, the first numbers of the noise
it was made from: `continuous` numbers, and one of `classes` classes, which is the number of the
largest among the next `classes` numbers of the noise. All classes are equally frequent.

    mean (z_k - q_k(x))^2 / 2 over continuous numbers        - log q(class | x)

The first is the negative log-likelihood of a Gaussian with unit variance, up to a constant. Chen et
al. 2016, "InfoGAN: interpretable representation learning by information maximizing generative
adversarial nets", https://arxiv.org/abs/1606.03657. Set these numbers of the noise to see what they
have come to mean.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from mmgan_core.contracts import AuxiliaryLoss, Beside, GeneratorStep, SampleSpace
from mmgan_core.errors import BadValue
from mmgan_core.options import Options


class InfoOptions(Options):
    """Options of `objectives/info`."""

    continuous: int = Field(2, ge=0, description="how many numbers of the noise are predicted")
    classes: int = Field(
        0, ge=0, description="how many classes the next numbers of the noise choose from"
    )
    hidden: int = Field(128, ge=1, description="size of the hidden layer of the network")

    @model_validator(mode="after")
    def _something(self) -> InfoOptions:
        if not self.continuous and self.classes < 2:
            raise ValueError("predict something: continuous numbers, or at least 2 classes")
        if self.classes == 1:
            raise ValueError("a single class says nothing: give at least 2, or 0")
        return self


class Info(AuxiliaryLoss):
    """Its network learns in the generator phase, and is not exported."""

    Options = InfoOptions
    options: InfoOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return (
            {"hidden": 8},
            {"continuous": 1, "classes": 2, "hidden": 6},
            {"continuous": 0, "classes": 3, "hidden": 6},
        )

    def __init__(self, options: InfoOptions, space: SampleSpace) -> None:
        super().__init__(options, space)
        self.layers = nn.Sequential(
            nn.Linear(math.prod(space.shape), options.hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(options.hidden, options.continuous + options.classes),
        )

    @classmethod
    def check(cls, options: InfoOptions, beside: Beside) -> None:
        """The noise must have as many numbers as are read."""
        _refuse_short(options, beside.generators[beside.entry].noise_dim)

    def forward(self, step: GeneratorStep) -> Tensor:
        """The sum of both parts, each a mean over rows."""
        count, classes = self.options.continuous, self.options.classes
        _refuse_short(self.options, step.noise.shape[1])
        found = self.layers(step.fake.flatten(1)).float()
        noise = step.noise.float()
        loss = torch.zeros((), device=noise.device)
        if count:
            loss = loss + (found[:, :count] - noise[:, :count]).square().mean() / 2
        if classes:
            chosen = noise[:, count : count + classes].argmax(1)
            loss = loss + cross_entropy(found[:, count:], chosen)
        return loss


def _refuse_short(options: InfoOptions, noise_dim: int) -> None:
    count = options.continuous + options.classes
    if noise_dim < count:
        raise BadValue(
            f"objectives/info reads {count} numbers of the noise, which has {noise_dim}: enlarge "
            "noise_dim of the generator"
        )
