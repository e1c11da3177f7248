"""Which augmentations move samples, and whether the maps of what is given can move with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import torch

from mmgan_core.contracts import Augmentation, Change, JointDiscriminator, kept_places
from mmgan_core.errors import RecipeError

if TYPE_CHECKING:
    from mmgan_core.assembly.blueprint import Blueprint
    from mmgan_core.assembly.parts import AugmentPart


def sampled_change(augmentation: Augmentation) -> Change:
    """One change of two rows, to see what the augmentation says of its changes."""
    with torch.random.fork_rng(devices=[]):
        change = augmentation.sample(torch.zeros(2, *augmentation.space.shape))
    return change if isinstance(change, Change) else Change(change)


def refuse_unmoved(
    parts: Sequence[AugmentPart],
    built: Sequence[Augmentation],
    still: Mapping[str, str],
    what: str = "maps",
) -> None:
    """Refuse augmentations with which the maps that a network reads cannot move.

    Args:
        parts: the augmentations of a made entry, as its recipe chooses them.
        built: the same, built.
        still: what makes maps that do not lie exactly along the places of a value, by its place in
            the recipe.
        what: what of the given entries moves with samples: their maps or their places.

    Raises:
        RecipeError: if there is such an augmentation.
    """
    for chosen, augmentation in zip(parts, built, strict=True):
        where, component = chosen.part.where, chosen.part.spec.id
        move = sampled_change(augmentation).move
        if move is None:
            raise RecipeError(
                f"{where}: {component} does not say how it moves the places of a sample, so that "
                f"the {what} of what is given cannot move with it",
                hint="leave it out, or use an augmentation whose changes say so (Change.move)",
            )
        if move is not kept_places and still:
            place, maker = next(iter(still.items()))
            raise RecipeError(
                f"{where}: {component} moves the places of samples, but the maps of {maker} "
                f"({place}) cannot move with them: they do not lie exactly along these places",
                hint=f"choose an encoder whose maps do (Encoder.moves), or leave {component} out",
            )


def first_that_moves(blueprint: Blueprint, name: str) -> AugmentPart | None:
    """The first data augmentation of a made entry that moves places, or does not say whether."""
    with torch.random.fork_rng(devices=[]), blueprint.clock.running(0):
        built = blueprint.data_augmentations(name)
        moving = [sampled_change(one).move is not kept_places for one in built]
    chosen = blueprint.make[name].data_augment
    return next((one for one, moves in zip(chosen, moving, strict=True) if moves), None)


def refuse_moved_jointly(blueprint: Blueprint, name: str, joint: JointDiscriminator) -> None:
    """Refuse a joint discriminator that follows maps while its entries are moved.

    Each entry moves by chances of its own, so that no one map fits all of them.

    Raises:
        RecipeError: names the augmentation, and what to do.
    """
    if "maps" not in joint.reads or not joint.condition.map_channels:
        return
    for entry in blueprint.joint[name].of:
        moving = first_that_moves(blueprint, entry)
        if moving:
            raise RecipeError(
                f"joint.{name}.discriminator: it follows the maps of what is given, but "
                f"{moving.part.spec.id} ({moving.part.where}) moves {entry} away from them",
                hint=f"choose one that reads no maps, or leave {moving.part.spec.id} out of "
                f"make.{entry}.data_augment",
            )
