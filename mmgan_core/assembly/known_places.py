"""What a blueprint refuses of made entries whose length a given value says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from mmgan_core.assembly.moved_maps import refuse_unmoved, sampled_change
from mmgan_core.contracts import Augmentation, Modality
from mmgan_core.errors import RecipeError

if TYPE_CHECKING:
    from mmgan_core.assembly.parts import MakePart


def refuse_other_places(name: str, given: str, modalities: Mapping[str, Modality]) -> None:
    """Refuse a given entry whose places do not lie along the samples of a made entry."""
    for entry in (f"given.{given}", f"make.{name}"):
        modality = modalities[entry.partition(".")[2]]
        if not modality.length_axes:
            raise RecipeError(
                f"make.{name}.places: {entry} is {modality.kind}, whose values all have one length",
                hint="leave places out, or name a given entry that can be shorter than its samples",
            )
    said, own = (modalities[entry].length_axes for entry in (given, name))
    if len(said) != len(own):
        raise RecipeError(
            f"make.{name}.places: {given} has its length along {len(said)} of its axes, and {name} "
            f"along {len(own)}",
            hint="name a given entry of the same kind, or leave places out",
        )


def refuse_padding_that_teaches(
    name: str,
    part: MakePart,
    augment: Sequence[Augmentation],
    data_augment: Sequence[Augmentation],
) -> None:
    """Refuse what would mix samples of other lengths, lose their places, or count padding.

    Args:
        name: the made entry.
        part: its parts.
        augment, data_augment: its augmentations, built.
    """
    for chosen, built in zip(part.augment, augment, strict=True):
        if sampled_change(built).rows is not None:
            raise RecipeError(
                f"{chosen.part.where}: {chosen.part.spec.id} mixes samples, whose lengths differ "
                f"(make.{name}.places)",
                hint="leave one of the two out",
            )
    refuse_unmoved(part.augment, augment, {}, "places")
    refuse_unmoved(part.data_augment, data_augment, {}, "places")
    for one in part.discriminators(name):
        if one.part.cls.ignores_padding and not one.loss.cls.ignores_padding:
            raise RecipeError(
                f"{one.loss.where}: {one.loss.spec.id} does not ignore the logits of padding, "
                f"which {one.part.spec.id} marks",
                hint="choose a loss that does, such as objectives/hinge, or leave places out",
            )
