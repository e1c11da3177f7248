"""Modalities: values become tensors, and tensors values."""

from __future__ import annotations

import io
import math
import tempfile
from collections.abc import Sequence
from multiprocessing.reduction import ForkingPickler
from pathlib import Path

import torch
from torch import Tensor

from mmgan_core.component import options_of
from mmgan_core.contracts import Column, Encoder, Modality
from mmgan_core.explaining.blocks import Blocks
from mmgan_core.testing.cases import EncoderCase, PlainCase, samples_of, values
from mmgan_core.testing.check import Broken, NotApplicable, check
from mmgan_core.zoo.sample_files import checked_ending

COUNT = 4
PICTURES = ("png", "jpg", "jpeg", "gif", "webp", "avif", "svg", "bmp")


@check(
    "values become tensors one by one, in the declared sample space",
    "modality",
    advice="return one row for each value from prepare(), on the CPU; return floats from "
    "space.low to space.high from to_sample()",
)
def values_to_tensors(case: PlainCase[Modality]) -> None:
    modality, decoded = _with_values(case)
    prepared = modality.prepare(decoded)
    if len(prepared) != COUNT or prepared.device.type != "cpu":
        raise Broken(f"prepare() of {COUNT} values returns {tuple(prepared.shape)}")
    for number, value in enumerate(decoded):
        if not torch.equal(modality.prepare([value])[0], prepared[number]):
            raise Broken("a value alone is prepared differently from the same value among others")
    sample, space = modality.to_sample(prepared), modality.space
    if tuple(sample.shape) != (COUNT, *space.shape) or sample.dtype != torch.float32:
        raise Broken(
            f"to_sample() returns {tuple(sample.shape)} {sample.dtype}, not "
            f"{(COUNT, *space.shape)} float32"
        )
    slack = 1e-3 * (space.high - space.low)
    if sample.min() < space.low - slack or sample.max() > space.high + slack:
        raise Broken(
            f"samples are from {sample.min():.3g} to {sample.max():.3g}, not from "
            f"{space.low} to {space.high}"
        )
    try:
        sample.contiguous(memory_format=modality.memory_format)
    except RuntimeError as error:
        raise Broken(f"its memory_format does not fit its samples: {error}") from None
    if space.modality != modality.kind:
        raise Broken(f"its kind is {modality.kind!r}, that of its space {space.modality!r}")


@check(
    "samples become values that it can read again",
    "modality",
    advice="return decoded values from present(); decode() must not change a decoded value",
)
def tensors_to_values(case: PlainCase[Modality]) -> None:
    modality, decoded = _with_values(case)
    again = modality.present(modality.to_sample(modality.prepare(decoded)))
    if not isinstance(again, list) or len(again) != COUNT:
        raise Broken(f"present() of {COUNT} samples returns {type(again).__name__}")
    for value in again:
        if type(modality.decode(value)) is not type(value):
            raise Broken("decode() changes the type of what present() returns")
    out_of_range = samples_of(modality.space, 2, torch.Generator().manual_seed(0)) * 3
    if len(modality.present(out_of_range.requires_grad_())) != 2:
        raise Broken("present() must accept samples that are out of range or have gradients")


@check(
    "a value can be rendered, and saved to a file that it can read",
    "modality",
    advice="return a PIL image of at least one pixel from render(); let save() write a file whose "
    "name begins with the stem and ends in one of `endings`, and return it; decode() must read "
    "it or its text; the same goes for save_as() and each of `formats`",
)
def rendered_and_saved(case: PlainCase[Modality]) -> None:
    from PIL.Image import Image

    modality, decoded = _with_values(case)
    picture = modality.render(decoded[0])
    if not isinstance(picture, Image) or not all(picture.size):
        raise Broken(f"render() returns {type(picture).__name__}")
    if isinstance(modality.endings, str) or any(e.startswith(".") for e in modality.endings):
        raise Broken(f"endings is {modality.endings!r}, not a tuple of endings without the dot")
    with tempfile.TemporaryDirectory() as folder:
        stem = Path(folder, "value.one")
        file = modality.save(decoded[0], stem)
        if file.parent != stem.parent or not file.name.startswith(stem.name) or not file.is_file():
            raise Broken(f"save() returned {file.name}, which must exist and begin with the stem")
        _refuse_ending(file.suffix.removeprefix("."), modality.endings)
        for ending in modality.formats:
            asked = modality.save_as(decoded[0], stem, ending)
            if asked != stem.with_name(f"{stem.name}.{ending}") or not asked.is_file():
                raise Broken(f"save_as() returned {asked.name}, which must exist and end so")
            modality.prepare([asked])
        if modality.saves_pictures and file.suffix.removeprefix(".") not in PICTURES:
            raise Broken(f"saves_pictures is set, and no browser shows {file.suffix} as a picture")
        readable: object = file
        if file.suffix == ".txt":
            readable = file.read_text(encoding="utf-8").removesuffix("\n")
        modality.prepare([readable])


def _refuse_ending(ending: str, declared: Sequence[str]) -> None:
    if ending not in declared:
        raise Broken(f"save() wrote a file that ends in {ending!r}; endings lists {declared}")
    try:
        checked_ending(ending)
    except ValueError as error:
        raise Broken(f"no model with such samples can be published: {error}") from None


@check(
    "it works in worker processes",
    "modality",
    "encoder",
    advice="keep only what can be pickled in attributes; an encoder that cannot be sent to workers "
    "needs in_workers = False",
)
def goes_to_workers(case: PlainCase[Modality] | EncoderCase) -> None:
    part = case.build()
    if isinstance(part, Encoder) and not part.in_workers:
        raise NotApplicable("it declares in_workers = False")
    try:
        ForkingPickler(io.BytesIO()).dump(part.prepare)
    except Exception as error:
        raise Broken(f"prepare() cannot be sent: {type(error).__name__}: {error}") from None


@check(
    "what it suggests for data are valid options",
    "modality",
    advice="return some of its own options from suggest(), which must skip unreadable values",
)
def suggestions(case: PlainCase[Modality]) -> None:
    modality, decoded = _with_values(case)
    column = Column("x", modality.kind, tuple(f"name {k}" for k in range(3)))
    for seen in (decoded, [*decoded, None], [None], []):
        suggested = modality.suggest(column, seen)
        options_of(type(modality), suggested, where="suggest()") if suggested else None


@check(
    "values can be read without some of their parts",
    "modality",
    advice="return from without() what decode() reads: the value itself if nothing is left out, "
    "another one without a part, and None without all of them",
)
def parts_can_be_left_out(case: PlainCase[Modality]) -> None:
    modality, decoded = _with_values(case)
    seen = False
    for value in decoded:
        whole = modality.prepare([value])
        for family, units in modality.parts(value).items():
            seen = seen or bool(units)
            if any(not isinstance(unit, str) for unit in units):
                raise Broken(f"parts() calls one of the {family} {units!r:.60}, which is no name")
            for gone in [[], *([at] for at in range(len(units)) if len(units) > 1)]:
                left = modality.without(value, family, gone) if units else value
                if left is None:
                    raise Broken(f"without() leaves nothing of {len(units)} {family} but {gone}")
                if not gone and not modality.prepare([left]).equal(whole):
                    raise Broken(f"without() changes a value if none of its {family} is left out")
                modality.prepare([left])
            if units and modality.without(value, family, range(len(units))) is not None:
                raise Broken(f"without() leaves something when all {family} are left out")
    if not seen:
        raise NotApplicable("its values have no parts")


@check(
    "its measures are finite numbers, and places have names and marks",
    "modality",
    advice="return from `measures` functions that return a finite float for any decoded value, and "
    "leave the value as it is; return some words from place_name(), and from marks() masks of "
    "samples, True or False, (B, *mask_shape)",
)
def measured_and_named(case: PlainCase[Modality]) -> None:
    modality, decoded = _with_values(case)
    samples = samples_of(modality.space, COUNT, torch.Generator().manual_seed(0))
    before = modality.prepare(decoded)
    for value in [*decoded, *modality.present(samples)]:
        for name, measure in modality.measures.items():
            number = measure(value)
            if not isinstance(number, float) or not math.isfinite(number):
                raise Broken(f"{name} of {value!r:.60} is {number!r}, no finite number")
    if not modality.prepare(decoded).equal(before):
        raise Broken("a measure changes the value")
    for name in Blocks.of(modality, 4).names(modality, samples[0]):
        if not isinstance(name, str):
            raise Broken(f"place_name() returns {name!r:.60}, which is no name")
    for name, mark in modality.marks(samples).items():
        shape = (COUNT, *modality.mask_shape)
        if not isinstance(mark, Tensor) or mark.dtype != torch.bool or mark.shape != shape:
            raise Broken(f"the mark {name} is {mark!r:.60}, no mask of {list(shape)}")


@check(
    "equal samples are not apart, and others are",
    "modality",
    advice="return one number for each sample from apart(), 0 where they are equal",
)
def apart(case: PlainCase[Modality]) -> None:
    modality: Modality = case.build()
    one, other = (
        samples_of(modality.space, COUNT, torch.Generator().manual_seed(seed)) for seed in (0, 1)
    )
    same, unlike = modality.apart(one, one), modality.apart(one, other)
    if tuple(same.shape) != (COUNT,) or tuple(unlike.shape) != (COUNT,):
        raise Broken(f"apart() of {COUNT} samples returns {tuple(same.shape)}")
    if same.abs().max() > 0 or not unlike.isfinite().all():
        raise Broken(f"samples are {float(same.abs().max()):.3g} apart from themselves")
    if unlike.min() < 0 or not unlike.max() > 0:
        raise Broken(f"different samples are {unlike.tolist()} apart")


def _with_values(case: PlainCase[Modality]) -> tuple[Modality, Sequence[object]]:
    modality: Modality = case.build()
    decoded = values(modality, COUNT)
    if len(decoded) < COUNT:
        raise Broken("decode() refuses nearly everything that present() returns")
    return modality, decoded
