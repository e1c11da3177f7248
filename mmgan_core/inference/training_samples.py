"""Samples that a model was trained on, where its data are at hand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from mmgan_core.assembly.columns import find_column
from mmgan_core.assembly.opening import open_source
from mmgan_core.errors import BadValue, MmganError

if TYPE_CHECKING:
    from mmgan_core.inference.model import Model

# So many numbers of samples are held in memory at most: 256 MB.
_MOST = 2**26
_AT_ONCE = 256


def training_samples(model: Model, name: str) -> Tensor:
    """The first samples of the training split for a made entry, (N, *shape).

    As many as fit into memory; rows that cannot be read are left out.

    Returns:
        No samples, (0, *shape), if the data cannot be opened here.
    """
    modality = model.gan.modalities[name]
    none = torch.zeros(0, *modality.space.shape)
    try:
        source = open_source(model.blueprint.recipe.data.model_dump())
        table, _ = find_column(source.tables("train"), model.blueprint.make[name].column, name)
        most = min(len(table), _MOST // math.prod(modality.space.shape))
        parts = [none]
        for start in range(0, most, _AT_ONCE):
            rows = range(start, min(start + _AT_ONCE, most))
            for value in table.values(model.blueprint.make[name].column, rows):
                try:
                    parts.append(modality.to_sample(modality.prepare([value])).float())
                except BadValue:
                    continue
    except MmganError:
        return none
    return torch.cat(parts)
