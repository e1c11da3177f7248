"""Refuses what needs vectors of given entries whose encoders make none, such as maps alone."""

from __future__ import annotations

from collections.abc import Mapping

from mmgan_core.contracts import EncodingSpace
from mmgan_core.errors import RecipeError
from mmgan_core.recipe.schema import Recipe

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
    if recipe.align and without and len(having) < 2:
        raise RecipeError(
            "align: it pulls vectors of at least two given entries together, but the encoder of "
            f"{' and that of '.join(without)} makes none",
            hint=_WAY_OUT.format("align"),
        )
    for name, make in recipe.make.items():
        if make.matcher and not make.matcher.given_encoder and make.matcher.given in without:
            raise RecipeError(
                f"make.{name}.matcher.given: the encoder of {make.matcher.given} makes no vector, "
                "which samples could be matched with",
                hint=f"name another in make.{name}.matcher.given_encoder",
            )
