"""StyleGAN2's generator: a mapping network makes styles, which modulate every convolution.

Dense layers map the normalised latent and the condition to a style w. Learned maps are enlarged
level by level through convolutions that w modulates. Each level makes a picture, and the pictures
are added. Karras et al. 2019, https://arxiv.org/abs/1812.04948, and 2020,
https://arxiv.org/abs/1912.04958.

The noise is the latent, followed with ``pixel_noise`` by one number for each place of each layer.
Weights start at their scale and are not scaled at run time (no equalised learning rate): Adam's
steps have one size anyway, and demodulation cancels the length that a filter grows to.

Use it to mix coarse and fine traits, to find the noise of a picture (`invert`), and for little data
with adaptive augmentation; a step costs three times one of `image/dcgan` of the same width. With
`follow: true` the maps of what is given are added to those of every level.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from mmgan_core.blocks.cross_attention import AttendingLevels
from mmgan_core.contracts import Condition, ConditionSpace, Generator, SampleSpace
from mmgan_image.blocks.attend_option import AttendOptions
from mmgan_image.blocks.conditioning import noise_and_condition
from mmgan_image.blocks.followed_maps import FollowedMaps, FollowOptions, followed_parts
from mmgan_image.blocks.levels import level_sizes, resized
from mmgan_image.blocks.modulated_conv import ModulatedConv, StyledLayer
from mmgan_image.blocks.widths import WidthOptions
from mmgan_image.init_weights import SLOPE, init_kaiming


class StyleGeneratorOptions(WidthOptions, AttendOptions, FollowOptions):
    """Options of the generator `image/style`."""

    latent_dim: int = Field(
        64, ge=1, description="size of the latent, the noise that makes the styles"
    )
    style_dim: int = Field(128, ge=1, description="size of w and of the mapping's layers")
    mapping: int = Field(4, ge=1, le=16, description="dense layers from latent to w")
    pixel_noise: bool = Field(True, description="noise for each place of each layer as well")
    mixing: float = Field(
        0.5,
        ge=0,
        le=1,
        description="share of rows trained with two latents, one for the coarse layers",
    )


class StyleGenerator(Generator):
    """Noise (B, Z) and condition (B, dim) to pictures (B, C, H, W)."""

    Options = StyleGeneratorOptions
    options: StyleGeneratorOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return (
            {"latent_dim": 6, "style_dim": 8, "mapping": 2, "width": 4},
            {"latent_dim": 6, "style_dim": 8, "mapping": 1, "width": 4, "pixel_noise": False},
            {"latent_dim": 6, "style_dim": 8, "mapping": 1, "width": 4, "attend": 8},
            {"latent_dim": 6, "style_dim": 8, "mapping": 1, "width": 4, "follow": True},
        )

    def __init__(
        self, options: StyleGeneratorOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        self.sizes = level_sizes(space)[::-1]
        widths = options.widths(len(self.sizes))[::-1]
        style = options.style_dim
        dims = [options.latent_dim + condition.dim, *[style] * options.mapping]
        mapping = [nn.Linear(a, b) for a, b in itertools.pairwise(dims)]
        self.mapping = nn.ModuleList(init_kaiming(layer, keep_bias=True) for layer in mapping)
        self.start = nn.Parameter(torch.randn(widths[0], *self.sizes[0]))
        # The first level has one layer; each further level one that enlarges and one that refines.
        joints = [[widths[0]] * 2, *([one, wide, wide] for one, wide in itertools.pairwise(widths))]
        self.levels = nn.ModuleList(
            nn.ModuleList(
                StyledLayer(one, wide, style, grainy=options.pixel_noise)
                for one, wide in itertools.pairwise(joint)
            )
            for joint in joints
        )
        # The pictures of all levels are added; the square of a strength is 2 on average.
        gain = 1 / math.sqrt(2 * len(widths))
        self.paint = nn.ModuleList(
            ModulatedConv(wide, space.shape[0], style, kernel=1, demodulate=False, gain=gain)
            for wide in widths
        )
        self.shade = nn.Parameter(torch.zeros(space.shape[0], 1, 1))
        self.grids = [s for s, joint in zip(self.sizes, joints, strict=True) for _ in joint[1:]]
        places = sum(height * width for height, width in self.grids)
        self.noise_dim = options.latent_dim + places * options.pixel_noise
        self.follow = nn.ModuleList()
        if options.follow:
            self.reads = followed_parts(condition)
            self.follow.extend(FollowedMaps(condition.map_channels, joint[0]) for joint in joints)
        self.attend = AttendingLevels(self.sizes, widths, options.attend, condition)
        if self.attend:
            self.reads |= {"tokens"}

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        """Make pictures: about from -1 to 1, not bounded, as the last layer is linear."""
        return self.synthesise(self.styles(noise, condition), noise, condition)

    def styles(self, noise: Tensor, condition: Condition) -> Tensor:
        """A style w for each layer, (B, L, W).

        All layers have the same style, except in training in the rows that mix two latents. Both
        latents have the same condition.
        """
        latent, layers = noise[:, : self.options.latent_dim], len(self.grids)
        styles = self._mapped(latent, condition)[:, None].expand(-1, layers, -1)
        if self.training and self.options.mixing and layers > 1:
            other = self._mapped(torch.randn_like(latent), condition)
            rows, device = (noise.shape[0], 1), noise.device
            first = torch.randint(1, layers, rows, device=device)
            mixed = torch.rand(rows, device=device) < self.options.mixing
            taken = mixed & (torch.arange(layers, device=device) >= first)
            styles = torch.where(taken[:, :, None], other[:, None], styles)
        return styles

    def synthesise(self, styles: Tensor, noise: Tensor, condition: Condition) -> Tensor:
        """The pictures of styles (B, L, W), with the pixel noise of ``noise``."""
        style, grain = iter(styles.unbind(1)), self._grain(noise)
        maps = self.start.expand(len(styles), -1, -1, -1)
        painted: Tensor = self.shade
        for number, size in enumerate(self.sizes):
            if size != self.sizes[0]:
                maps, painted = resized(maps, size), resized(painted, size)
            if self.follow:
                maps = maps + self.follow[number](condition.maps, size)
            for layer in self.levels[number]:  # type: ignore[attr-defined]
                own = next(style)
                maps = layer(maps, own, next(grain))
            maps = self.attend(number, maps, condition)
            painted = painted + self.paint[number](maps, own)
        return painted

    def _mapped(self, latent: Tensor, condition: Condition) -> Tensor:
        size = latent.square().mean(1, keepdim=True).add(1e-8).sqrt()
        hidden = noise_and_condition(latent / size, condition.pooled)
        for layer in self.mapping:
            hidden = leaky_relu(layer(hidden), SLOPE)
        return hidden

    def _grain(self, noise: Tensor) -> Iterator[Tensor | None]:
        if not self.options.pixel_noise:
            return itertools.repeat(None)
        areas = [height * width for height, width in self.grids]
        parts = noise[:, self.options.latent_dim :].split(areas, dim=1)
        return (part.unflatten(1, (1, *grid)) for part, grid in zip(parts, self.grids, strict=True))
