"""Projected GAN's discriminator: small heads on what a frozen network sees.

Several of its levels are mixed by random weights that never learn, across channels (1x1) and, from
coarse to fine, across scales (3x3). Each level has a light head of strided convolutions. Sauer et
al. 2021, "Projected GANs converge faster", https://arxiv.org/abs/2111.01007. What is missing, where
samples are repaired, reaches the heads directly.

Its features flatter measures that look through a like network: judge with another one.

Use it with pretrained weights, where time is short; without them it is no better than others.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d, conv2d, leaky_relu

from mmgan_core import BadValue
from mmgan_core.contracts import Condition, ConditionSpace, Critique, Discriminator, SampleSpace
from mmgan_image.blocks.frozen_levels import Weights, fitted, frozen_levels
from mmgan_image.blocks.head import Head, HeadOptions
from mmgan_image.blocks.levels import SLOPE, resized
from mmgan_image.blocks.r3_block import drawn, gain_of
from mmgan_image.blocks.spectral import spectral
from mmgan_image.blocks.timm_network import TimmOptions
from mmgan_image.networks.residual_generator import init_orthogonal


class ProjectedDiscriminatorOptions(TimmOptions, HeadOptions):
    """Options of the discriminator `image/projected`."""

    model: str = Field(
        "tf_efficientnet_lite0",
        description="a name of timm.list_models(), hf-hub:ORG/NAME, or '' for an image/conv or a "
        "judge in checkpoint: not one that this GAN is measured by",
    )
    untrained: bool = Field(False, description="do with random weights, the same at every start")
    size: int | None = Field(
        None, ge=1, description="longer side that it sees; default: at least 128 for timm's models"
    )
    levels: int = Field(4, ge=1, description="how many of the network's levels, the last ones")
    mix: int = Field(64, ge=1, description="channels of the mixed levels")
    width: int = Field(64, ge=1, description="channels of the heads")
    spectral: bool = Field(True, description="spectral normalisation of the heads")

    @model_validator(mode="after")
    def _frozen_needs_weights(self) -> ProjectedDiscriminatorOptions:
        if not self.model and not self.checkpoint:
            raise ValueError("model: '' needs checkpoint: FILE, an image/conv's or a judge's")
        if self.untrained and self.checkpoint:
            raise ValueError("untrained: true and checkpoint: FILE exclude one another")
        if not (self.pretrained or self.checkpoint or self.untrained):
            raise ValueError(
                "a frozen network with random weights says nothing: "
                "set pretrained: true, checkpoint: FILE, or untrained: true"
            )
        return self


class ProjectedDiscriminator(Discriminator):
    """(B, C, H, W) and a condition to logits (B, N), some of each level; features: the heads'."""

    Options = ProjectedDiscriminatorOptions
    options: ProjectedDiscriminatorOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        tiny = {"untrained": True, "size": 32, "mix": 4, "width": 4}
        return (
            {"model": "test_resnet", "levels": 3, **tiny},
            {
                "model": "test_efficientnet",
                "levels": 2,
                "spectral": False,
                "conditioning": "concatenation",
                **tiny,
            },
        )

    def __init__(
        self,
        options: ProjectedDiscriminatorOptions,
        space: SampleSpace,
        condition: ConditionSpace,
    ) -> None:
        super().__init__(options, space, condition)
        if len(space.shape) != 3:
            raise BadValue(f"samples must be (C, H, W), not {space.shape}; try image/dense")
        pretrained = options.pretrained and not options.untrained
        self.weights = Weights(options.model, pretrained, options.checkpoint)
        self.size = self._size()
        try:
            levels = self._levels(torch.zeros(1, *space.shape, device="cpu"))
        except RuntimeError as error:
            height, width = self.size
            raise BadValue(
                f"{options.model} cannot look at {height} x {width} pixels: give a larger size: "
                f"({error})"
            ) from None
        self.across = nn.ModuleList(_Fixed(level.shape[1], options.mix, 1) for level in levels)
        self.down = nn.ModuleList(_Fixed(options.mix, options.mix, 3) for _ in levels[1:])
        channels = options.mix + (condition.mask_shape is not None)
        # The condition is read off the coarsest level, where it is.
        told = [0 if options.conditioning == "auxiliary" else condition.dim] * len(levels)
        told[-1] = condition.dim
        self.heads = nn.ModuleList(
            _LevelHead(
                channels,
                max(level.shape[2:]),
                Head(options.width, dim, options.conditioning),
                width=options.width,
            )
            for level, dim in zip(levels, told, strict=True)
        )
        if options.spectral:
            self.heads.apply(init_orthogonal)
            spectral(self.heads)

    def forward(self, sample: Tensor, condition: Condition) -> Critique:
        """Judge."""
        maps = [mix(level) for mix, level in zip(self.across, self._levels(sample), strict=True)]
        for number in range(len(maps) - 2, -1, -1):
            size = (maps[number].shape[2], maps[number].shape[3])
            maps[number] = maps[number] + resized(self.down[number](maps[number + 1]), size)
        if condition.masked is not None:
            missing = condition.masked.mask.to(sample)
            maps = [torch.cat([m, adaptive_avg_pool2d(missing, m.shape[2:])], 1) for m in maps]
        said = [head(m, condition.pooled) for head, m in zip(self.heads, maps, strict=True)]
        logits = torch.cat([critique.logits.flatten(1) for critique in said], dim=1)
        features = tuple(feature for critique in said for feature in critique.features)
        return Critique(logits, features, said[-1].reading)

    def _levels(self, sample: Tensor) -> list[Tensor]:
        # In half precision the frozen weights would be others.
        sample = sample if sample.dtype == torch.float64 else sample.float()
        where = None if sample.device.type == "cpu" else sample.device
        network = frozen_levels(self.weights, where, sample.dtype)
        levels: list[Tensor] = network(fitted(sample, network, self.size))
        return levels[-self.options.levels :]

    def _size(self) -> tuple[int, int]:
        network, sides = frozen_levels(self.weights), self.space.shape[1:]
        if network.size is not None:
            return network.size
        longer = self.options.size or max(*sides, network.smallest)
        height, width = (max(1, round(side * longer / max(sides))) for side in sides)
        return height, width


class _Fixed(nn.Module):
    """A convolution that does not learn; it keeps about the scale of what comes in."""

    weight: Tensor

    def __init__(self, channels: int, wide: int, kernel: int) -> None:
        super().__init__()
        weight = torch.randn(wide, channels, kernel, kernel) / math.sqrt(channels * kernel**2)
        self.register_buffer("weight", weight)

    def forward(self, maps: Tensor) -> Tensor:
        return conv2d(maps, self.weight, padding=self.weight.shape[2] // 2)


class _LevelHead(nn.Module):
    """Maps, their longer side known, to logits of at most 4 x 4 places."""

    def __init__(self, channels: int, longer: int, project: Head, *, width: int) -> None:
        super().__init__()
        strides = []
        while longer > 4:
            strides.append(2)
            longer = -(-longer // 2)
        self.convs = nn.ModuleList()
        for stride in strides or [1]:
            conv = nn.Conv2d(channels, width, 3, stride=stride, padding=1)
            self.convs.append(drawn(conv, gain_of(1)))
            channels = width
        self.project = project

    def forward(self, maps: Tensor, condition: Tensor) -> Critique:
        features = []
        for conv in self.convs:
            maps = leaky_relu(conv(maps), SLOPE)
            features.append(maps)
        return self.project.critique(maps, condition, features)
