"""The blueprint of a GAN: every component is chosen and checked, and nothing is built yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import nn

from mmgan_core.assembly.condition_parts import (
    joined_parts,
    offered_space,
    read_parts,
    refuse_unread_entries,
    seen_by_all,
)
from mmgan_core.assembly.gan import GAN
from mmgan_core.assembly.known_places import refuse_other_places, refuse_padding_that_teaches
from mmgan_core.assembly.moved_maps import refuse_moved_jointly, refuse_unmoved, sampled_change
from mmgan_core.assembly.named_entries import check_auxiliary_losses
from mmgan_core.assembly.noise_inference import NoiseInference
from mmgan_core.assembly.parts import (
    DiscriminatorPart,
    GivenPart,
    JointPart,
    MakePart,
    Part,
)
from mmgan_core.assembly.refusals import (
    refuse_mixed_gradients,
    refuse_other_noise,
    refuse_unread,
    refuse_unseen,
)
from mmgan_core.assembly.resolved import resolved_recipe
from mmgan_core.assembly.scheduled import Clock
from mmgan_core.assembly.vectors import refuse_no_vector, refuse_no_vectors
from mmgan_core.assembly.window import Window
from mmgan_core.assembly.windows import (
    found_windows,
    refuse_joint_maps,
    refuse_one_size,
    refuse_uncut_maps,
    window_shape,
)
from mmgan_core.contracts import (
    Alignment,
    Augmentation,
    AuxiliaryLoss,
    ConditionSpace,
    Discriminator,
    Encoder,
    EncodingSpace,
    FrozenModel,
    Fusion,
    Generator,
    JointDiscriminator,
    Modality,
    SampleSpace,
)
from mmgan_core.errors import RecipeError
from mmgan_core.foundation.plain import Plain
from mmgan_core.recipe.schema import Recipe


@dataclass(frozen=True)
class Blueprint:
    """Every part of a GAN, chosen and checked; its methods build them.

    Attributes:
        clock: the time that scheduled options follow; it runs once training has begun.
        optimizer: how weights move; None of a trained model whose optimiser is not installed.
    """

    recipe: Recipe
    given: Mapping[str, GivenPart]
    make: Mapping[str, MakePart]
    fusion: Part | None
    align: Part | None
    modalities: Mapping[str, Modality] = field(repr=False)
    clock: Clock = field(default_factory=Clock, repr=False)
    joint: Mapping[str, JointPart] = field(default_factory=dict)
    align_made: Mapping[str, Part] = field(default_factory=dict)
    optimizer: Part | None = None

    def build(self, *, discriminators: bool = True) -> GAN:
        """Build the GAN; the recipe's seed decides its initial weights.

        Args:
            discriminators: whether to build discriminators, which only training needs.
        """
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.recipe.seed)
            return self._build(discriminators)

    def alignment(self, gan: GAN) -> tuple[Alignment | None, dict[str, Encoder]]:
        """Build the alignment for a GAN of this blueprint, and the encoders of made entries.

        Raises:
            RecipeError: if one of these encoders makes no vector.
        """
        if not self.align:
            return None, {}
        encoders = {n: part.build(self.modalities[n]) for n, part in self.align_made.items()}
        for name, part in self.align_made.items():
            refuse_no_vector(part, encoders[name], "could be aligned")
        dims = {name: gan.dims[name] for name in self.recipe.aligned() if name in gan.dims}
        dims |= {name: encoder.dim for name, encoder in encoders.items()}
        return self.align.build(dims), encoders

    def auxiliary_losses(self) -> dict[str, list[AuxiliaryLoss]]:
        """Build the auxiliary losses of each made entry, in the recipe's order."""
        return {
            name: [chosen.part.build(self.trained_space(name)) for chosen in part.auxiliary_losses]
            for name, part in self.make.items()
        }

    def augmentations(self, name: str) -> list[Augmentation]:
        """Build the augmentations of a made entry, in the recipe's order."""
        space = self.trained_space(name)
        return [chosen.part.build(space) for chosen in self.make[name].augment]

    def trained_space(self, name: str) -> SampleSpace:
        """The space of the samples that networks of a made entry see: of its window, if any."""
        said, modality = self.recipe.make[name].window, self.modalities[name]
        if said is None:
            return modality.space
        return replace(modality.space, shape=window_shape(modality, said, f"make.{name}.window"))

    def windows(self, spaces: Mapping[str, EncodingSpace]) -> dict[str, Window]:
        """The windows of made entries; ``spaces``: what the encoder of each given entry makes."""
        return found_windows(self, spaces)

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
        refuse_no_vectors(self.recipe, spaces)
        for name, make in self.recipe.make.items():
            if make.places:
                refuse_other_places(name, make.places, self.modalities)
                if with_discriminators:
                    with self.clock.running(0):
                        augment, data_augment = (
                            self.augmentations(name),
                            self.data_augmentations(name),
                        )
                    refuse_padding_that_teaches(name, self.make[name], augment, data_augment)
        fusion: Fusion | None = self.fusion.build(spaces) if self.fusion else None
        refuse_uncut_maps(self, encoders, fusion)
        space, windows = offered_space(fusion, spaces), self.windows(spaces)
        generators: dict[str, Generator] = {}
        discriminators: dict[str, Discriminator | JointDiscriminator] = {}
        for name, part in self.make.items():
            condition = self._condition_space(name, space, windows.get(name))
            generators[name] = part.generator.build(self.trained_space(name), condition)
            if with_discriminators:
                discriminators |= self._discriminators(name, condition, generators[name])
        refuse_other_noise(self.recipe, generators)
        refuse_one_size(self, encoders, generators)
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
        if with_discriminators:
            for name, part in self.make.items():
                told = self.told_apart(name, spaces, discriminators)
                refuse_unseen(self.recipe, name, told, part)
            check_auxiliary_losses(self, generators, encoders, windows)
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
            places_of={name: make.places for name, make in self.recipe.make.items() if make.places},
        )

    def _condition_space(
        self, name: str, space: ConditionSpace, window: Window | None
    ) -> ConditionSpace:
        if window and space.map_shape:
            space = replace(space, map_shape=window.map_shape(space.map_shape))
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
        space, built = self.trained_space(name), {}
        for chosen in part.discriminators(name):
            discriminator = chosen.part.build(space, replace(condition, dim=dim))
            built[chosen.name] = discriminator
            refuse_mixed_gradients(chosen, discriminator)
            self._refuse_mixed_rows(name, chosen, discriminator)
        if self.recipe.given_of(name) or part.inference:
            with self.clock.running(0):
                refuse_unread(name, part, built, entry)
        return built

    def told_apart(
        self,
        name: str,
        spaces: Mapping[str, EncodingSpace],
        discriminators: Mapping[str, Any] | nn.ModuleDict,
    ) -> tuple[str, ...]:
        """The given entries of which all discriminators of a made entry can see wrong values."""
        own: list[Any] = [discriminators[one.name] for one in self.make[name].discriminators(name)]
        return seen_by_all(self.recipe.given_of(name), spaces, own)

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
            spaces = {entry: self.trained_space(entry) for entry in joint.of}
            built[name] = joint.discriminator.part.build(spaces, space)
            refuse_mixed_gradients(joint.discriminator, built[name])
            refuse_joint_maps(self, name, built[name])
            refuse_moved_jointly(self, name, built[name])
        return built

    def _inference(self, part: Part, name: str, generator: Generator) -> NoiseInference:
        encoder: Encoder = part.build(self.modalities[name])
        refuse_no_vector(part, encoder, "noise could be made from")
        return NoiseInference(encoder, generator.noise_dim)

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

    def files(self) -> dict[str, bytes]:
        """The contents of the files of all components, by their place in the recipe."""
        parts = [part for given in self.given.values() for part in (given.modality, given.encoder)]
        for make in self.make.values():
            parts += [make.modality, make.generator, *filter(None, [make.inference])]
            parts += [chosen.part for chosen in make.auxiliary_losses]
        parts += self.align_made.values()
        return {f"{p.where}.{name}": content for p in parts for name, content in p.files.items()}

    def resolved(self) -> Plain:
        """The recipe with every default filled in, also those that were inferred from the data."""
        return resolved_recipe(self)
