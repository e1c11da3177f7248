"""Sizes: what says that it takes any size does, in proportion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import torch

from mmgan_core.contracts import Modality
from mmgan_core.errors import BadValue
from mmgan_core.testing.cases import EncoderCase, GeneratorCase, PlainCase, samples_of
from mmgan_core.testing.check import Broken, NotApplicable, check


@check(
    "values keep their size along its free axes",
    "modality",
    advice="let sized() return the modality with samples as large as the value, and take the sizes "
    "along free_axes from the tensor in to_sample() and present(); or leave free_axes out",
)
def keeps_sizes(case: PlainCase[Modality]) -> None:
    modality = case.build()
    shape = _doubled(modality.space.shape, modality.free_axes)
    large = _large(modality, shape)
    sized = modality.sized(large)
    if type(sized) is not type(modality) or sized.space.shape != shape:
        raise Broken(f"a value of {shape} is one of {sized.space.shape} by sized()")
    sample = modality.to_sample(sized.prepare([large]))
    if sample.shape[1:] != shape:
        raise Broken(f"it is prepared as {tuple(sample.shape[1:])}")
    if modality.sized(_large(modality, modality.space.shape)).space != modality.space:
        raise Broken("a value of the modality's own size has another size by sized()")


@check(
    "its maps grow with the value, if it says so",
    "encoder",
    advice="take sizes from the tensors in forward(), or leave any_size out; an encoder that has "
    "a prepare() of its own needs prepare_sized() too",
)
def maps_grow(case: EncoderCase) -> None:
    encoder, modality = case.build().eval(), case.modality
    if not (encoder.any_size and encoder.map_channels):
        raise NotApplicable("it does not say that its maps may have any size")
    large = _large(modality, _doubled(modality.space.shape, modality.free_axes))
    maps = encoder(encoder.prepare_sized([large])).maps
    grid = _doubled_grid(encoder.map_shape, modality)
    if maps is None or maps.shape[1:] != (encoder.map_channels, *grid):
        found = None if maps is None else tuple(maps.shape[2:])
        raise Broken(f"a value twice as large has maps on {found}, not on {grid}")
    own = [_large(modality, modality.space.shape)]
    kept, plain = (encoder(way(own)).maps for way in (encoder.prepare_sized, encoder.prepare))
    if kept is None or not torch.equal(kept, plain):
        raise Broken("a value of the modality's own size has other maps by prepare_sized()")


@check(
    "its samples are as large as the maps demand, if it says so",
    "generator",
    advice="take the size of a sample from shape_of(condition), and that of everything between "
    "from the maps; or set any_size to False",
)
def samples_grow(case: GeneratorCase) -> None:
    # What repairs has the size of the masked sample.
    case = replace(case, condition=replace(case.condition, mask_shape=None))
    try:
        generator = case.build().eval()
    except BadValue as refused:
        raise NotApplicable(str(refused)) from None
    if not generator.any_size:
        raise NotApplicable("it makes samples of one size")
    if not case.spec.any_size:
        raise Broken("it makes any size, but its spec does not declare any_size=True")
    if case.modality is None or not case.condition.map_shape:
        raise NotApplicable("it is given no maps here")
    grid = _doubled_grid(case.condition.map_shape, case.modality)
    shape = _doubled(case.space.shape, case.modality.free_axes)
    larger = replace(case, condition=replace(case.condition, map_shape=grid))
    inputs = larger.inputs(generator, 3)
    made = case.output(generator, inputs)
    if made.shape != (3, *shape) or not made.isfinite().all():
        raise Broken(f"maps on {grid} give {tuple(made.shape)}, not {(3, *shape)}, all finite")
    if case.output(generator, case.inputs(generator, 3)).shape != (3, *case.space.shape):
        raise Broken("after a larger sample, one of its own size has another size")
    inputs["maps"] = inputs["maps"].flip(tuple(range(2, inputs["maps"].dim())))
    if torch.equal(made, case.output(generator, inputs)):
        raise Broken("larger maps make no difference")


@check(
    "its samples are as large as it is asked, if it says so",
    "generator",
    advice="return a copy with the same weights from sized(), and take the size of everything from "
    "its shape; or set resizable to False",
)
def samples_grow_when_asked(case: GeneratorCase) -> None:
    try:
        generator = case.build().eval()
    except BadValue as refused:
        raise NotApplicable(str(refused)) from None
    if not generator.resizable:
        raise NotApplicable("it makes samples of one size")
    if case.modality is None:
        raise NotApplicable("it makes samples of no modality here")
    inputs = case.inputs(generator, 3)
    before = case.output(generator, inputs)
    for shape in (_doubled(case.space.shape, case.modality.free_axes), case.space.shape):
        made = case.output(generator.sized(shape), inputs)
        if made.shape != (3, *shape) or not made.isfinite().all():
            raise Broken(f"sized({shape}) makes {tuple(made.shape)}, or not all are finite")
    if not torch.equal(before, case.output(generator, inputs)):
        raise Broken("after sized(), it makes other samples than before")


def _large(modality: Modality, shape: tuple[int, ...]) -> object:
    """A decoded value of this size."""
    space = replace(modality.space, shape=shape)
    (value,) = modality.present(samples_of(space, 1, torch.Generator().manual_seed(0)))
    return value


def _doubled(shape: Sequence[int], axes: Sequence[int]) -> tuple[int, ...]:
    """The shape twice as long along these axes."""
    if not axes:
        raise NotApplicable("its samples have one size")
    return tuple(2 * size if axis in axes else size for axis, size in enumerate(shape))


def _doubled_grid(grid: tuple[int, ...], modality: Modality) -> tuple[int, ...]:
    """The grid of maps for a value that is twice as long along the free axes."""
    axes, places = modality.free_axes, len(modality.space.shape) - 1
    along = [axis - 1 for axis in axes] if len(grid) == places else range(len(grid))
    return _doubled(grid, list(along))
