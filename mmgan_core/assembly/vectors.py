"""Refuses what needs vectors of given entries whose encoders make none, such as maps alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mmgan_core.contracts import Encoder, EncodingSpace
from mmgan_core.errors import RecipeError
from mmgan_core.recipe.schema import Recipe

if TYPE_CHECKING:
    from mmgan_core.assembly.parts import Part

_WAY_OUT = "choose an encoder that makes vectors, or leave {0} out"


def refuse_no_vectors(recipe: Recipe, spaces: Mapping[str, EncodingSpace]) -> None:
    """Refuse a prior, an alignment and matchers that would have no vectors to work on.

    Args:
        recipe: the recipe.
        spaces: what the encoder of each given entry makes.

    Raises:
        RecipeError: names the place and the way out.
    """
    having = [name for name, space in spaces.items() if space.dim]
    without = [name for name in spaces if name not in having]
    if recipe.prior and not having:
        raise RecipeError(
            "prior: no given entry has a vector that could be drawn", hint=_WAY_OUT.format("prior")
        )
    if recipe.align:
        lacking = [name for name in recipe.aligned() if name in without]
        left = len(recipe.aligned()) - len(lacking) + len(recipe.align.made)
        if lacking and (left < 2 or recipe.align.given is not None):
            raise RecipeError(
                "align: it pulls vectors of at least two entries together, but the encoder of "
                f"{' and that of '.join(lacking)} makes none",
                hint=_WAY_OUT.format("align"),
            )
    for name, make in recipe.make.items():
        if make.matcher and not make.matcher.given_encoder and make.matcher.given in without:
            raise RecipeError(
                f"make.{name}.matcher.given: the encoder of {make.matcher.given} makes no vector, "
                "which samples could be matched with",
                hint=f"name another in make.{name}.matcher.given_encoder",
            )


def refuse_no_vector(part: Part, encoder: Encoder, use: str) -> None:
    """Refuse an encoder of samples that makes no vector.

    Raises:
        RecipeError: names the place, and by ``use`` what the vector is for.
    """
    if not encoder.dim:
        raise RecipeError(
            f"{part.where}: {part.spec.id} makes no vector, which {use}",
            hint="choose an encoder that makes vectors",
        )
