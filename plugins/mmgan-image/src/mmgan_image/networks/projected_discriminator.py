"""Projected GAN's discriminator: small heads on the features of a frozen, pretrained network.

Random weights that never learn mix several levels of features, across channels (1x1) and, from
coarse to fine, across scales (3x3). Each level has a light head of strided convolutions. Sauer et
al. 2021, "Projected GANs converge faster", https://arxiv.org/abs/2111.01007. In repair the mask
reaches the heads directly.

A metric that uses a similar network rates its samples too high: evaluate with another network.

Use it with pretrained weights where time is short; without them it is not better than others.
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
from mmgan_image.blocks.levels import resized
from mmgan_image.blocks.spectral import spectral
from mmgan_image.blocks.timm_network import TimmOptions, pinned_timm
from mmgan_image.init_weights import SLOPE, init_kaiming, init_orthogonal


class ProjectedDiscriminatorOptions(TimmOptions, HeadOptions):
    """Options of the discriminator `image/projected`."""

    model: str = Field(
        "tf_efficientnet_lite0",
        description="a name of timm.list_models(), hf-hub:ORG/NAME, or '' for an image/conv or an "
        "evaluator in checkpoint; not the network that evaluates this GAN",
    )
    untrained: bool = Field(False, description="use random weights, the same at every start")
    size: int | None = Field(
        None,
        ge=1,
        le=4096,
        description="longer side of the pictures that it gets; default: at least 128 for timm",
    )
    levels: int = Field(
        4, ge=1, description="how many of the network's levels are used, from the last"
    )
    mix: int = Field(64, ge=1, description="channels of the mixed levels")
    width: int = Field(64, ge=1, description="channels of the heads")
    spectral: bool = Field(True, description="spectral normalisation of the heads")

    @model_validator(mode="after")
    def _frozen_needs_weights(self) -> ProjectedDiscriminatorOptions:
        if not self.model and not self.checkpoint:
            raise ValueError(
                "model: '' needs checkpoint: FILE, the weights of an image/conv or of an evaluator"
            )
        if self.untrained and self.checkpoint:
            raise ValueError("untrained: true and checkpoint: FILE exclude one another")
        if not (self.pretrained or self.checkpoint or self.untrained):
            raise ValueError(
                "a frozen network with random weights tells nothing of a picture: "
                "set pretrained: true, checkpoint: FILE, or untrained: true"
            )
        return self


class ProjectedDiscriminator(Discriminator):
    """Pictures (B, C, H, W) and a condition to logits (B, N), some from each level.

    The features are those of the heads.
    """

    Options = ProjectedDiscriminatorOptions
    options: ProjectedDiscriminatorOptions

    @classmethod
    def pinned(cls, options: ProjectedDiscriminatorOptions) -> Mapping[str, object]:
        """The commit of a repository on the Hub."""
        return {} if options.untrained else pinned_timm(options)

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
            raise BadValue(f"samples must be (C, H, W), not {space.shape}; try core/dense")
        pretrained = options.pretrained and not options.untrained
        self.weights = Weights(options.model, pretrained, options.checkpoint)
        self.size = self._size()
        try:
            levels = self._levels(torch.zeros(1, *space.shape))
        except RuntimeError as error:
            height, width = self.size
            raise BadValue(
                f"{options.model} cannot take pictures of {height} x {width}: set a larger size: "
                f"({error})"
            ) from None
        self.across = nn.ModuleList(_Fixed(level.shape[1], options.mix, 1) for level in levels)
        self.down = nn.ModuleList(_Fixed(options.mix, options.mix, 3) for _ in levels[1:])
        channels = options.mix + (condition.mask_shape is not None)
        # An auxiliary head predicts the condition from the coarsest level only.
        dims = [0 if options.conditioning == "auxiliary" else condition.dim] * len(levels)
        dims[-1] = condition.dim
        self.heads = nn.ModuleList(
            _LevelHead(
                channels,
                max(level.shape[2:]),
                Head(options.width, dim, options.conditioning),
                width=options.width,
            )
            for level, dim in zip(levels, dims, strict=True)
        )
        if options.spectral:
            self.heads.apply(init_orthogonal)
            spectral(self.heads)

    def forward(self, sample: Tensor, condition: Condition) -> Critique:
        """Discriminate."""
        maps = [mix(level) for mix, level in zip(self.across, self._levels(sample), strict=True)]
        for number in range(len(maps) - 2, -1, -1):
            size = (maps[number].shape[2], maps[number].shape[3])
            maps[number] = maps[number] + resized(self.down[number](maps[number + 1]), size)
        if condition.masked is not None:
            mask = condition.masked.mask.to(sample)
            maps = [torch.cat([m, adaptive_avg_pool2d(mask, m.shape[2:])], 1) for m in maps]
        critiques = [head(m, condition.pooled) for head, m in zip(self.heads, maps, strict=True)]
        logits = torch.cat([critique.logits.flatten(1) for critique in critiques], dim=1)
        features = tuple(feature for critique in critiques for feature in critique.features)
        return Critique(logits, features, critiques[-1].reading)

    def _levels(self, sample: Tensor) -> list[Tensor]:
        # Half precision would change the frozen weights.
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
    """A convolution whose random weights do not learn; it about keeps the scale."""

    weight: Tensor

    def __init__(self, channels: int, wide: int, kernel: int) -> None:
        super().__init__()
        weight = torch.randn(wide, channels, kernel, kernel) / math.sqrt(channels * kernel**2)
        self.register_buffer("weight", weight)

    def forward(self, maps: Tensor) -> Tensor:
        return conv2d(maps, self.weight, padding=self.weight.shape[2] // 2)


class _LevelHead(nn.Module):
    """Maps with a longer side of ``longer`` to logits of at most 4 x 4 places."""

    def __init__(self, channels: int, longer: int, project: Head, *, width: int) -> None:
        super().__init__()
        strides = []
        while longer > 4:
            strides.append(2)
            longer = -(-longer // 2)
        self.convs = nn.ModuleList()
        for stride in strides or [1]:
            conv = nn.Conv2d(channels, width, 3, stride=stride, padding=1)
            self.convs.append(init_kaiming(conv))
            channels = width
        self.project = project

    def forward(self, maps: Tensor, condition: Tensor) -> Critique:
        features = []
        for conv in self.convs:
            maps = leaky_relu(conv(maps), SLOPE)
            features.append(maps)
        return self.project.critique(maps, condition, features)
