"""Weights of a layer at the start, at a scale that the layer's inputs decide.

    W ~ N(0, gain^2 / fan-in),    b = 0

Fan-in is how many numbers one output is made of. A gain of 1 keeps the scale of what comes in:
LeCun et al. 1998, "Efficient backprop". `kaiming_gain` also makes up for what a leaky ReLU takes
away: He et al. 2015, "Delving deep into rectifiers", https://arxiv.org/abs/1502.01852.

PyTorch's own `kaiming_normal_` covers the weight alone, and no other gains than those of
activations. The functions here return the layer, so that it can be built and initialised in one
expression.
"""

from __future__ import annotations

import math
from typing import TypeVar

from torch import nn

Layer = TypeVar("Layer", nn.Linear, nn.Conv1d, nn.Conv2d)


def kaiming_gain(slope: float) -> float:
    """sqrt(2 / (1 + slope^2)): the gain of a layer whose input went through a leaky ReLU."""
    return nn.init.calculate_gain("leaky_relu", slope)


def init_variance_scaling(layer: Layer, gain: float = 1.0, *, keep_bias: bool = False) -> Layer:
    """Initialise a layer by its fan-in.

    Args:
        gain: deviation of the outputs, where inputs are independent and of deviation 1.
        keep_bias: leave the bias as it is; default: it becomes 0.
    """
    nn.init.normal_(layer.weight, std=gain / math.sqrt(layer.weight[0].numel()))
    if layer.bias is not None and not keep_bias:
        nn.init.zeros_(layer.bias)
    return layer


def init_zeros(layer: Layer) -> Layer:
    """Initialise a layer so that it adds nothing at first: the last one of a residual block."""
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
