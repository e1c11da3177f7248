"""Influences of parts of a given value, in the numbers that the encoder reads of it.

Each part is a direction in these numbers, and the amounts of all parts, from 0 to 1, are the
features whose influence is asked for. Where parts add up, as regions of a picture do, a direction
is what leaves with its part. Where they do not, as letters whose places move, it is what comes with
its part when the value grows from nothing, part by part. Either way the directions lead from
nothing of the value to all of it.

What is explained is how far samples are on the way from what is made of nothing to what is made of
the value.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar

import torch
from torch import Tensor

from mmgan_core.contracts import Explained, Inputs
from mmgan_core.errors import UsageError
from mmgan_core.explaining.parts import Parts

Along = Callable[[Tensor, Tensor], Tensor]
_ALIKE = 1e-3


class Attributed(Parts):
    """Asks captum for the influence of each part; a subclass says by which method."""

    slow: ClassVar[bool] = True
    needs: ClassVar[str] = (
        "give a value that has parts, such as a word, a sound or a picture, to an encoder that "
        "reads numbers"
    )

    def can(self, explained: Explained, entry: str) -> bool:
        """Only where the encoder reads numbers."""
        return explained.inputs(entry) is not None

    def influence(
        self, explained: Explained, entry: str, family: str, units: int
    ) -> tuple[Tensor, str]:
        """What captum says, and whether it adds up."""
        inputs = explained.inputs(entry)
        assert inputs is not None
        start, ways = ways_of(explained, inputs, entry, family, units)
        far, whole = how_far(explained, inputs, start, start + ways.sum(0))

        def along(amounts: Tensor, rows: Tensor) -> Tensor:
            return far(start + amounts @ ways, rows)

        rows = torch.arange(len(explained.samples))
        try:
            with torch.enable_grad():
                found = self.attributed(along, torch.ones(len(rows), units), rows)
        except ImportError as error:
            raise UsageError(
                "integrated gradients and occlusion need captum",
                hint="pip install 'mmgan-zoo[explain]'",
            ) from error
        return found.detach().T, self.summed(float(found.sum(1).mean()), float(whole.mean()))

    @abstractmethod
    def attributed(self, along: Along, amounts: Tensor, rows: Tensor) -> Tensor:
        """The influence of each amount on each sample, (B, units).

        Args:
            along: returns how far samples are on their way, (R,), with these amounts of the parts,
                (R, units), each of the noise whose number stands in its row, (R,).
            amounts: the whole value, (B, units).
            rows: the number of the noise of each sample, (B,).
        """

    def summed(self, found: float, whole: float) -> str:
        """What to say of the sum of influences, where that should be the whole change."""
        return ""


def ways_of(
    explained: Explained, inputs: Inputs, entry: str, family: str, units: int
) -> tuple[Tensor, Tensor]:
    """The numbers of nothing, (D,), and the direction of each part from there, (units, D).

    All directions together lead to the numbers of the value.
    """

    def kept(some: range) -> object:
        gone = [at for at in range(units) if at not in some]
        return explained.modalities[entry].without(explained.given[entry], family, gone)

    def left(at: int) -> object:
        return explained.modalities[entry].without(explained.given[entry], family, [at])

    (value,) = inputs.read([explained.given[entry]])
    ways = value - inputs.read([left(at) for at in range(units)])
    (last,) = inputs.read([kept(range(units - 1, units))])
    if (value - ways[:-1].sum(0) - last).norm() <= _ALIKE * (value - last).norm():
        return value - ways.sum(0), ways
    grown = inputs.read([None, *(kept(range(count + 1)) for count in range(units))])
    return grown[0], grown.diff(dim=0)


def how_far(
    explained: Explained, inputs: Inputs, start: Tensor, end: Tensor
) -> tuple[Along, Tensor]:
    """How far samples are on the way between what is made of two points; how long it is, (B,)."""
    every = torch.arange(len(explained.samples))
    with torch.no_grad():
        least, most = (inputs.make(one.expand(len(every), -1), every) for one in (start, end))
    whole = explained.modalities[explained.made].apart(least, most)
    way = (most - least).flatten(1)
    # Of samples that stay as they are nothing is on its way.
    scale = whole / way.square().sum(1).clamp_min(torch.finfo(way.dtype).tiny)

    def far(numbers: Tensor, rows: Tensor) -> Tensor:
        gone = (inputs.make(numbers, rows) - least[rows]).flatten(1)
        # Samples that follow none of the numbers have a slope too, which is 0.
        return (gone * way[rows]).sum(1) * scale[rows] + 0 * numbers.sum(1)

    return far, whole
