"""The windows of a recipe, and what is refused beside them: what could not be cut, or not used."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mmgan_core.assembly.window import Window
from mmgan_core.contracts import (
    Encoder,
    EncodingSpace,
    Fusion,
    Generator,
    JointDiscriminator,
    Modality,
)
from mmgan_core.errors import RecipeError
from mmgan_core.plugins.catalogue import catalogue

if TYPE_CHECKING:
    from mmgan_core.assembly.blueprint import Blueprint


def window_shape(modality: Modality, said: int | Sequence[int], where: str) -> tuple[int, ...]:
    """The shape of a window of these sizes.

    Args:
        modality: the modality of the samples.
        said: the size along each free axis, or one size for all of them.
        where: the place in the recipe.

    Raises:
        RecipeError: if the samples have no such windows.
    """
    axes, whole = modality.free_axes, modality.space.shape
    if not axes:
        raise RecipeError(
            f"{where}: every sample of {modality.kind} has the same size, and no part of it is one",
            hint="leave window out",
        )
    sizes = [said] * len(axes) if isinstance(said, int) else list(said)
    if len(sizes) != len(axes):
        raise RecipeError(
            f"{where}: samples {whole} are cut along {len(axes)} axes, not {len(sizes)}",
            hint=f"give one size, or {len(axes)}",
        )
    shape = list(whole)
    for axis, size in zip(axes, sizes, strict=True):
        if size > whole[axis]:
            raise RecipeError(
                f"{where}: a window of {size} is longer than a sample, {whole[axis]}",
                hint=f"at most {whole[axis]}, or prepare larger samples: "
                f"{where.removesuffix('.window')}.modality",
            )
        shape[axis] = size
    return tuple(shape)


def found_windows(blueprint: Blueprint, spaces: Mapping[str, EncodingSpace]) -> dict[str, Window]:
    """The windows of all made entries that have one.

    Args:
        spaces: what the encoder of each given entry makes.

    Raises:
        RecipeError: if samples and maps cannot be cut at the same places.
    """
    windows: dict[str, Window] = {}
    for name, make in blueprint.recipe.make.items():
        if make.window is None:
            continue
        where, modality = f"make.{name}.window", blueprint.modalities[name]
        shape, whole = blueprint.trained_space(name).shape, modality.space.shape
        axes, cells = modality.free_axes, [whole[axis] for axis in modality.free_axes]
        window = Window(blueprint.make[name].column, whole, shape, axes, tuple(cells))
        for given, space in spaces.items():
            grid = space.map_shape
            if not grid:
                continue
            if len(grid) not in (len(axes), len(whole) - 1):
                raise RecipeError(
                    f"{where}: the maps of {given} lie along {grid}, not along the places of "
                    f"samples {whole}",
                    hint=f"choose another given.{given}.encoder, or leave window out",
                )
            along = [grid[axis - 1] for axis in window.axes_of(len(grid))]
            cells = [math.gcd(*pair) for pair in zip(cells, along, strict=True)]
        windows[name] = Window(window.column, whole, shape, axes, tuple(cells))
    return _alike(windows)


def _alike(windows: Mapping[str, Window]) -> dict[str, Window]:
    """Windows of one column on the same cells, of which all are equally long.

    Raises:
        RecipeError: if a window does not begin and end with a cell, or is not as long as another.
    """
    found: dict[str, Window] = {}
    for name, window in windows.items():
        beside = [w for w in windows.values() if w.column == window.column]
        if len({len(w.axes) for w in beside}) > 1:
            raise _other_part(name, window.column)
        cells = tuple(math.gcd(*along) for along in zip(*(w.cells for w in beside), strict=True))
        found[name] = replace(window, cells=cells)
        _refuse_between(name, found[name])
        if any(w.column == window.column and w.long != found[name].long for w in found.values()):
            raise _other_part(name, window.column)
    return found


def _other_part(name: str, column: str) -> RecipeError:
    return RecipeError(
        f"make.{name}.window: it is another part of {column} than the window of another made entry",
        hint="let windows of one column be the same fraction of their samples",
    )


def _refuse_between(name: str, window: Window) -> None:
    for axis, step in zip(window.axes, window.steps, strict=True):
        size, whole = window.shape[axis], window.whole[axis]
        if size % step:
            near = max(step, min(whole, round(size / step) * step))
            raise RecipeError(
                f"make.{name}.window: {size} is not a multiple of {step}, the shortest length "
                "that samples and all maps of what is given have in common",
                hint=f"try {near}",
            )


def refuse_uncut_maps(
    blueprint: Blueprint, encoders: Mapping[str, Encoder], fusion: Fusion | None
) -> None:
    """Refuse maps that do not lie along the places of samples, and so cannot be cut with them.

    Raises:
        RecipeError: names what makes them, and what to do.
    """
    for name in _windowed(blueprint):
        still = {
            blueprint.given[given].encoder.where: blueprint.given[given].encoder.spec.id
            for given in blueprint.recipe.given_of(name)
            if encoders[given].map_channels and not encoders[given].moves
        }
        if fusion is not None and fusion.space.map_channels and blueprint.fusion:
            still[blueprint.fusion.where] = blueprint.fusion.spec.id
        for where, component in still.items():
            raise RecipeError(
                f"make.{name}.window: the maps of {component} ({where}) cannot be cut with the "
                "samples: they do not lie exactly along these places",
                hint="choose one whose maps do (Encoder.moves), or leave window out",
            )


def refuse_one_size(
    blueprint: Blueprint, encoders: Mapping[str, Encoder], generators: Mapping[str, Generator]
) -> None:
    """Refuse generators that could not make whole samples, or follow maps of any size.

    Raises:
        RecipeError: names the generator, and what to do.
    """
    for name in _windowed(blueprint):
        if not (generators[name].any_size or generators[name].resizable):
            specs = catalogue().of("generator", blueprint.modalities[name].kind)
            able = [spec.id for spec in specs if spec.any_size]
            raise RecipeError(
                f"make.{name}.window: {blueprint.make[name].generator.spec.id} makes samples of "
                "one size here, so that it could make no more than windows",
                hint=f"generators that can make any size: {', '.join(able) or 'none installed'} "
                "(mmgan-zoo show NAME says by which option), or leave window out",
            )
        shared = set(followed_entries(blueprint, encoders))
        for other, generator in generators.items():
            read = sorted(shared & set(blueprint.recipe.given_of(other)))
            if read and "maps" in generator.reads and not generator.any_size:
                raise RecipeError(
                    f"make.{other}.generator: it makes samples of one size, but "
                    f"{' and '.join(read)}, which it follows, may have any size, as make.{name} "
                    "has a window",
                    hint=f"leave {' and '.join(read)} out of make.{other}.given, or choose a "
                    "generator that makes any size",
                )


def refuse_joint_maps(blueprint: Blueprint, name: str, joint: JointDiscriminator) -> None:
    """Refuse a joint discriminator that follows maps beside windows: it sees maps uncut."""
    cut = [entry for entry in blueprint.joint[name].of if blueprint.recipe.make[entry].window]
    if cut and "maps" in joint.reads:
        raise RecipeError(
            f"joint.{name}.discriminator: it follows the maps of what is given, which are cut for "
            f"{cut[0]} alone",
            hint=f"choose one that reads no maps, or leave make.{cut[0]}.window out",
        )


def followed_entries(blueprint: Blueprint, encoders: Mapping[str, Encoder]) -> tuple[str, ...]:
    """The given entries whose values may have any size, because windows taught to follow them."""
    of_them = {given for name in _windowed(blueprint) for given in blueprint.recipe.given_of(name)}
    return tuple(
        given
        for given in blueprint.given
        if given in of_them
        and encoders[given].any_size
        and encoders[given].map_channels
        and blueprint.modalities[given].free_axes
    )


def _windowed(blueprint: Blueprint) -> list[str]:
    return [name for name, make in blueprint.recipe.make.items() if make.window is not None]
