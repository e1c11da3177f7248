"""The places in a recipe of all parts that can have weights which learn."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmgan_core.recipe.schema import Recipe


def learning_places(recipe: Recipe) -> Iterator[str]:
    """Yield the place of each part, such as ``make.image.generator``."""
    yield from (f"given.{name}.encoder" for name in recipe.given)
    if recipe.given:
        yield "fusion"
    if recipe.align:
        yield "align"
        yield from (f"align.made.{name}" for name in recipe.align.made)
    for name, make in recipe.make.items():
        yield f"make.{name}.generator"
        if isinstance(make.discriminator, list):
            yield from (f"make.{name}.discriminator.{n}" for n in range(len(make.discriminator)))
        elif make.discriminator:
            yield f"make.{name}.discriminator"
        if make.inference:
            yield f"make.{name}.inference"
        for key in ("auxiliary_losses", "augment", "data_augment"):
            yield from (f"make.{name}.{key}.{n}" for n in range(len(getattr(make, key))))
    yield from (f"joint.{name}.discriminator" for name in recipe.joint)


def beginnings(place: str) -> Iterator[str]:
    """Yield what a place begins with, the longest first: itself, the section it is in, and so on.

    Example:
        >>> list(beginnings("make.image.generator"))
        ['make.image.generator', 'make.image', 'make']
    """
    while place:
        yield place
        place = place.rpartition(".")[0]
