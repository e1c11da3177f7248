"""SNGAN's and BigGAN's generator: residual blocks with modulated batch normalisation.

The noise is cut into chunks. The first chunk and the condition make the first maps; each block gets
one more chunk, which with the condition modulates its batch normalisation. Miyato et al. 2018,
https://arxiv.org/abs/1802.05957; Brock et al. 2019 (BigGAN), https://arxiv.org/abs/1809.11096.
Leaky ReLUs replace the ReLUs. Batch normalisation mixes the rows of a batch in training.

Use it for many classes, with the discriminator `image/residual`; a step costs three times one of
`image/dcgan`.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from mmgan_core import BadValue
from mmgan_core.contracts import Condition, ConditionSpace, Generator, SampleSpace
from mmgan_image.blocks.attention import Attention, attended_level
from mmgan_image.blocks.conditioning import noise_and_condition
from mmgan_image.blocks.levels import level_sizes
from mmgan_image.blocks.residual_block import ResidualOptions, UpBlock
from mmgan_image.init_weights import SLOPE, init_orthogonal


class ResidualGeneratorOptions(ResidualOptions):
    """Options of the generator `image/residual`."""

    noise_dim: int = Field(
        64, ge=1, description="size of the noise, which is cut into a chunk for each block"
    )


class ResidualGenerator(Generator):
    """Noise (B, Z) and condition (B, dim) to pictures (B, C, H, W) from -1 to 1."""

    Options = ResidualGeneratorOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return (
            {"width": 4, "noise_dim": 8},
            {"width": 8, "max_width": 12, "noise_dim": 7, "attention": 8},
        )

    def __init__(
        self, options: ResidualGeneratorOptions, space: SampleSpace, condition: ConditionSpace
    ) -> None:
        super().__init__(options, space, condition)
        self.noise_dim = options.noise_dim
        sizes = level_sizes(space)
        attended = attended_level(sizes, options.attention)
        widths = options.widths(len(sizes))[::-1]
        if options.noise_dim < len(sizes):
            raise BadValue(
                f"noise_dim: {options.noise_dim} cannot be cut into {len(sizes)} chunks; "
                f"set {len(sizes)} or more"
            )
        sizes, levels = sizes[::-1], len(sizes)
        least, more = divmod(options.noise_dim, levels)
        self.chunks = [least + (number < more) for number in range(levels)]
        dims = [chunk + condition.dim for chunk in self.chunks]
        self.start = (widths[0], *sizes[0])
        self.seed = nn.Linear(dims[0], widths[0] * sizes[0][0] * sizes[0][1])
        self.blocks = nn.ModuleList(
            UpBlock(one, wide, own, size)
            for (one, wide), own, size in zip(
                itertools.pairwise(widths), dims[1:], sizes[1:], strict=True
            )
        )
        self.attend = nn.ModuleList(
            Attention(wide) if attended == levels - 1 - number else nn.Identity()
            for number, wide in enumerate(widths)
        )
        self.norm = nn.BatchNorm2d(widths[-1])
        self.paint = nn.Conv2d(widths[-1], space.shape[0], 3, padding=1)
        self.apply(init_orthogonal)

    def forward(self, noise: Tensor, condition: Condition) -> Tensor:
        """Make pictures, bounded by tanh."""
        chunks = noise.split(self.chunks, dim=1)
        vectors = [noise_and_condition(chunk, condition.pooled) for chunk in chunks]
        maps = self.attend[0](self.seed(vectors[0]).unflatten(1, self.start))
        for block, own, attend in zip(self.blocks, vectors[1:], self.attend[1:], strict=True):
            maps = attend(block(maps, own))
        return torch.tanh(self.paint(leaky_relu(self.norm(maps), SLOPE)))
