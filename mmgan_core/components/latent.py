"""The latent space of an autoencoder: a GAN that makes latents makes what the autoencoder decodes.

An autoencoder is a trained model that makes an entry X and is given an entry Y of the same kind,
taught to make X like Y. It is frozen:

    latent   c = fusion(encoder(y)),  x = (c - mean) / std
    decoded  y' = generator(0, mean + std x)

The noise of its generator is zero, so that a latent decides its value. ``mean`` and ``std`` are
those of the training data. Rombach et al. 2022, "High-resolution image synthesis with latent
diffusion models", https://arxiv.org/abs/2112.10752, do the same with another generator.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import torch
from pydantic import Field, PositiveFloat, model_validator
from torch import Tensor, nn

from mmgan_core.components.entries import entry_of
from mmgan_core.contracts import FrozenModel, Modality, SampleSpace, Showing
from mmgan_core.errors import BadValue
from mmgan_core.options import ModelRef, Options

if TYPE_CHECKING:
    from PIL.Image import Image

CHUNK = 64
# A number of the latent that varies less than this share of the most varying one is constant.
_CONSTANT = 1e-4


class LatentOptions(Options):
    """Options of `core/latent`."""

    model: ModelRef = Field(description="the trained autoencoder")
    entry: str = Field("", description="what the autoencoder makes; default: its only made entry")
    given: str = Field("", description="what it encodes; default: its only given entry")
    reach: PositiveFloat = Field(
        5.0, description="standard deviations at which latents are clamped"
    )
    mean: tuple[float, ...] = Field((), description="mean of each number; default: of the data")
    std: tuple[PositiveFloat, ...] = Field(
        (), description="standard deviation of each number; default: of the data"
    )

    @model_validator(mode="after")
    def _as_many(self) -> LatentOptions:
        if len(self.mean) != len(self.std):
            raise ValueError(f"{len(self.mean)} means and {len(self.std)} standard deviations")
        return self


class Latent(Modality):
    """Standardised latents (dim,) of values of any kind; everything else is as for these values."""

    kind: ClassVar[str] = "vector"
    mask_kinds: ClassVar[tuple[str, ...]] = ()
    Options = LatentOptions
    options: LatentOptions

    def __init__(self, options: LatentOptions, *, model: FrozenModel) -> None:
        super().__init__(options)
        self.model = model
        self.entry = entry_of(model, options.entry, model.made, "entry", "makes")
        self.given = entry_of(model, options.given, model.given, "given", "is given")
        self.inner = model.modality(self.entry)
        if model.modality(self.given).kind != self.inner.kind:
            raise BadValue(
                f"{model.name} is no autoencoder: it is given {model.modality(self.given).kind} "
                f"and makes {self.inner.kind}"
            )
        self.dim = model.condition_dim
        if options.mean and len(options.mean) != self.dim:
            raise BadValue(
                f"latents of {model.name} have {self.dim} numbers, not {len(options.mean)}"
            )
        _refuse_undecodable(model, self.entry, self.dim)
        self.endings = self.inner.endings  # type: ignore[misc]  # those of the decoded values
        self.formats = self.inner.formats  # type: ignore[misc]
        self.saves_pictures = self.inner.saves_pictures  # type: ignore[misc]
        self._moments: dict[torch.device, tuple[Tensor, Tensor]] = {}

    @property
    def space(self) -> SampleSpace:
        """Samples (dim,), from -reach to reach."""
        return SampleSpace("vector", (self.dim,), -self.options.reach, self.options.reach)

    @property
    def shown(self) -> Modality:
        """The modality of the decoded values."""
        return self.inner.shown

    def fit(self, values: Sequence[object]) -> dict[str, object]:
        """The mean and the standard deviation of each number, rounded to three digits."""
        rows = []
        for value in values:
            try:
                rows.append(self.prepare([value]))
            except BadValue:
                continue
        if len(rows) < 2:
            return {}
        latents = torch.cat(rows).double()
        std = latents.std(0)
        # Dividing by nearly nothing would make noise of a number that says nothing.
        std = torch.where(std > _CONSTANT * std.max(), std, 1.0)
        return {"mean": _rounded(latents.mean(0)), "std": _rounded(std)}

    def decode(self, value: object) -> object:
        """As the kind of data that is encoded."""
        return self.inner.decode(value)

    def prepare(self, values: Sequence[object]) -> Tensor:
        """Latents (B, dim), encoded once by the frozen autoencoder and not yet standardised."""
        if any(value is None for value in values):
            raise BadValue("the value is missing")
        return self.model.encode(self.given, values)

    def to_sample(self, prepared: Tensor) -> Tensor:
        """Standardise latents."""
        mean, std = self._mean_and_std(prepared.device)
        return ((prepared - mean) / std).clamp(-self.options.reach, self.options.reach)

    @torch.no_grad()
    def present(self, sample: Tensor) -> list[object]:
        """Decode latents by the frozen generator, on the device that they are on."""
        values: list[object] = []
        for rows in sample.detach().float().split(CHUNK):
            values += self.inner.present(self._decoded(rows))
        return values

    def showing(self) -> Showing:
        """How the decoded values are shown, after the frozen generator.

        Raises:
            NotPortable: as the kind of data that is encoded.
        """
        showing = self.inner.showing()
        return replace(showing, network=_Decoded(self, showing))

    def render(self, value: object) -> Image:
        """As the kind of data that is encoded."""
        return self.inner.render(value)

    def save(self, value: object, stem: Path) -> Path:
        """As the kind of data that is encoded."""
        return self.inner.save(value, stem)

    def save_as(self, value: object, stem: Path, ending: str) -> Path:
        """As the kind of data that is encoded."""
        return self.inner.save_as(value, stem, ending)

    def joined(self, values: Sequence[object]) -> object | None:
        """As the kind of data that is encoded."""
        return self.inner.joined(values)

    def _decoded(self, sample: Tensor) -> Tensor:
        """Samples of the autoencoder of latents (B, dim)."""
        mean, std = self._mean_and_std(sample.device)
        reach, space = self.options.reach, self.inner.space
        made = self.model.decode(self.entry, mean + std * sample.clamp(-reach, reach))
        return made.clamp(space.low, space.high)

    def _mean_and_std(self, device: torch.device) -> tuple[Tensor, Tensor]:
        if device not in self._moments:
            mean = self.options.mean or (0.0,) * self.dim
            std = self.options.std or (1.0,) * self.dim
            self._moments[device] = (
                torch.tensor(mean, device=device),
                torch.tensor(std, device=device),
            )
        return self._moments[device]


class _Decoded(nn.Module):
    """What is shown of latents; it has the frozen weights, so that a graph has them too."""

    def __init__(self, latent: Latent, showing: Showing) -> None:
        super().__init__()
        self.networks, self.shows = latent.model.network, showing.network
        self._decode = latent._decoded
        # Tensors that are first made while a graph is traced have no numbers.
        latent._mean_and_std(torch.device("cpu"))

    def forward(self, sample: Tensor) -> Tensor:
        return self.shows(self._decode(sample))


def _refuse_undecodable(model: FrozenModel, entry: str, dim: int) -> None:
    """Refuse a model whose generator needs more than a pooled condition: a latent is no more."""
    if not dim:
        raise BadValue(f"{model.name} is no autoencoder: nothing can be given to it")
    try:
        with torch.no_grad():
            model.decode(entry, torch.zeros(1, dim))
    except Exception as error:
        raise BadValue(
            f"the generator of {entry} in {model.name} cannot make a sample from a pooled "
            f"condition alone: {str(error)[:200]}"
        ) from error


def _rounded(numbers: Tensor) -> tuple[float, ...]:
    # Another number of threads changes the last digits, and resuming compares all of them.
    return tuple(float(f"{x:.3g}") if math.isfinite(x) else 0.0 for x in numbers.tolist())
