"""Images: pictures of any size become samples (C, H, W) from -1 to 1."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import torch
from PIL import Image, ImageOps
from pydantic import Field, model_validator
from torch import Tensor

from mmgan_core import BadValue, Options
from mmgan_core.contracts import Column, Fed, Modality, NotPortable, Reading, SampleSpace, Showing
from mmgan_image.modality.deep_grey import is_deep, range_of
from mmgan_image.modality.edges import edges
from mmgan_image.modality.marks import marks_of
from mmgan_image.modality.masks import read_mask, sample_picture_masks
from mmgan_image.modality.measures import measures_of_pictures
from mmgan_image.modality.picture import MAX_MEGAPIXELS, decode_picture, open_picture
from mmgan_image.modality.regions import parts_of, picture_without

_MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
_FILTERS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "lanczos": Image.Resampling.LANCZOS,
}


class ImageOptions(Options):
    """Options of `image/image`."""

    channels: int = Field(3, ge=1, le=4, description="1 grey, 2 with alpha, 3 RGB, 4 RGBA")
    height: int = Field(64, ge=1, le=8192)
    width: int = Field(64, ge=1, le=8192)
    fit: Literal["crop", "pad", "stretch"] = Field(
        "crop", description="how pictures of another aspect are fitted"
    )
    fill: int = Field(0, ge=0, le=255, description="level of the padding")
    resample: Literal["nearest", "bilinear", "lanczos"] = "lanczos"
    edges: bool = Field(False, description="keep the edges alone, white on black")
    levels: tuple[float, float] | None = Field(
        None,
        description="the values that are black and white in grey pictures of more than eight bits",
    )
    max_megapixels: float = Field(
        MAX_MEGAPIXELS,
        gt=0,
        le=4096,
        description="larger pictures are refused before they are read",
    )

    @model_validator(mode="after")
    def _range_of_levels(self) -> ImageOptions:
        if self.levels is not None and not self.levels[0] < self.levels[1]:
            raise ValueError("levels: black must be less than white")
        return self

    @model_validator(mode="after")
    def _edges_of_what_is_seen(self) -> ImageOptions:
        if self.edges and self.channels not in (1, 3):
            raise ValueError(f"edges: channels must be 1 or 3, not {self.channels}")
        return self


class ImageModality(Modality):
    """Pictures of one size; prepared as bytes, (B, C, H, W)."""

    kind: ClassVar[str] = "image"
    endings: ClassVar[tuple[str, ...]] = ("png",)
    saves_pictures: ClassVar[bool] = True
    free_axes: ClassVar[tuple[int, ...]] = (1, 2)
    memory_format: ClassVar[torch.memory_format] = torch.channels_last
    mask_kinds: ClassVar[tuple[str, ...]] = ("box", "strokes", "half", "outside")
    length_axes: ClassVar[tuple[int, ...]] = (1, 2)
    Options = ImageOptions
    options: ImageOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return (
            {"channels": 1, "height": 9, "width": 7},
            {"channels": 3, "height": 16, "width": 16, "fit": "pad"},
            {"channels": 4, "height": 8, "width": 20, "fit": "stretch"},
            {"channels": 2, "height": 5, "width": 5},
        )

    def __init__(self, options: ImageOptions) -> None:
        super().__init__(options)

    @property
    def space(self) -> SampleSpace:
        """(C, H, W), from -1 to 1."""
        size = (self.options.channels, self.options.height, self.options.width)
        return SampleSpace("image", size)

    def sized(self, value: object) -> ImageModality:
        """For pictures of the height and the width of this one."""
        picture = self.decode(value)
        sides = {"height": picture.height, "width": picture.width}
        return type(self)(self.options.model_copy(update=sides))

    @classmethod
    def suggest(cls, column: Column, values: Sequence[object]) -> dict[str, object]:
        """The channels of most pictures, and the median size: at most 64, a multiple of 4.

        Of grey pictures of more than eight bits also one scale of brightness for all.
        """
        read = _read(values)
        if not read:
            return {}
        return {"channels": read.channels, **_sides(read.width, read.height, 64), **read.levels}

    @classmethod
    def start(
        cls, column: Column, values: Sequence[object], size: int
    ) -> tuple[dict[str, object], str]:
        """The channels of most pictures, and their aspect, with no side over ``size``."""
        read = _read(values)
        if not read:
            return {}, "no picture could be read"
        channels, width, height = read.channels, read.width, read.height
        sides = _sides(width, height, size)
        words = {1: "grey", 2: "grey with alpha", 3: "RGB", 4: "RGBA"}[channels]
        said = f"most pictures are {words}, half of them up to {width:g} x {height:g} pixels"
        smaller = max(width, height) > max(sides.values()) + 2
        bound = f"; {size} pixels a side are what the time allows" if smaller else ""
        if read.levels:
            said += "; {:g} is black and {:g} is white".format(*read.levels["levels"])
        return {"channels": channels, **sides, **read.levels}, said + bound

    def decode(self, value: object) -> Image.Image:
        """A PIL image of eight bits a channel, from anything that ``decode_picture`` takes."""
        options = self.options
        return decode_picture(value, levels=options.levels, max_megapixels=options.max_megapixels)

    def prepare(self, values: Sequence[object]) -> Tensor:
        """Bytes (B, C, H, W)."""
        shape = (self.options.height, self.options.width, self.options.channels)
        arrays = [np.asarray(self._fitted(value)).reshape(shape) for value in values]
        if self.options.edges:
            arrays = [edges(array) for array in arrays]
        return torch.from_numpy(np.stack(arrays)).permute(0, 3, 1, 2).contiguous()

    def unread(self, value: object) -> str:
        """The sides of a picture of another shape, with ``fit: crop``."""
        image, options = self.decode(value), self.options
        scale = min(image.width / options.width, image.height / options.height)
        width, height = round(scale * options.width), round(scale * options.height)
        # Less than a pixel of the sample is a matter of rounding.
        if options.fit != "crop" or max(image.width - width, image.height - height) < max(1, scale):
            return ""
        return (
            f"only the middle {width} x {height} of its {image.width} x {image.height} pixels are "
            "read"
        )

    def to_sample(self, prepared: Tensor) -> Tensor:
        """Floats from -1 to 1."""
        return prepared.float() / 127.5 - 1

    def present(self, sample: Tensor) -> list[object]:
        """PIL images."""
        levels = ((sample.float().clamp(-1, 1) + 1) * 127.5).round().to("cpu", torch.uint8)
        arrays = levels.permute(0, 2, 3, 1).contiguous().numpy()
        if arrays.shape[3] == 1:
            arrays = arrays[..., 0]
        return [Image.fromarray(array) for array in arrays]

    def reading(self) -> Reading:
        """Bytes (C, H, W) of a picture that is fitted into its frame."""
        options = self.options
        if options.levels is not None:
            raise NotPortable("levels: pictures of more than eight bits are read here alone")
        names = ("channels", "height", "width", "fit", "fill", "resample", "edges")
        return Reading(
            "picture",
            {name: getattr(options, name) for name in names},
            {"pixels": Fed("uint8", self.space.shape, 256)},
            lambda values: {"pixels": self.prepare(values)},
            lambda fed: {"prepared": fed["pixels"]},
        )

    def showing(self) -> Showing:
        """Levels (C, H, W), of which -1 is black and 1 is white."""
        settings = {"channels": self.options.channels, "low": -1.0, "high": 1.0}
        return Showing("picture", settings, lambda sample: sample.clamp(-1, 1))

    def render(self, value: object) -> Image.Image:
        """The image, enlarged by whole steps to at least 64 pixels."""
        image = self.decode(value)
        step = max(1, -(-64 // max(image.size)))
        size = (image.width * step, image.height * step)
        return _flat(image).resize(size, Image.Resampling.NEAREST)

    def save(self, value: object, stem: Path) -> Path:
        """A PNG."""
        file = stem.with_name(stem.name + ".png")
        self.decode(value).save(file)
        return file

    def parts(self, value: object) -> Mapping[str, Sequence[str]]:
        """The regions of a grid."""
        return parts_of(self.decode(value))

    def without(self, value: object, family: str, gone: Sequence[int]) -> object:
        """The picture with its mean colour in these regions."""
        return picture_without(self.decode(value), gone)

    @property
    def measures(self) -> Mapping[str, Callable[[object], float]]:
        """How much ink there is, where it is, how wide and high it is, and how it slants."""
        return measures_of_pictures()

    def marks(self, samples: Tensor) -> Mapping[str, Tensor]:
        """Where there is ink, in which half, and of which colour."""
        return marks_of(samples)

    def prepare_masks(self, masks: Sequence[object], values: Sequence[object]) -> Tensor:
        """Masks from pictures of the same sizes as the values: white or transparent is missing.

        A place of the sample is missing if any pixel under it is.
        """
        rows = [
            self._missing(read_mask(mask, self.decode(value).size))
            for mask, value in zip(masks, values, strict=True)
        ]
        return torch.stack(rows)[:, None].float()

    @property
    def padding(self) -> float:
        """The level of what `fit: pad` adds; edges have black beyond them."""
        return -1.0 if self.options.edges else self.options.fill / 127.5 - 1

    def places(self, values: Sequence[object]) -> Tensor:
        """Where a picture lies in its frame, (B, H, W): everywhere but with `fit: pad`."""
        found = super().places(values)
        if self.options.fit == "pad":
            size = (self.options.width, self.options.height)
            for row, value in enumerate(values):
                white = Image.new("L", self.decode(value).size, 255)
                lying = ImageOps.pad(white, size, Image.Resampling.NEAREST, color=0)
                found[row] = torch.from_numpy(np.asarray(lying) > 127)
        return found

    def ended(self, value: object, places: Tensor) -> Image.Image:
        """The picture without its frame."""
        rows, columns = (places.any(axis).nonzero()[:, 0] for axis in (1, 0))
        image = self.decode(value)
        if not len(rows):
            return image
        left, top = int(columns[0]), int(rows[0])
        return image.crop((left, top, int(columns[-1]) + 1, int(rows[-1]) + 1))

    def sample_masks(self, mask_kind: str, count: int, low: float, high: float) -> Tensor:
        """Random masks: boxes, brush strokes, halves, or everything outside a box (outpainting)."""
        if mask_kind in ("strokes", "half", "outside"):
            size = (self.options.height, self.options.width)
            return sample_picture_masks(mask_kind, count, size, low, high)
        return super().sample_masks(mask_kind, count, low, high)

    def _missing(self, mask: Image.Image) -> Tensor:
        """Where a sample is missing, (H, W), by a mask of mode L of the picture's size."""
        white = np.asarray(mask) > 127
        # The mean over the pixels of a place is over 0 if one of them is; floats, for it is small.
        share = self._sized(Image.fromarray(white.astype(np.float32)), Image.Resampling.BOX, 0)
        missing = np.asarray(share) > 1e-7
        if not missing.any():
            raise BadValue(
                "all that the mask marks lies outside of what the model sees, the middle of the "
                f"picture ({self.options.width} x {self.options.height} of it): "
                "crop picture and mask around the hole"
            )
        return torch.from_numpy(missing)

    def _fitted(self, value: object) -> Image.Image:
        image = _with_bands(self.decode(value), _MODES[self.options.channels])
        fill = (self.options.fill,) * len(image.getbands())
        return self._sized(image, _FILTERS[self.options.resample], fill)

    def _sized(
        self,
        image: Image.Image,
        method: Image.Resampling,
        fill: int | tuple[int, ...],
    ) -> Image.Image:
        options = self.options
        size = (options.width, options.height)
        if image.size == size:
            return image
        if options.fit == "stretch":
            return image.resize(size, method)
        if options.fit == "crop":
            return ImageOps.fit(image, size, method)
        return ImageOps.pad(image, size, method, color=fill)


def _with_bands(image: Image.Image, mode: str) -> Image.Image:
    return image.convert(mode) if "A" in mode else _flat(image).convert(mode)


@dataclass(frozen=True)
class _Pictures:
    """What up to 64 pictures are like: the channels of most, and their median size."""

    channels: int
    width: float
    height: float
    levels: dict[str, tuple[float, float]]


def _read(values: Sequence[object]) -> _Pictures | None:
    pictures, deep = [], []
    for value in values[:64]:
        try:
            picture = open_picture(value)
            pictures.append(decode_picture(picture))
        except BadValue:
            continue
        deep += [picture] if is_deep(picture) else []
    if not pictures:
        return None
    channels = [len(picture.getbands()) for picture in pictures]
    width, height = np.median([picture.size for picture in pictures], axis=0)
    scale = range_of(deep)
    return _Pictures(
        max(set(channels), key=channels.count),
        float(width),
        float(height),
        {"levels": scale} if scale else {},
    )


def _sides(width: float, height: float, most: int) -> dict[str, int]:
    """Sides of at most ``most`` pixels, multiples of 4; each is bounded for itself."""
    wide, high = (max(4, min(most, round(side / 4) * 4)) for side in (width, height))
    return {"height": high, "width": wide}


def _flat(image: Image.Image) -> Image.Image:
    """The picture over white where it is transparent."""
    if image.mode not in ("LA", "RGBA"):
        return image
    paper = Image.new("RGBA", image.size, "white")
    flat = Image.alpha_composite(paper, image.convert("RGBA"))
    return flat.convert(image.mode.rstrip("A"))
