"""Auxiliary losses look for the entries that their options name, before training begins."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mmgan_core.assembly.moved_maps import first_that_moves
from mmgan_core.assembly.window import Window
from mmgan_core.component import placed
from mmgan_core.contracts import Beside, Encoder, Generator

if TYPE_CHECKING:
    from mmgan_core.assembly.blueprint import Blueprint


def check_auxiliary_losses(
    blueprint: Blueprint,
    generators: Mapping[str, Generator],
    encoders: Mapping[str, Encoder],
    windows: Mapping[str, Window],
) -> None:
    """Let each auxiliary loss refuse options that do not fit the networks beside it.

    Raises:
        RecipeError: names the loss by its place, and what is wrong.
    """
    if not any(make.auxiliary_losses for make in blueprint.make.values()):
        return
    given_of = {name: blueprint.recipe.given_of(name) for name in blueprint.make}
    moving = {name: first_that_moves(blueprint, name) for name in blueprint.make}
    moved = {name: one.part.spec.id for name, one in moving.items() if one}
    cut = {name: one.drawn_with for name, one in windows.items() if one.long != one.cells}
    for name, make in blueprint.make.items():
        beside = Beside(name, generators, encoders, given_of, moved, cut)
        for part in (chosen.part for chosen in make.auxiliary_losses):
            with placed(part.where), blueprint.clock.running(0):
                part.cls.check(part.options, beside)
