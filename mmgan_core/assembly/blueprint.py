"""The blueprint of a GAN: every component is chosen and checked, and nothing is built yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from mmgan_core.assembly.condition_parts import (
    joined_parts,
    offered_space,
    read_parts,
    refuse_unread_entries,
)
from mmgan_core.assembly.gan import GAN
from mmgan_core.assembly.scheduled import Clock
from mmgan_core.component import placed
from mmgan_core.contracts import (
    Alignment,
    Augmentation,
    AuxiliaryLoss,
    Change,
    ConditionSpace,
    Discriminator,
    Encoder,
    Fusion,
    Generator,
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
    """A chosen component.

    Attributes:
        spec: its entry in the catalogue.
        cls: its class.
        options: its checked options.
        where: its place in the recipe, for messages.
        clock: the clock that its scheduled options follow, and that it may listen to.
    """

    spec: Spec
    cls: Any
    options: Options
    where: str
    clock: Clock | None = field(default=None, repr=False, compare=False)

    def build(self, *args: object) -> Any:
        """Build the component; an error says where in the recipe it stands."""
        with placed(self.where):
            built = self.cls(self.options, *args)
        if self.clock:
            self.clock.listen(built)
        return built

    def plain(self) -> dict[str, object]:
        """``use`` and all options as plain data, for ``resolved.yaml``."""
        return {"use": self.spec.id, **self.options.model_dump(mode="json")}


@dataclass(frozen=True)
class GivenPart:
    """The parts of one given entry."""

    column: str
    modality: Part
    encoder: Part


@dataclass(frozen=True)
class WeightedPart:
    """A penalty or an auxiliary loss, with its weight; it is applied in every ``every``-th step."""

    part: Part
    weight: Number
    every: int


@dataclass(frozen=True)
class AugmentPart:
    """An augmentation, with its probability and whether the discriminator is conditioned on it."""

    part: Part
    probability: Number
    adaptive: Adaptive | None = None
    condition_discriminator: bool = False


@dataclass(frozen=True)
class MakePart:
    """The parts of one made entry."""

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
    """Every part of a GAN, chosen and checked; its methods build them.

    Attributes:
        clock: the time that scheduled options follow; it runs once training has begun.
    """

    recipe: Recipe
    given: Mapping[str, GivenPart]
    make: Mapping[str, MakePart]
    fusion: Part | None
    align: Part | None
    modalities: Mapping[str, Modality] = field(repr=False)
    clock: Clock = field(default_factory=Clock, repr=False)

    def build(self, *, discriminators: bool = True) -> GAN:
        """Build the GAN; the recipe's seed decides its initial weights.

        Args:
            discriminators: whether to build discriminators, which only training needs.
        """
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.recipe.seed)
            return self._build(discriminators)

    def alignment(self, gan: GAN) -> Alignment | None:
        """Build the alignment for a GAN that was built from this blueprint."""
        return self.align.build(gan.dims) if self.align else None

    def losses(self) -> dict[str, Loss]:
        """Build the adversarial loss of each made entry."""
        return {name: part.loss.build() for name, part in self.make.items()}

    def penalties(self) -> dict[str, list[tuple[Penalty, WeightedPart]]]:
        """Build the penalties of each made entry."""
        return {
            name: [(chosen.part.build(), chosen) for chosen in part.penalties]
            for name, part in self.make.items()
        }

    def auxiliary_losses(self) -> dict[str, list[AuxiliaryLoss]]:
        """Build the auxiliary losses of each made entry, in the recipe's order."""
        return {
            name: [
                chosen.part.build(self.modalities[name].space) for chosen in part.auxiliary_losses
            ]
            for name, part in self.make.items()
        }

    def augmentations(self, name: str) -> list[Augmentation]:
        """Build the augmentations of a made entry, in the recipe's order."""
        space = self.modalities[name].space
        return [chosen.part.build(space) for chosen in self.make[name].augment]

    def data_augmentations(self, name: str) -> list[Augmentation]:
        """Build the data augmentations of a made entry, in the recipe's order.

        Raises:
            RecipeError: if one mixes rows: the given values would not be mixed with them.
        """
        space, found = self.modalities[name].space, []
        for chosen in self.make[name].data_augment:
            built = chosen.part.build(space)
            if self._mixes_rows(built):
                raise RecipeError(
                    f"{chosen.part.where}: {chosen.part.spec.id} mixes samples, but the "
                    "given values are not mixed with them",
                    hint="move it to augment, which mixes both",
                )
            found.append(built)
        return found

    def _build(self, with_discriminators: bool) -> GAN:
        encoders: dict[str, Encoder] = {
            name: part.encoder.build(self.modalities[name]) for name, part in self.given.items()
        }
        spaces = {name: encoder.space for name, encoder in encoders.items()}
        fusion: Fusion | None = self.fusion.build(spaces) if self.fusion else None
        space = offered_space(fusion, spaces)
        generators: dict[str, Generator] = {}
        discriminators: dict[str, Discriminator] = {}
        for name, part in self.make.items():
            modality, entry = self.modalities[name], self.recipe.make[name]
            condition = replace(space, mask_shape=modality.mask_shape) if entry.repair else space
            generators[name] = part.generator.build(modality.space, condition)
            if with_discriminators:
                discriminators[name] = self._discriminator(name, condition)
        ids = {name: part.encoder.spec.id for name, part in self.given.items()}
        refuse_unread_entries(spaces, ids, generators)
        read = read_parts([*generators.values(), *discriminators.values()])
        tokens, maps = joined_parts(fusion, spaces, read)
        return GAN(self.modalities, encoders, fusion, generators, discriminators, tokens, maps)

    def _discriminator(self, name: str, condition: ConditionSpace) -> Discriminator:
        part, modality = self.make[name], self.modalities[name]
        dim = condition.dim + self._num_augmentation_parameters(name)
        discriminator: Discriminator = part.discriminator.build(
            modality.space, replace(condition, dim=dim)
        )
        _refuse_mixed_gradients(part, discriminator)
        self._refuse_mixed_rows(name, discriminator)
        if self.given:
            with self.clock.running(0):
                _refuse_unread(part, discriminator, self.recipe.make[name])
        return discriminator

    def _refuse_mixed_rows(self, name: str, discriminator: Discriminator) -> None:
        """Refuse augmentations that mix rows if D reads more of a condition than its vectors."""
        read = discriminator.reads - {"pooled"}
        if not read or not self.given:
            return
        for chosen, built in zip(self.make[name].augment, self.augmentations(name), strict=True):
            if self._mixes_rows(built):
                raise RecipeError(
                    f"{chosen.part.where}: {chosen.part.spec.id} mixes samples, but the "
                    f"{' and '.join(sorted(read))} that {self.make[name].discriminator.spec.id} "
                    "reads cannot be mixed with them",
                    hint="leave it out, or choose a discriminator that reads vectors alone",
                )

    def _mixes_rows(self, augmentation: Augmentation) -> bool:
        with torch.random.fork_rng(devices=[]), self.clock.running(0):
            change = augmentation.sample(torch.zeros(2, *augmentation.space.shape))
        return isinstance(change, Change) and change.rows is not None

    def _num_augmentation_parameters(self, name: str) -> int:
        """The number of augmentation parameters that the discriminator is conditioned on."""
        total = 0
        for chosen, built in zip(self.make[name].augment, self.augmentations(name), strict=True):
            if chosen.condition_discriminator and not built.num_augmentation_parameters:
                raise RecipeError(
                    f"{chosen.part.where}: {chosen.part.spec.id} has no augmentation parameters",
                    hint="leave out condition_discriminator: true",
                )
            total += built.num_augmentation_parameters if chosen.condition_discriminator else 0
        return total

    def resolved(self) -> dict[str, object]:
        """The recipe with every default filled in, also those that were inferred from the data."""
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


def _refuse_mixed_gradients(part: MakePart, discriminator: nn.Module) -> None:
    """Refuse exact penalties on a discriminator that normalises over the batch."""
    if not any(isinstance(module, _BatchNorm) for module in discriminator.modules()):
        return
    for penalty in part.penalties:
        if penalty.part.cls.differentiates_twice:
            raise RecipeError(
                f"{penalty.part.where}: {penalty.part.spec.id} takes the gradient of each sample, "
                f"but {part.discriminator.spec.id} normalises over the batch, which mixes samples",
                hint="turn normalisation off, often with normalise: false (mmgan-zoo show "
                f"{part.discriminator.spec.id}), or leave the penalty out",
            )


def _refuse_unread(part: MakePart, discriminator: Discriminator, entry: Make) -> None:
    """Refuse a discriminator whose auxiliary classifier is not trained, and a missing classifier.

    A discriminator with an auxiliary classifier sees no condition: untrained, it would ignore what
    is given.
    """
    has_classifier = _has_auxiliary_classifier(discriminator)
    trained = any(ends(entry.auxiliary_classifier))
    where, component = part.discriminator.where, part.discriminator.spec.id
    key = f"{where.removesuffix('.discriminator')}.auxiliary_classifier"
    if has_classifier and not trained:
        raise RecipeError(
            f"{where}: {component} would discriminate samples without their condition, and nothing "
            "trains its auxiliary classifier",
            hint=f"{key}: 1.0, or another conditioning",
        )
    if trained and not has_classifier:
        raise RecipeError(
            f"{key}: {component} has no auxiliary classifier",
            hint="discriminators of the image plugin have one with conditioning: auxiliary",
        )


@torch.no_grad()
def _has_auxiliary_classifier(discriminator: Discriminator) -> bool:
    space, offered, training = discriminator.space, discriminator.condition, discriminator.training
    sample = torch.zeros(2, *space.shape)
    masked = Masked.nothing(space, offered.mask_shape, sample) if offered.mask_shape else None
    condition = replace(offered.zeros(2), masked=masked)
    critique = discriminator.eval()(sample, condition)
    discriminator.train(training)
    return critique.reading is not None
