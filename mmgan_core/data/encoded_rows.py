"""Fits the prior of a recipe to the encodings of training rows."""

from __future__ import annotations

import torch
from torch import Tensor

from mmgan_core.assembly.blueprint import Blueprint
from mmgan_core.assembly.gan import GAN
from mmgan_core.assembly.opening import open_source
from mmgan_core.data.feed import Feed, open_feed
from mmgan_core.inference.prior import Prior

_BATCH = 256


def fitted_prior(blueprint: Blueprint, gan: GAN) -> Prior:
    """Fit the prior that a recipe asks for, to the training split of its data.

    Raises:
        DataError: if the data cannot be opened.
    """
    options = blueprint.recipe.prior
    assert options is not None
    source = open_source(blueprint.recipe.data.model_dump())
    feed = open_feed(blueprint, gan, source, "train", complete=True)
    encodings = encoded_rows(gan, feed, min(options.samples, len(feed)))
    return Prior.fitted(encodings, components=options.components, seed=blueprint.recipe.seed)


@torch.no_grad()
def encoded_rows(gan: GAN, feed: Feed, count: int) -> dict[str, Tensor]:
    """The vectors of the first rows of a feed, (count, E), by given entry, on the CPU."""
    device = next(gan.parameters()).device
    parts: dict[str, list[Tensor]] = {name: [] for name in gan.dims}
    for start in range(0, count, _BATCH):
        batch = feed.batch(0, start, min(_BATCH, count - start), device)
        encodings = gan.encode({name: batch.given[name] for name in gan.dims})
        for name, encoding in encodings.items():
            parts[name].append(encoding.pooled.float().cpu())
    return {name: torch.cat(rows) for name, rows in parts.items()}
