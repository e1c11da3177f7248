"""Real samples as samples of the generator: some of the noise is what a network reads off them.

A small network of the loss's own reads, from each real sample x, a Gaussian over the first
`numbers` of the noise. The generator must make x again from a draw of it and from x's condition c;
the Gaussians of a batch together have the mean 0 and the variance 1 of the noise at use, for they
are shifted and scaled so (Zhu et al. 2020, "A batch normalized inference network keeps the KL
vanishing away", https://arxiv.org/abs/2004.12585, where the means alone are); what they tell is
paid for; and the numbers must be readable from samples that were made of fresh noise:

    z ~ N(m(x), v(x))
    L = |G(z, c) - x| + kl * KL(N(m, v), N(0, 1)) + latent * |m(G(z', c)) - z'|

KL is in nats, a sum over the numbers of z. The last term teaches the generator alone, so that the
two cannot agree on a code that real samples do not bear. Zhu et al. 2017, "Toward multimodal
image-to-image translation", https://arxiv.org/abs/1711.11586 (BicycleGAN); without `latent`, Larsen
et al. 2016, https://arxiv.org/abs/1512.09300 (VAE-GAN).

Use it where samples of one condition must differ as much as real ones: the noise has a meaning from
the first steps on, which the discriminator alone teaches late or never. It makes samples a second
time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.func import functional_call

from mmgan_core.contracts import AuxiliaryLoss, Beside, GeneratorStep, SampleSpace, mean_where
from mmgan_core.errors import BadValue
from mmgan_core.options import Options

# Log-variances lie within this range, so that exp() is finite.
_LOG_VARIANCE = 8.0


class PosteriorOptions(Options):
    """Options of `objectives/posterior`."""

    numbers: int = Field(16, ge=1, description="how many numbers of the noise are read")
    kl: float = Field(
        3e-4,
        ge=0,
        description="weight of a nat, beside the mean difference; smaller: truer copies, but "
        "noise that is drawn at use fits less",
    )
    latent: float = Field(
        0.05, ge=0, description="weight of the numbers that are read back from made samples"
    )
    hidden: int = Field(256, ge=1, description="size of the hidden layers of the network")


class Posterior(AuxiliaryLoss):
    """Its network learns in the generator phase, and is not exported."""

    Options = PosteriorOptions
    options: PosteriorOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return (
            {"numbers": 2, "hidden": 6},
            {"numbers": 1, "latent": 0.0, "hidden": 6},
        )

    def __init__(self, options: PosteriorOptions, space: SampleSpace) -> None:
        super().__init__(options, space)
        hidden = options.hidden
        self.layers = nn.Sequential(
            nn.Linear(math.prod(space.shape), hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(hidden, hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(hidden, 2 * options.numbers),
        )

    @classmethod
    def check(cls, options: PosteriorOptions, beside: Beside) -> None:
        """The noise must have as many numbers as are read."""
        _refuse_short(options, beside.generators[beside.entry].noise_dim)

    def forward(self, step: GeneratorStep) -> Tensor:
        """The sum of the three parts, each a mean over rows."""
        numbers = self.options.numbers
        _refuse_short(self.options, step.noise.shape[1])
        mean, log_variance = self._read(self.layers(step.real.flatten(1)))
        middle = mean.mean(0)
        scale = ((mean - middle).square() + log_variance.exp()).mean(0).rsqrt()
        mean, log_variance = (mean - middle) * scale, log_variance + 2 * scale.log()
        rest = torch.randn_like(step.noise[:, numbers:])
        drawn = mean + (log_variance / 2).exp() * torch.randn_like(mean)
        noise = torch.cat([drawn.to(step.noise.dtype), rest], dim=1)
        again = step.generator(noise, step.condition)
        loss = mean_where((again.float() - step.real.float()).abs(), _asked(step))
        nats = (mean.square() + log_variance.exp() - 1 - log_variance).sum(1).mean() / 2
        loss = loss + self.options.kl * nats
        if self.options.latent:
            frozen = {name: one.detach() for name, one in self.layers.named_parameters()}
            found, _ = self._read(functional_call(self.layers, frozen, step.fake.flatten(1)))
            found = (found - middle.detach()) * scale.detach()
            apart = (found - step.noise[:, :numbers].float()).abs().mean()
            loss = loss + self.options.latent * apart
        return loss

    def _read(self, raw: Tensor) -> tuple[Tensor, Tensor]:
        """Means and log-variances, (B, numbers) each."""
        mean, wide = raw.float().chunk(2, dim=1)
        return mean, _LOG_VARIANCE * torch.tanh(wide / _LOG_VARIANCE)


def _asked(step: GeneratorStep) -> Tensor | None:
    """The places that noise can decide: missing ones in repair, and none that are padding."""
    places, masked = step.condition.places, step.condition.masked
    if masked is None:
        return places
    return masked.mask if places is None else masked.mask * places


def _refuse_short(options: PosteriorOptions, noise_dim: int) -> None:
    if noise_dim < options.numbers:
        raise BadValue(
            f"objectives/posterior reads {options.numbers} numbers of the noise, which has "
            f"{noise_dim}: enlarge noise_dim of the generator, or read fewer numbers"
        )
