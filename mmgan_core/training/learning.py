"""Which weights learn: those that their components did not freeze, and in a phase one side's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from torch import nn

Sides = Mapping[str, Sequence[nn.Parameter]]


def learning_of(module: nn.Module) -> dict[str, nn.Parameter]:
    """By name, the weights that learn; ask before a phase has frozen any.

    What a component freezes in its constructor (``requires_grad_(False)``) is saved and averaged
    like every weight, but it never learns.
    """
    return {name: weight for name, weight in module.named_parameters() if weight.requires_grad}


def teach_only(sides: Sides, side: str) -> None:
    """Let one side of a GAN learn and none of the others.

    Args:
        sides: by name, what learns at all; no other weight is touched.
        side: the one whose phase it is.
    """
    for name, weights in sides.items():
        for weight in weights:
            weight.requires_grad_(name == side)
