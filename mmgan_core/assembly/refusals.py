"""What a blueprint refuses once its networks are built: combinations that could not learn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from mmgan_core.contracts import Discriminator, Generator, Masked
from mmgan_core.errors import RecipeError
from mmgan_core.recipe.schedule import ends
from mmgan_core.recipe.schema import Make, Recipe

if TYPE_CHECKING:
    from mmgan_core.assembly.parts import DiscriminatorPart, MakePart


def refuse_other_noise(recipe: Recipe, generators: Mapping[str, Generator]) -> None:
    """Refuse entries that share noise of which their generators want different sizes."""
    for name, make in recipe.make.items():
        if make.noise is None:
            continue
        own, shared = (generators[n].noise_dim for n in (name, make.noise))
        if own != shared:
            raise RecipeError(
                f"make.{name}.noise: the generator of {name} takes noise of {own} numbers, and "
                f"that of {make.noise} of {shared}",
                hint="make them equal, often with noise_dim",
            )


def refuse_mixed_gradients(chosen: DiscriminatorPart, discriminator: nn.Module) -> None:
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


def refuse_unread(
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


def refuse_unseen(recipe: Recipe, name: str, told_apart: Sequence[str], part: MakePart) -> None:
    """Refuse wrong conditions that look like the right ones to a discriminator.

    Args:
        told_apart: the given entries of which all discriminators of the made entry ``name`` can
            see wrong values.
    """
    if any(ends(recipe.make[name].matching_aware)) and not told_apart:
        raise RecipeError(
            f"make.{name}.matching_aware: no given entry is read by "
            f"{' and '.join(one.part.spec.id for one in part.discriminators(name))}, so that a "
            "wrong value cannot be told from the right one",
            hint="let the discriminator read what is given, such as maps by follow: true, or "
            "leave matching_aware out",
        )
