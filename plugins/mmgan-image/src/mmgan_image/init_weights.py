"""Weights of the networks of pictures at the start: every initialiser that they use.

| name | weights | from |
| --- | --- | --- |
| ``init_kaiming`` | N(0, 2 / (1.04 fan-in)) | He et al. 2015, https://arxiv.org/abs/1502.01852 |
| ``init_variance_scaling`` | N(0, gain^2 / fan-in) | any gain, such as ``residual_gain`` |
| ``init_zeros`` | 0 | the last layer of a residual block |
| ``init_dcgan`` | N(0, 0.02^2) | Radford et al. 2015, https://arxiv.org/abs/1511.06434 |
| ``init_orthogonal`` | orthogonal | Saxe et al. 2013, https://arxiv.org/abs/1312.6120 |

The first three initialise one layer and return it. The last two are for ``network.apply``: they
initialise the kinds of layers that their papers name and leave all others as they are.
"""

from __future__ import annotations

import math

from torch import nn

from mmgan_core.foundation.init_weights import (
    Layer,
    init_variance_scaling,
    init_zeros,
    kaiming_gain,
)

__all__ = [
    "KAIMING_GAIN",
    "SLOPE",
    "init_dcgan",
    "init_kaiming",
    "init_kaiming_convolutions",
    "init_orthogonal",
    "init_variance_scaling",
    "init_zeros",
    "residual_gain",
]

SLOPE = 0.2
"""Slope of the leaky ReLUs of every network of pictures; `KAIMING_GAIN` fits it."""
KAIMING_GAIN = kaiming_gain(SLOPE)


def init_kaiming(layer: Layer, *, keep_bias: bool = False) -> Layer:
    """Initialise a layer that stands behind a leaky ReLU, or before one."""
    return init_variance_scaling(layer, KAIMING_GAIN, keep_bias=keep_bias)


def residual_gain(blocks: int) -> float:
    """The gain of a network with L residual blocks of three layers: KAIMING_GAIN L^(-1/4).

    A step of the optimiser then changes the output by as much, however many blocks there are, and
    no normalisation is needed. Zhang et al. 2019, "Fixup initialization",
    https://arxiv.org/abs/1901.09321.
    """
    return KAIMING_GAIN / math.sqrt(math.sqrt(blocks))


def init_kaiming_convolutions(module: nn.Module) -> None:
    """He's weights for convolutions; for ``network.apply``."""
    if isinstance(module, nn.Conv2d):
        init_kaiming(module)


def init_dcgan(module: nn.Module) -> None:
    """DCGAN's weights: N(0, 0.02^2), and N(1, 0.02^2) for batch normalisation."""
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(module.weight, std=0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, mean=1.0, std=0.02)


def init_orthogonal(module: nn.Module) -> None:
    """Orthogonal weights and no bias, as in BigGAN: Brock et al. 2019."""
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.orthogonal_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
