"""Broken components: modalities."""

from __future__ import annotations

import json

import torch

from mmgan_core import contracts as c

from .. import healthy as h
from .registry import caught_by

# Modalities.

TENSORS = "values become tensors one by one, in the declared sample space"


@caught_by("modality", TENSORS)
class ByTheBatch(h.Number):
    def prepare(self, values):
        prepared = super().prepare(values)
        return prepared - prepared.mean(0)


@caught_by("modality", TENSORS)
class OutOfRange(h.Number):
    def to_sample(self, prepared):
        return prepared * 5


@caught_by("modality", TENSORS)
class LiesOtherwise(h.Number):
    memory_format = torch.channels_last  # its samples are (N,), no (C, H, W)


@caught_by("modality", "samples become values that it can read again")
class PresentsTensors(h.Number):
    def present(self, sample):
        return list(sample.detach())


@caught_by("modality", "a value can be rendered, and saved to a file that it can read")
class NoPicture(h.Number):
    def render(self, value):
        return value


@caught_by("modality", "a value can be rendered, and saved to a file that it can read")
class SavesElsewhere(h.Number):
    def save(self, value, stem):
        return stem.with_suffix(".txt")


@caught_by("modality", "a value can be rendered, and saved to a file that it can read")
class CannotReadItsFile(h.Number):
    def save(self, value, stem):
        file = stem.with_name(stem.name + ".txt")
        file.write_text("numbers: " + json.dumps(value))
        return file


@caught_by("modality", "a value can be rendered, and saved to a file that it can read")
class DeclaresOtherEndings(h.Number):
    endings = ("npy",)


@caught_by("modality", "a value can be rendered, and saved to a file that it can read")
class SavesAScript(h.Number):
    endings = ("py",)

    def save(self, value, stem):
        return super().save(value, stem).rename(stem.with_name(stem.name + ".py"))


@caught_by("modality", "it works in worker processes")
class HoldsAFunction(h.Number):
    def __init__(self, options):
        super().__init__(options)
        self.scale = lambda value: value


@caught_by("modality", "what it suggests for data are valid options")
class SuggestsNonsense(h.Number):
    @classmethod
    def suggest(cls, column, values):
        return {"length": len(values)}


AGAIN = "a sample that is presented and read again is the same"


@caught_by("modality", AGAIN)
class PresentsMirrored(h.Number):
    def present(self, sample):
        return super().present(sample.flip(1))


@caught_by("modality", AGAIN)
class PresentsNegatives(h.Number):
    def present(self, sample):
        return super().present(-sample)


@caught_by("modality", AGAIN)
class PresentsAnotherScale(h.Number):
    def present(self, sample):
        return super().present((sample + 1) / 2)


@caught_by("modality", AGAIN)
class SavesMirrored(h.Number):
    def save(self, value, stem):
        return super().save(value[::-1], stem)


RANGE = "samples use the declared range"


@caught_by("modality", RANGE)
class FromZeroToOne(h.Number):
    """As pictures often are; the space says from -1."""

    def to_sample(self, prepared):
        return (prepared + 1) / 2


@caught_by("modality", RANGE)
class DeclaresBytes(h.Number):
    @property
    def space(self):
        return c.SampleSpace(h.KIND, (self.options.size,), 0.0, 255.0)


@caught_by("modality", TENSORS)
class DeclaresUnits(h.Number):
    @property
    def space(self):
        return c.SampleSpace(h.KIND, (self.options.size,), 0.0, 1.0)

    def to_sample(self, prepared):
        return prepared * 2 - 1


@caught_by("modality", TENSORS)
class Integers(h.Number):
    def to_sample(self, prepared):
        return prepared.round().long()


@caught_by("modality", TENSORS)
class OtherSpace(h.Number):
    @property
    def space(self):
        return c.SampleSpace("letter", (self.options.size,))


CHANCE = "the same value always becomes the same sample"


@caught_by("modality", CHANCE)
class VariesWhatIsRead(h.Number):
    def to_sample(self, prepared):
        return prepared.roll(int(torch.randint(3, ())), 1)


@caught_by("modality", CHANCE)
class JitterInPrepare(h.Number):
    def prepare(self, values):
        prepared = super().prepare(values)
        return (prepared + 0.01 * torch.randn(prepared.shape[1:])).clamp(-1, 1)


MASKS = "its masks are 1 where something is missing, in the declared shape and share"


@caught_by("modality", MASKS)
class OneMask(h.Number):
    options_size = 32

    @classmethod
    def examples(cls):
        return ({"size": 32},)

    def sample_masks(self, mask_kind, count, low, high):
        return super().sample_masks(mask_kind, 1, low, high).expand(count, *self.mask_shape)


@caught_by("modality", MASKS)
class KnownIsOne(OneMask):
    def sample_masks(self, mask_kind, count, low, high):
        return 1 - h.Number.sample_masks(self, mask_kind, count, low / 2, high / 2)


@caught_by("modality", MASKS)
class MaskOfBools(h.Number):
    def sample_masks(self, mask_kind, count, low, high):
        return super().sample_masks(mask_kind, count, low, high).bool()


@caught_by("modality", MASKS)
class SoftMask(h.Number):
    def sample_masks(self, mask_kind, count, low, high):
        return super().sample_masks(mask_kind, count, low, high) * 0.5


@caught_by("modality", MASKS)
class OddMaskShape(h.Number):
    @property
    def mask_shape(self):
        return (1, *self.space.shape)


@caught_by("modality", MASKS)
class UnknownMaskKind(h.Number):
    mask_kinds = "box"


@caught_by("modality", "values that it cannot read are refused by a BadValue")
class RaisesTypeErrors(h.Number):
    def decode(self, value):
        if value is None:
            raise h.BadValue("nothing is given")
        return [float(number) for number in json.loads(json.dumps(value))]


@caught_by("modality", "what it suggests for data are valid options")
class ReadsTheUnreadable(h.Number):
    @classmethod
    def suggest(cls, column, values):
        return {"size": len(values[0])}


SAVED = "a value can be rendered, and saved to a file that it can read"


@caught_by("modality", SAVED)
class EndingsAsText(h.Number):
    endings = "txt"


@caught_by("modality", SAVED)
class NoBrowserShowsIt(h.Number):
    saves_pictures = True


@caught_by("modality", MASKS)
class KindsAsText(h.Number):
    mask_kinds = "box"


PARTS = "values can be read without some of their parts"


class WithParts(h.Number):
    """Values whose halves can be left out."""

    def parts(self, value):
        return {"halves": ["first", "second"]}

    def without(self, value, family, gone):
        left = list(value)
        for at in gone:
            left[at] = 0.0
        return None if len(gone) == 2 else left


@caught_by("modality", PARTS)
class KeepsTheLast(WithParts):
    def without(self, value, family, gone):
        return super().without(value, family, gone) or [0.0] * len(value)


@caught_by("modality", PARTS)
class LeavesNothing(WithParts):
    def without(self, value, family, gone):
        return None if gone else value


@caught_by("modality", PARTS)
class AlwaysChanges(WithParts):
    def without(self, value, family, gone):
        left = super().without(value, family, gone)
        return None if left is None else [0.5 * number for number in left]


@caught_by("modality", PARTS)
class NumbersItsParts(WithParts):
    def parts(self, value):
        return {"halves": [1, 2]}


APART = "equal samples are not apart, and others are"


@caught_by("modality", APART)
class OneForTheBatch(h.Number):
    def apart(self, one, other):
        return super().apart(one, other).mean()


@caught_by("modality", APART)
class FarFromItself(h.Number):
    def apart(self, one, other):
        return super().apart(one, other) + 1


@caught_by("modality", APART)
class AllAlike(h.Number):
    def apart(self, one, other):
        return 0 * super().apart(one, other)


MEASURES = "its measures are finite numbers, and places have names and marks"


@caught_by("modality", MEASURES)
class MeasuresNothing(h.Number):
    measures = {"endless": lambda value: float("inf")}  # noqa: RUF012


@caught_by("modality", MEASURES)
class MeasuresInTensors(h.Number):
    measures = {"first": lambda value: torch.tensor(0.0)}  # noqa: RUF012


@caught_by("modality", MEASURES)
class NamesPlacesByNumber(h.Number):
    def place_name(self, sample, span):
        return span


@caught_by("modality", MEASURES)
class MarksByShares(h.Number):
    def marks(self, samples):
        return {"some": torch.rand(len(samples), *self.mask_shape)}


@caught_by("modality", MEASURES)
class MarksWholeSamples(h.Number):
    def marks(self, samples):
        return {"all": torch.ones(len(samples), dtype=torch.bool)}
