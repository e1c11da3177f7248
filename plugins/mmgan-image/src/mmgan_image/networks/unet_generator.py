"""A U-Net that fills in the missing places of a picture, or follows a given picture.

The encoder sees the known places beside the mask, the maps of what is given, or both; the decoder
sees the encoder's maps of each level. A style modulates every layer from the deepest on; it is made
of the noise, the condition and the mean of the deepest maps. This is co-modulation: Zhao et al.
2021, "Large scale image completion via co-modulated generative adversarial networks",
https://arxiv.org/abs/2103.10428. Options:

- `fourier`: the deepest layers see the whole picture at once.
- `smooth`: the network gets a smooth fill of the missing places and learns what to add to it.
- `patch`: a square of pixels is one place of the maps, the cheapest way to more channels. Shi et
  al. 2016, https://arxiv.org/abs/1609.05158.
- `self_ensemble`: a trained network returns the mean of its answers to the picture and to its
  mirror image. That is closer on average, fainter where the two differ, and twice the work. Lim et
  al. 2017, "Enhanced deep residual networks for single image super-resolution",
  https://arxiv.org/abs/1707.02921.

With `follow` and without repair, it makes pictures of any size, as large as the given maps demand.

Use it with `repair`, for masks of any kind: boxes, strokes, halves, everything outside a box; no
other generator of pictures can repair. Use it with `follow: true` for pictures made from pictures:
Isola et al. 2017, "Image-to-image translation with conditional adversarial networks",
https://arxiv.org/abs/1611.07004.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import pixel_shuffle, pixel_unshuffle

from mmgan_core import BadValue
from mmgan_core.contracts import Condition, ConditionSpace, Generator, Masked, SampleSpace
from mmgan_image.blocks.conditioning import noise_and_condition, seen, seen_channels
from mmgan_image.blocks.followed_maps import FollowOptions, followed, followed_parts
from mmgan_image.blocks.fourier_conv import FourierConv
from mmgan_image.blocks.levels import level_sizes, resized
from mmgan_image.blocks.refinement import refinements
from mmgan_image.blocks.smooth_fill import smooth_fill
from mmgan_image.blocks.styled_conv import FAINT, StyledConv
from mmgan_image.blocks.unet_encoder import UNetEncoder
from mmgan_image.blocks.widths import WidthOptions
from mmgan_image.init_weights import SLOPE, init_kaiming, init_variance_scaling, init_zeros


class UNetGeneratorOptions(WidthOptions, FollowOptions):
    """Options of the generator `image/unet`."""

    noise_dim: int = Field(64, ge=1, description="size of the noise")
    width: int = Field(16, ge=1, description="channels at full size; doubled at each halving")
    levels: int | None = Field(
        None, ge=0, description="number of halvings; default: until a side is 4"
    )
    patch: int = Field(
        1, ge=1, description="side of the squares of pixels that are one place of the maps"
    )
    refine: int = Field(
        0, ge=0, description="residual blocks at every other level, in encoder and decoder"
    )
    blocks: int = Field(1, ge=0, description="residual blocks at the deepest level")
    fourier: bool = Field(False, description="Fourier convolutions in the residual blocks")
    style_dim: int = Field(64, ge=1, description="size of the style")
    smooth: int = Field(
        0,
        ge=0,
        le=64,
        description="smoothing steps a size of the fill that the network adds to; 0: no fill",
    )
    self_ensemble: bool = Field(
        False,
        description="after training, return the mean of the answers to a picture and to its mirror",
    )


class UNetGenerator(Generator):
    """Noise (B, Z) and a condition with the masked sample to pictures (B, C, H, W)."""

    Options = UNetGeneratorOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return (
            {"width": 4, "noise_dim": 5, "style_dim": 8, "fourier": True},
            {"width": 3, "noise_dim": 4, "style_dim": 6, "levels": 0, "blocks": 2, "smooth": 2},
            {"width": 3, "noise_dim": 4, "levels": 1, "refine": 1, "self_ensemble": True},
            {"width": 3, "noise_dim": 4, "levels": 1, "follow": True},
        )

    def __init__(
        self, options: UNetGeneratorOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        coarse = _in_patches(space, options.patch)
        sizes = level_sizes(coarse, options.levels)
        if options.follow:
            self.reads = followed_parts(condition)
        self.follow, self.repairing = options.follow, condition.mask_shape is not None
        _refuse_nothing_to_see(options, repairing=self.repairing)
        self.any_size = options.follow and not self.repairing
        self.noise_dim, style = options.noise_dim, options.style_dim
        self.smooth, self.patch = options.smooth, options.patch
        self.self_ensemble = options.self_ensemble
        widths = options.widths(len(sizes))
        deepest = widths[-1]
        shown = seen_channels(space, condition, follow=options.follow)
        if not self.repairing:
            shown -= space.shape[0]  # the maps alone
        shown += space.shape[0] if options.smooth else 0
        self.look = UNetEncoder(shown * options.patch**2, widths)
        self.refine_down, self.refine_up = (
            nn.ModuleList(refinements(wide, options.refine) for wide in way)
            for way in (widths[:-1], widths[-2::-1])
        )
        self.mapping = nn.Sequential(
            nn.Linear(options.noise_dim + condition.dim, style),
            nn.LeakyReLU(SLOPE),
            nn.Linear(style, style),
            nn.LeakyReLU(SLOPE),
        )
        self.join = nn.Sequential(nn.Linear(style + deepest, style), nn.LeakyReLU(SLOPE))
        for layer in (*self.mapping, *self.join):
            if isinstance(layer, nn.Linear):
                init_kaiming(layer, keep_bias=True)
        # Where nothing is known, the noise must still choose between shapes, as in image/r3.
        self.basis = nn.Parameter(torch.randn(deepest, *sizes[-1]))
        self.strength = init_variance_scaling(nn.Linear(style, deepest), FAINT)
        self.blocks = nn.ModuleList(
            _Block(deepest, style, fourier=options.fourier) for _ in range(options.blocks)
        )
        self.grow = nn.ModuleList(
            StyledConv(deep + wide, wide, style)
            for wide, deep in reversed(list(itertools.pairwise(widths)))
        )
        self.paint = nn.Conv2d(widths[0], coarse.shape[0], 3, padding=1)
        if options.smooth:
            init_zeros(self.paint)  # At first the network returns the fill.

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        """Make whole pictures, known places too; about from -1 to 1, not bounded.

        With a tanh at the end the network stopped learning early: most missing places have the
        colour of the paper, an end of the range, where tanh has almost no slope.
        """
        if self.repairing:
            shown, fill = self._known(noise, condition)
        else:
            height, width = self.shape_of(condition)[1:]
            _refuse_left_over(height, width, self.patch)
            shown, fill = followed(condition, (height, width), noise), None
        mapped = self.mapping(noise_and_condition(noise, condition.pooled))
        painted = self._painted(shown, mapped)
        if self.self_ensemble and not self.training:
            painted = (painted + self._painted(shown.flip(-1), mapped).flip(-1)) / 2
        return painted if fill is None else painted + fill

    def _known(self, noise: Tensor, condition: Condition) -> tuple[Tensor, Tensor | None]:
        """What the encoder sees of a masked sample; with ``smooth`` also the fill."""
        masked = condition.masked
        if masked is None:
            masked = Masked.nothing(self.space, self.condition.mask_shape or (), noise)
            condition = replace(condition, masked=masked)
        shown = seen(masked.known.to(noise.dtype), condition, follow=self.follow)
        if not self.smooth:
            return shown, None
        fill = smooth_fill(masked.known, masked.mask, self.smooth)
        return torch.cat([shown, fill.to(noise.dtype)], dim=1), fill

    def _painted(self, shown: Tensor, mapped: Tensor) -> Tensor:
        """The network's answer: the picture, or with ``smooth`` what is added to the fill."""
        *skips, maps = self.look(pixel_unshuffle(shown, self.patch), self.refine_down)
        style = self.join(torch.cat([mapped, maps.mean((2, 3))], dim=1))
        size = (maps.shape[2], maps.shape[3])
        basis = self.basis if size == self.basis.shape[1:] else resized(self.basis[None], size)
        maps = maps + basis * self.strength(style)[:, :, None, None]
        for block in self.blocks:
            maps = block(maps, style)
        ways = zip(self.grow, self.refine_up, reversed(skips), strict=True)
        for grow, refine, skip in ways:
            size = (skip.shape[2], skip.shape[3])
            maps = refine(grow(torch.cat([resized(maps, size), skip], dim=1), style))
        painted: Tensor = pixel_shuffle(self.paint(maps), self.patch)
        return painted


def _refuse_nothing_to_see(options: UNetGeneratorOptions, *, repairing: bool) -> None:
    if repairing:
        return
    if not options.follow:
        raise BadValue(
            "image/unet fills in missing places or follows a picture, but this entry of the recipe "
            "has neither: add repair: to it, or follow: true to the generator and a given entry "
            "with encoder: image/pixels; or choose image/r3"
        )
    if options.smooth:
        raise BadValue("smooth: fills in missing places, but this entry has no repair: set 0")


def _in_patches(space: SampleSpace, patch: int) -> SampleSpace:
    """The space of the samples, with each square of pixels as one place of more channels."""
    if len(space.shape) != 3 or patch == 1:
        return space
    channels, height, width = space.shape
    if height % patch or width % patch:
        fitting = [n for n in range(1, min(height, width) + 1) if not height % n and not width % n]
        near = min(fitting, key=lambda n: abs(n - patch))
        raise BadValue(
            f"patch: squares of {patch} pixels do not fill {height} x {width}; try {near}"
        )
    return replace(space, shape=(channels * patch**2, height // patch, width // patch))


def _refuse_left_over(height: int, width: int, patch: int) -> None:
    if height % patch or width % patch:
        raise BadValue(
            f"a picture of {height} x {width} cannot be made of squares of {patch} pixels (patch)"
        )


class _Block(nn.Module):
    """Adds to the maps their convolution and, with ``fourier``, one of their spectrum."""

    def __init__(self, channels: int, style: int, *, fourier: bool) -> None:
        super().__init__()
        self.near = StyledConv(channels, channels, style)
        self.far = FourierConv(channels) if fourier else None

    def forward(self, maps: Tensor, style: Tensor) -> Tensor:
        parts = [maps, self.near(maps, style)]
        if self.far is not None:
            parts.append(self.far(maps))
        # A sum of n independent maps has n times the power.
        return torch.stack(parts).sum(0) / math.sqrt(len(parts))
