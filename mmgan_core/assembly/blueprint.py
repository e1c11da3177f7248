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
from mmgan_core.assembly.moved_maps import refuse_unmoved, sampled_change
from mmgan_core.assembly.noise_inference import NoiseInference
from mmgan_core.assembly.scheduled import Clock
from mmgan_core.component import placed
from mmgan_core.contracts import (
    Alignment,
    Augmentation,
    AuxiliaryLoss,
    ConditionSpace,
    Discriminator,
    Encoder,
    FrozenModel,
    Fusion,
    Generator,
    JointDiscriminator,
    Masked,
    Modality,
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
        models: the frozen models that its options name, by the name of the option.
    """

    spec: Spec
    cls: Any
    options: Options
    where: str
    clock: Clock | None = field(default=None, repr=False, compare=False)
    models: Mapping[str, FrozenModel] = field(default_factory=dict, repr=False, compare=False)

    def build(self, *args: object) -> Any:
        """Build the component; an error says where in the recipe it stands."""
        with placed(self.where):
            built = self.cls(self.options, *args, **self.models)
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
class DiscriminatorPart:
    """A discriminator with what it is taught by.

    Attributes:
        name: what its weights and metrics are called.
        part: the network.
        loss: its adversarial loss.
        penalties: its penalties.
        weight: its weight in the generator phase.
    """

    name: str
    part: Part
    loss: Part
    penalties: tuple[WeightedPart, ...]
    weight: Number = 1.0


@dataclass(frozen=True)
class JointPart:
    """A discriminator of several made entries, and their names."""

    of: tuple[str, ...]
    discriminator: DiscriminatorPart


@dataclass(frozen=True)
class MakePart:
    """The parts of one made entry; ``several`` holds its discriminators if a recipe lists them."""

    column: str
    modality: Part
    generator: Part
    discriminator: Part | None
    loss: Part | None
    penalties: tuple[WeightedPart, ...]
    auxiliary_losses: tuple[WeightedPart, ...]
    augment: tuple[AugmentPart, ...]
    data_augment: tuple[AugmentPart, ...]
    several: tuple[DiscriminatorPart, ...] = ()
    inference: Part | None = None

    def discriminators(self, name: str) -> tuple[DiscriminatorPart, ...]:
        """All its discriminators; a single one is called as the entry is, ``name``."""
        if self.several or self.discriminator is None or self.loss is None:
            return self.several
        return (DiscriminatorPart(name, self.discriminator, self.loss, self.penalties),)


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
    joint: Mapping[str, JointPart] = field(default_factory=dict)

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
        discriminators: dict[str, Discriminator | JointDiscriminator] = {}
        for name, part in self.make.items():
            modality = self.modalities[name]
            condition = self._condition_space(name, space)
            generators[name] = part.generator.build(modality.space, condition)
            if with_discriminators:
                discriminators |= self._discriminators(name, condition, generators[name])
        self._refuse_other_noise(generators)
        inferences = {
            name: self._inference(part.inference, name, generators[name])
            for name, part in self.make.items()
            if part.inference
        }
        if with_discriminators:
            discriminators |= self._joint_discriminators(space)
        ids = {name: part.encoder.spec.id for name, part in self.given.items()}
        readers = {
            given: [g for name, g in generators.items() if given in self.recipe.given_of(name)]
            for given in self.given
        }
        refuse_unread_entries(spaces, ids, readers)
        if with_discriminators and space.map_channels:
            self._refuse_unmoved(encoders, fusion, generators, discriminators)
        read = read_parts([*generators.values(), *discriminators.values()])
        tokens, maps = joined_parts(fusion, spaces, read)
        return GAN(
            self.modalities,
            encoders,
            fusion,
            generators,
            discriminators,
            inferences,
            self._given_of(),
            {name: make.noise for name, make in self.recipe.make.items() if make.noise},
            tokens=tokens,
            maps=maps,
        )

    def _condition_space(self, name: str, space: ConditionSpace) -> ConditionSpace:
        if self.recipe.make[name].repair:
            return replace(space, mask_shape=self.modalities[name].mask_shape)
        return space

    def _given_of(self) -> dict[str, tuple[str, ...]]:
        """The given entries of made entries that are not conditioned on all."""
        chosen = {name: self.recipe.given_of(name) for name in self.make}
        return {name: of_it for name, of_it in chosen.items() if len(of_it) < len(self.given)}

    def _discriminators(
        self, name: str, condition: ConditionSpace, generator: Generator
    ) -> dict[str, Discriminator]:
        """Build the discriminators of a made entry, by the names of their weights."""
        part, entry = self.make[name], self.recipe.make[name]
        dim = condition.dim + self._num_augmentation_parameters(name)
        if part.inference:
            dim += generator.noise_dim
        space, built = self.modalities[name].space, {}
        for chosen in part.discriminators(name):
            discriminator = chosen.part.build(space, replace(condition, dim=dim))
            built[chosen.name] = discriminator
            _refuse_mixed_gradients(chosen, discriminator)
            self._refuse_mixed_rows(name, chosen, discriminator)
        if self.recipe.given_of(name) or part.inference:
            with self.clock.running(0):
                _refuse_unread(name, part, built, entry)
        return built

    def _refuse_mixed_rows(
        self, name: str, chosen: DiscriminatorPart, discriminator: Discriminator
    ) -> None:
        """Refuse augmentations that mix rows if D reads more of a condition than its vectors."""
        read = discriminator.reads - {"pooled"}
        if not read or not self.recipe.given_of(name):
            return
        for augment, built in zip(self.make[name].augment, self.augmentations(name), strict=True):
            if self._mixes_rows(built):
                raise RecipeError(
                    f"{augment.part.where}: {augment.part.spec.id} mixes samples, but the "
                    f"{' and '.join(sorted(read))} that {chosen.part.spec.id} reads cannot be "
                    "mixed with them",
                    hint="leave it out, or choose a discriminator that reads vectors alone",
                )

    def _refuse_unmoved(
        self,
        encoders: Mapping[str, Encoder],
        fusion: Fusion | None,
        generators: Mapping[str, Generator],
        discriminators: Mapping[str, Discriminator | JointDiscriminator],
    ) -> None:
        """Refuse augmentations that would move samples and not the maps that a network reads."""
        assert fusion is not None
        still = {
            self.given[name].encoder.where: self.given[name].encoder.spec.id
            for name, encoder in encoders.items()
            if encoder.map_channels and not encoder.moves
        }
        if fusion.space.map_channels and self.fusion:
            still = {self.fusion.where: self.fusion.spec.id}
        for name, part in self.make.items():
            seen = read_parts([discriminators[one.name] for one in part.discriminators(name)])
            with self.clock.running(0):
                if "maps" in seen:
                    refuse_unmoved(part.augment, self.augmentations(name), {})
                if "maps" in seen | generators[name].reads:
                    refuse_unmoved(part.data_augment, self.data_augmentations(name), still)

    def _mixes_rows(self, augmentation: Augmentation) -> bool:
        with self.clock.running(0):
            return sampled_change(augmentation).rows is not None

    def _joint_discriminators(self, space: ConditionSpace) -> dict[str, JointDiscriminator]:
        built = {}
        for name, joint in self.joint.items():
            spaces = {entry: self.modalities[entry].space for entry in joint.of}
            built[name] = joint.discriminator.part.build(spaces, space)
            _refuse_mixed_gradients(joint.discriminator, built[name])
        return built

    def _inference(self, part: Part, name: str, generator: Generator) -> NoiseInference:
        encoder: Encoder = part.build(self.modalities[name])
        return NoiseInference(encoder, generator.noise_dim)

    def _refuse_other_noise(self, generators: Mapping[str, Generator]) -> None:
        """Refuse entries that share noise of which their generators want different sizes."""
        for name, make in self.recipe.make.items():
            if make.noise is None:
                continue
            own, shared = (generators[n].noise_dim for n in (name, make.noise))
            if own != shared:
                raise RecipeError(
                    f"make.{name}.noise: the generator of {name} takes noise of {own} numbers, and "
                    f"that of {make.noise} of {shared}",
                    hint="make them equal, often with noise_dim",
                )

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

    def models(self) -> dict[str, FrozenModel]:
        """The frozen models of all components, by their place in the recipe."""
        parts = [part for given in self.given.values() for part in (given.modality, given.encoder)]
        for make in self.make.values():
            parts += [make.modality, *(chosen.part for chosen in make.auxiliary_losses)]
        return {f"{p.where}.{name}": model for p in parts for name, model in p.models.items()}

    def resolved(self) -> dict[str, Any]:
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
                loss=make.loss.plain() if make.loss else None,
                inference=make.inference.plain() if make.inference else None,
            )
            if isinstance(entry["discriminator"], list):
                for row, one in zip(entry["discriminator"], make.several, strict=True):
                    _resolve(row, one)
            elif make.discriminator:
                entry["discriminator"] = make.discriminator.plain()
            for key in ("penalties", "auxiliary_losses", "augment", "data_augment"):
                for row, chosen in zip(entry[key], getattr(make, key), strict=True):
                    row.update(chosen.part.plain())
            for row in entry["augment"]:
                if row["adaptive"]:
                    del row["probability"]
        for name, joint in self.joint.items():
            _resolve(plain["joint"][name], joint.discriminator, joint.discriminator.part.plain())
        if self.fusion:
            plain["fusion"] = self.fusion.plain()
        if self.align:
            plain["align"].update(self.align.plain())
        return plain


def _resolve(
    row: dict[str, Any], chosen: DiscriminatorPart, apart: dict[str, object] | None = None
) -> None:
    """Fill in the defaults of a discriminator, which stands in ``row`` or apart from the rest."""
    row.update(chosen.part.plain() if apart is None else {"discriminator": apart})
    if row["loss"]:
        row["loss"] = chosen.loss.plain()
    for said, penalty in zip(row["penalties"] or (), chosen.penalties, strict=False):
        said.update(penalty.part.plain())


def _refuse_mixed_gradients(chosen: DiscriminatorPart, discriminator: nn.Module) -> None:
    """Refuse exact penalties on a discriminator that normalises over the batch."""
    if not any(isinstance(module, _BatchNorm) for module in discriminator.modules()):
        return
    for penalty in chosen.penalties:
        if penalty.part.cls.differentiates_twice:
            raise RecipeError(
                f"{penalty.part.where}: {penalty.part.spec.id} takes the gradient of each sample, "
                f"but {chosen.part.spec.id} normalises over the batch, which mixes samples",
                hint="turn normalisation off, often with normalise: false (mmgan-zoo show "
                f"{chosen.part.spec.id}), or leave the penalty out",
            )


def _refuse_unread(
    name: str, part: MakePart, built: Mapping[str, Discriminator], entry: Make
) -> None:
    """Refuse discriminators whose auxiliary classifier is not trained, and a missing classifier.

    A discriminator with an auxiliary classifier sees no condition: untrained, it would ignore what
    is given.
    """
    chosen = part.discriminators(name)
    having = [one for one in chosen if _has_auxiliary_classifier(built[one.name])]
    trained = any(ends(entry.auxiliary_classifier))
    key = f"make.{name}.auxiliary_classifier"
    if having and part.inference:
        raise RecipeError(
            f"{having[0].part.where}: {having[0].part.spec.id} would discriminate samples without "
            "the noise beside them",
            hint="choose another conditioning, or leave inference out",
        )
    if having and not trained:
        first = having[0].part
        raise RecipeError(
            f"{first.where}: {first.spec.id} would discriminate samples without their condition, "
            "and nothing trains its auxiliary classifier",
            hint=f"{key}: 1.0, or another conditioning",
        )
    if trained and not having:
        components = " and ".join(one.part.spec.id for one in chosen)
        raise RecipeError(
            f"{key}: {components} has no auxiliary classifier",
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
