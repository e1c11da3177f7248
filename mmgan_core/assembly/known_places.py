"""What a blueprint refuses of made entries whose length a given value says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mmgan_core.contracts import Modality
from mmgan_core.errors import RecipeError

if TYPE_CHECKING:
    from mmgan_core.assembly.blueprint import DiscriminatorPart


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


def refuse_counted_padding(chosen: DiscriminatorPart) -> None:
    """Refuse a loss that would count what its discriminator says is padding."""
    if chosen.part.cls.ignores_padding and not chosen.loss.cls.ignores_padding:
        raise RecipeError(
            f"{chosen.loss.where}: {chosen.loss.spec.id} does not ignore the logits of padding, "
            f"which {chosen.part.spec.id} marks",
            hint="choose a loss that does, such as objectives/hinge, or leave places out",
        )
