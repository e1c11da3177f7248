"""Samples in batches that fit into memory; rows of one batch have given values of one size."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from mmgan_core.assembly.gan import GAN
from mmgan_core.contracts import Condition, Masked
from mmgan_core.errors import BadValue, UsageError
from mmgan_core.inference.own_size import Alike
from mmgan_core.inference.samples import Samples, presented_parts

_AT_ONCE = 2**24
MOST = 2**26
"""The most numbers of one sample or its maps: a small value may demand a large sample."""


def made_in_batches(
    gan: GAN,
    condition: Callable[[slice], Mapping[str, Condition]],
    noise: Mapping[str, Tensor],
    batch: int,
    device: torch.device,
    masked: Mapping[str, Masked],
    alike: Sequence[Alike],
    shapes: Mapping[str, tuple[int, ...]],
) -> Samples:
    """Make one sample of every made entry for each row of noise.

    Args:
        condition: returns the condition of each made entry for some rows.
        noise: each noise, (N, Z), by the made entry that it belongs to.
        batch: the most rows that are made at once.
        masked: the masked samples of entries that are repaired.
        alike: the rows whose given values have one size; empty if all have.
        shapes: the shape of samples of entries that are to be of another size.

    Raises:
        UsageError: if there are no samples as large as the given values demand, or if they are
            larger than memory is likely to hold.
    """
    count = len(next(iter(noise.values())))
    made: dict[str, list[Tensor]] = {name: [] for name in gan.generators}
    places: dict[str, list[Tensor]] = {name: [] for name in gan.generators}
    for group in alike or [Alike(slice(0, count))]:
        numbers = max(_numbers(gan) * group.growth, *map(math.prod, shapes.values()), 1)
        if group.growth > 1 and numbers > MOST:
            raise UsageError(
                f"the given value is {group.growth:,.0f} times as large as those of the training "
                f"data: its sample would take {numbers:,.0f} numbers, and there may be {MOST:,}",
                hint="give a smaller value",
            )
        # Memory grows with the numbers in a batch: layers hold several channels for each.
        most = max(1, min(batch, int(_AT_ONCE // numbers)))
        for start in range(group.rows.start, group.rows.stop, most):
            rows = slice(start, min(start + most, group.rows.stop))
            cut = {name: tensor[rows].to(device) for name, tensor in noise.items()}
            known = {name: whole.cut(rows, device) for name, whole in masked.items()}
            conditions = condition(rows)
            try:
                samples = gan.make(cut, conditions, known, shapes=shapes)
            except BadValue as error:  # sizes for which there are no samples
                raise UsageError(str(error)) from error
            for name, sample in samples.items():
                made[name].append(sample.float().cpu())
                ends = conditions[name].places
                if ends is not None:
                    places[name].append(ends.cpu())
    return presented_parts(made, gan.modalities, places)


def _numbers(gan: GAN) -> int:
    """How many numbers the largest of the samples and the maps of one row has."""
    made = [math.prod(gan.modalities[name].space.shape) for name in gan.generators]
    return max(*made, gan.maps.channels * math.prod(gan.maps.shape) if gan.maps else 0)
