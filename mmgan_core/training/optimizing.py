"""The optimisers of both sides: which weights are in which group, and the rates of each step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import nn

from mmgan_core.assembly.blueprint import Blueprint
from mmgan_core.assembly.chosen_optimizer import chosen_optimizer
from mmgan_core.assembly.scheduled import follows_time
from mmgan_core.component import placed
from mmgan_core.contracts import Optimizer
from mmgan_core.errors import RecipeError
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.recipe.learning_places import beginnings
from mmgan_core.recipe.schedule import Number, value_at
from mmgan_core.recipe.training_keys import LearningRates


class Optimizing:
    """Builds the optimisers, and gives them the rates and settings of the present time."""

    def __init__(self, blueprint: Blueprint, networks: nn.Module) -> None:
        self.train, self.clock = blueprint.recipe.train, blueprint.clock
        part = blueprint.optimizer or chosen_optimizer(self.train, catalogue(), self.clock)
        assert part is not None, "it is needed"
        self.where, self.scheduled = part.where, follows_time(part.options)
        self.optimizer: Optimizer = part.build()
        places = _places(blueprint)
        self._place_of = {
            id(weight): next((places[n] for n in beginnings(name) if n in places), "")
            for name, weight in networks.named_parameters()
        }
        # By side, the factor of each group of its optimiser.
        self._factors: dict[str, list[Number]] = {}
        self._idle = set(self.train.rates)

    def build(self, side: str, weights: Sequence[nn.Parameter]) -> torch.optim.Optimizer:
        """Build the optimiser of one side.

        Raises:
            RecipeError: if it cannot move such weights.
        """
        apart = self._apart(weights)
        self._factors[side] = [self.train.rates.get(key, 1.0) for key in apart]
        self._idle -= set(apart)
        rate = self._rate(side, 0)
        groups = [{"params": members, "lr": rate} for members in apart.values()]
        with self.clock.running(0), placed(self.where):
            return self.optimizer.build(groups)

    def refuse_idle_rates(self) -> None:
        """Refuse the rate of a part of which nothing learns, once both optimisers are built."""
        for key in sorted(self._idle):
            raise RecipeError(
                f"train.rates.{key}: nothing that learns has this rate",
                hint="leave it out: its weights are frozen, there are none, or parts of it have "
                "rates of their own",
            )

    def set(self, side: str, optimizer: torch.optim.Optimizer, samples: int) -> None:
        """Set the rates and settings of a step that begins after this many samples."""
        rate = self._rate(side, samples)
        for group, factor in zip(optimizer.param_groups, self._factors[side], strict=True):
            group["lr"] = rate if factor == 1.0 else rate * value_at(factor, samples)
            if self.scheduled:
                group.update(self.optimizer.settings())

    def _rate(self, side: str, samples: int) -> float:
        rate: Number | LearningRates = self.train.learning_rate
        if isinstance(rate, LearningRates):
            rate = rate.generator if side == "generator" else rate.discriminator
        value = value_at(rate, samples)
        if not self.train.warm_up:
            return value
        # The first step moves too: its samples count.
        return value * min(1.0, (samples + self.train.batch_size) / self.train.warm_up)

    def _apart(self, weights: Sequence[nn.Parameter]) -> Mapping[str, list[nn.Parameter]]:
        """The weights by the key of ``train.rates`` that names them most closely, or ""."""
        found: dict[str, list[nn.Parameter]] = {}
        for weight in weights:
            place = self._place_of.get(id(weight), "")
            key = next((one for one in beginnings(place) if one in self.train.rates), "")
            found.setdefault(key, []).append(weight)
        return found


def _places(blueprint: Blueprint) -> dict[str, str]:
    """By what the names of its weights begin with, the place of each part in the recipe."""
    found = {f"gan.encoders.{n}": f"given.{n}.encoder" for n in blueprint.given}
    # What joins tokens and maps is shared by all fusions.
    found |= dict.fromkeys(("gan.fusion", "gan.tokens", "gan.maps"), "fusion")
    found |= {"align": "align"}
    found |= {f"align_encoders.{n}": f"align.made.{n}" for n in blueprint.align_made}
    for name, make in blueprint.make.items():
        where = f"make.{name}"
        found[f"gan.generators.{name}"] = f"{where}.generator"
        found[f"gan.inferences.{name}"] = f"{where}.inference"
        for number, one in enumerate(make.discriminators(name)):
            at = f".{number}" if make.several else ""
            found[f"gan.discriminators.{one.name}"] = f"{where}.discriminator{at}"
        for number in range(len(make.auxiliary_losses)):
            found[f"auxiliary_losses.{name}.{number}"] = f"{where}.auxiliary_losses.{number}"
        for kind, parts in (("augment", make.augment), ("data_augment", make.data_augment)):
            module = "augmentations" if kind == "augment" else "data_augmentations"
            for number in range(len(parts)):
                found[f"{module}.{name}.augmentations.{number}"] = f"{where}.{kind}.{number}"
    for name, joint in blueprint.joint.items():
        found[f"gan.discriminators.{joint.discriminator.name}"] = f"joint.{name}.discriminator"
    return found
