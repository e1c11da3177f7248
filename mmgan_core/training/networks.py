"""All networks of a training, and which of them learn in which phase."""

from __future__ import annotations

from itertools import chain

import torch
from torch import nn

from mmgan_core.assembly.blueprint import Blueprint
from mmgan_core.assembly.gan import GAN
from mmgan_core.foundation.memory_layout import channels_last
from mmgan_core.training.augmenting import Augmenting
from mmgan_core.training.learning import learning_of


class Networks(nn.Module):
    """The GAN and everything else whose state a checkpoint must keep."""

    def __init__(self, blueprint: Blueprint) -> None:
        super().__init__()
        self.gan: GAN = blueprint.build()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(blueprint.recipe.seed + 1)
            self.align, encoders = blueprint.alignment(self.gan)
        self.align_encoders = nn.ModuleDict(encoders)
        self.augmentations = nn.ModuleDict(
            {
                name: Augmenting(
                    blueprint.augmentations(name),
                    part.augment,
                    _compares(blueprint, name),
                )
                for name, part in blueprint.make.items()
            }
        )
        self.data_augmentations = nn.ModuleDict(
            {
                name: Augmenting(
                    blueprint.data_augmentations(name), part.data_augment, relative=False
                )
                for name, part in blueprint.make.items()
                if part.data_augment
            }
        )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(blueprint.recipe.seed + 2)
            losses = blueprint.auxiliary_losses()
        self.auxiliary_losses = nn.ModuleDict(
            {name: nn.ModuleList(found) for name, found in losses.items()}
        )
        channels_last(self)
        self._learning = tuple(learning_of(self))
        self._encoders_with_generator = blueprint.recipe.encoders_with_generator

    def discriminator_side(self) -> list[nn.Parameter]:
        """What the discriminator phase trains: also encoders, fusion and alignment as a rule."""
        others = self._of_generator_side()
        return [p for p in self._learners() if id(p) not in others]

    def generator_side(self) -> list[nn.Parameter]:
        """What the generator phase trains: also what infers noise, and losses' own weights."""
        own = self._of_generator_side()
        return [p for p in self._learners() if id(p) in own]

    def _of_generator_side(self) -> set[int]:
        parts: list[nn.Module | None] = [
            self.gan.generators,
            self.gan.inferences,
            self.auxiliary_losses,
        ]
        if self._encoders_with_generator:
            parts += [self.gan.encoders, self.gan.fusion, self.align, self.align_encoders]
        return {id(p) for p in chain.from_iterable(m.parameters() for m in parts if m is not None)}

    def _learners(self) -> list[nn.Parameter]:
        weights = dict(self.named_parameters())
        return [weights[name] for name in self._learning]


def _compares(blueprint: Blueprint, name: str) -> bool:
    """Whether the loss of an entry's first discriminator compares real samples with made ones."""
    chosen = blueprint.make[name].discriminators(name)
    return bool(chosen) and bool(chosen[0].loss.cls.needs_real_in_generator_phase)
