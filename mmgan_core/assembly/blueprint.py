"""Every part of a GAN chosen and checked, ready to be built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from mmgan_core.assembly.gan import GAN
from mmgan_core.component import placed
from mmgan_core.contracts import (
    Alignment,
    Augmentation,
    AuxiliaryLoss,
    Change,
    Condition,
    ConditionSpace,
    Discriminator,
    Encoder,
    Loss,
    Masked,
    Modality,
    Penalty,
)
from mmgan_core.errors import RecipeError
from mmgan_core.options import Options
from mmgan_core.recipe.schedule import Number, ends
from mmgan_core.recipe.schema import Adaptive, Make, Recipe
from mmgan_core.spec import Spec


@dataclass(frozen=True)
class Part:
    """A chosen component: its spec, class and checked options."""

    spec: Spec
    cls: Any
    options: Options
    where: str

    def build(self, *args: Any) -> Any:
        """Make it; a size it cannot work with becomes an error that names its place."""
        with placed(self.where):
            return self.cls(self.options, *args)

    def plain(self) -> dict[str, Any]:
        """``use`` and every option, for ``resolved.yaml``."""
        return {"use": self.spec.id, **self.options.model_dump(mode="json")}


@dataclass(frozen=True)
class GivenPart:
    """One given entry, chosen and checked."""

    column: str
    modality: Part
    encoder: Part


@dataclass(frozen=True)
class WeightedPart:
    """A penalty or an auxiliary loss with how it is applied."""

    part: Part
    weight: Number
    every: int


@dataclass(frozen=True)
class AugmentPart:
    """An augmentation with how it is applied."""

    part: Part
    probability: Number
    adaptive: Adaptive | None = None
    condition_discriminator: bool = False


@dataclass(frozen=True)
class MakePart:
    """One made entry, chosen and checked."""

    column: str
    modality: Part
    generator: Part
    discriminator: Part
    loss: Part
    penalties: tuple[WeightedPart, ...]
    auxiliary_losses: tuple[WeightedPart, ...]
    augment: tuple[AugmentPart, ...]
    data_augment: tuple[AugmentPart, ...]


@dataclass(frozen=True)
class Blueprint:
    """Every part chosen, every option checked, nothing built."""

    recipe: Recipe
    given: Mapping[str, GivenPart]
    make: Mapping[str, MakePart]
    fusion: Part | None
    align: Part | None
    modalities: Mapping[str, Modality] = field(repr=False)

    def build(self, *, discriminators: bool = True) -> GAN:
        """Build the GAN, its weights drawn from the recipe's seed.

        Args:
            discriminators: False for what only makes samples.
        """
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.recipe.seed)
            return self._build(discriminators)

    def alignment(self, gan: GAN) -> Alignment | None:
        """The alignment term for a GAN built from this."""
        return self.align.build(gan.dims) if self.align else None

    def losses(self) -> dict[str, Loss]:
        """The adversarial loss of each made entry."""
        return {name: part.loss.build() for name, part in self.make.items()}

    def penalties(self) -> dict[str, list[tuple[Penalty, WeightedPart]]]:
        """The penalties of each made entry."""
        return {
            name: [(chosen.part.build(), chosen) for chosen in part.penalties]
            for name, part in self.make.items()
        }

    def auxiliary_losses(self) -> dict[str, list[AuxiliaryLoss]]:
        """The auxiliary losses of each made entry, in order."""
        return {
            name: [
                chosen.part.build(self.modalities[name].space) for chosen in part.auxiliary_losses
            ]
            for name, part in self.make.items()
        }

    def augmentations(self, name: str) -> list[Augmentation]:
        """The augmentations of a made entry, in order."""
        space = self.modalities[name].space
        return [chosen.part.build(space) for chosen in self.make[name].augment]

    def data_augmentations(self, name: str) -> list[Augmentation]:
        """What varies the real samples of a made entry, in order.

        Raises:
            RecipeError: if one mixes rows, for what is given would not be mixed with them.
        """
        space, found = self.modalities[name].space, []
        for chosen in self.make[name].data_augment:
            built = chosen.part.build(space)
            with torch.random.fork_rng(devices=[]):
                change = built.sample(torch.zeros(2, *space.shape))
            if isinstance(change, Change) and change.rows is not None:
                raise RecipeError(
                    f"{chosen.part.where}: {chosen.part.spec.id} mixes samples, and what is given "
                    "is not mixed with them",
                    hint="put it into augment, which mixes both",
                )
            found.append(built)
        return found

    def _build(self, with_discriminators: bool) -> GAN:
        encoders: dict[str, Encoder] = {
            name: part.encoder.build(self.modalities[name]) for name, part in self.given.items()
        }
        dims = {name: encoder.dim for name, encoder in encoders.items()}
        fusion = self.fusion.build(dims) if self.fusion else None
        space = fusion.space if fusion else ConditionSpace(dim=0)
        generators: dict[str, nn.Module] = {}
        discriminators: dict[str, nn.Module] = {}
        for name, part in self.make.items():
            modality, made = self.modalities[name], self.recipe.make[name]
            seen = replace(space, mask_shape=modality.mask_shape) if made.repair else space
            generators[name] = part.generator.build(modality.space, seen)
            if with_discriminators:
                seen = replace(seen, dim=seen.dim + self._num_augmentation_parameters(name))
                discriminator = part.discriminator.build(modality.space, seen)
                discriminators[name] = discriminator
                _refuse_mixed_slopes(part, discriminator)
                if self.given:
                    _refuse_unread(part, discriminator, made)
        return GAN(self.modalities, encoders, fusion, generators, discriminators)

    def _num_augmentation_parameters(self, name: str) -> int:
        """How many augmentation parameters its discriminator is conditioned on."""
        total = 0
        for chosen, built in zip(self.make[name].augment, self.augmentations(name), strict=True):
            if chosen.condition_discriminator and not built.num_augmentation_parameters:
                raise RecipeError(
                    f"{chosen.part.where}: {chosen.part.spec.id} says nothing of what it changed",
                    hint="leave out condition_discriminator: true",
                )
            total += built.num_augmentation_parameters if chosen.condition_discriminator else 0
        return total

    def resolved(self) -> dict[str, Any]:
        """The recipe with every default filled in, also those read off the data."""
        plain = self.recipe.plain()
        for name, given in self.given.items():
            plain["given"][name].update(
                modality=given.modality.plain(), column=given.column, encoder=given.encoder.plain()
            )
        for name, make in self.make.items():
            entry = plain["make"][name]
            entry.update(
                modality=make.modality.plain(),
                column=make.column,
                generator=make.generator.plain(),
                discriminator=make.discriminator.plain(),
                loss=make.loss.plain(),
            )
            for key in ("penalties", "auxiliary_losses", "augment", "data_augment"):
                for row, chosen in zip(entry[key], getattr(make, key), strict=True):
                    row.update(chosen.part.plain())
            for row in entry["augment"]:
                if row["adaptive"]:
                    del row["probability"]
        if self.fusion:
            plain["fusion"] = self.fusion.plain()
        if self.align:
            plain["align"].update(self.align.plain())
        return plain


def _refuse_mixed_slopes(part: MakePart, discriminator: nn.Module) -> None:
    if not any(isinstance(module, _BatchNorm) for module in discriminator.modules()):
        return
    for penalty in part.penalties:
        if penalty.part.cls.differentiates_twice:
            raise RecipeError(
                f"{penalty.part.where}: {penalty.part.spec.id} takes each sample's own slope, and "
                f"{part.discriminator.spec.id} normalises over the batch, which mixes them",
                hint="turn that off, often with normalise: false (mmgan-zoo show "
                f"{part.discriminator.spec.id}), or leave the penalty out",
            )


def _refuse_unread(part: MakePart, discriminator: Discriminator, made: Make) -> None:
    """A discriminator that reads the condition must be trained to, or what is given is ignored."""
    reads, wanted = _reads(discriminator), any(ends(made.auxiliary_classifier))
    where = part.discriminator.where
    if reads and not wanted:
        raise RecipeError(
            f"{where}: {part.discriminator.spec.id} would discriminate samples without their condition, "
            "and nothing trains it to read one",
            hint=f"{where.removesuffix('.discriminator')}.auxiliary_classifier: 1.0, or another conditioning",
        )
    if wanted and not reads:
        raise RecipeError(
            f"{where.removesuffix('.discriminator')}.auxiliary_classifier: {part.discriminator.spec.id} reads "
            "no condition off a sample",
            hint="those of the image plugin do with conditioning: auxiliary",
        )


@torch.no_grad()
def _reads(discriminator: Discriminator) -> bool:
    space, training = discriminator.space, discriminator.training
    sample = torch.zeros(2, *space.shape)
    shape = discriminator.condition.mask_shape
    masked = Masked.nothing(space, shape, sample) if shape else None
    condition = Condition(torch.zeros(2, discriminator.condition.dim), masked=masked)
    critique = discriminator.eval()(sample, condition)
    discriminator.train(training)
    return critique.reading is not None
