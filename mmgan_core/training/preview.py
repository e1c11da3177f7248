"""Sample sheets with fixed noise and fixed conditions, so that sheets can be compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from mmgan_core.assembly.blueprint import Blueprint
from mmgan_core.assembly.gan import GAN
from mmgan_core.contracts import Masked, Modality
from mmgan_core.data.feed import Feed
from mmgan_core.data.pairing import Rows
from mmgan_core.foundation.randomness import noise_rows
from mmgan_core.inference.repair import with_sampled_masks
from mmgan_core.inference.samples import presented
from mmgan_core.inference.sheet import sheet

if TYPE_CHECKING:
    from PIL.Image import Image

COLUMNS, ROWS = 10, 6


class Preview:
    """Renders sample sheets during training, always with the same conditions and the same noise."""

    def __init__(self, blueprint: Blueprint, gan: GAN, feed: Feed) -> None:
        self._blueprint, self._gan = blueprint, gan
        self._rows = _various(feed)
        given = {name: feed.raw(name, self._rows) for name in blueprint.given}
        self._raw = {name: raw for name, raw in given.items() if not any(v is None for v in raw)}
        self._masked = {
            name: _various_masks(blueprint.modalities[name], feed.raw(name, self._rows))
            for name, make in blueprint.recipe.make.items()
            if make.repair
        }

    @torch.no_grad()
    def render(self, device: torch.device) -> Image:
        """Render a sheet with one column for each condition: given values on top, samples below."""
        gan, columns = self._gan, len(self._rows[0])
        given = {name: gan.preparing(name)(raw) for name, raw in self._raw.items()}
        condition = gan.given_conditions(given, columns, device)
        masked = {name: one.cut(slice(None), device) for name, one in self._masked.items()}
        noise = {
            name: self._noise(name, number, columns).to(device)
            for number, name in enumerate(self._blueprint.make)
            if gan.noise_of(name) == name
        }
        rows = []
        for row in range(ROWS):
            made = gan.make({name: z[row] for name, z in noise.items()}, condition, masked)
            rows.append(
                presented({n: one.float() for n, one in made.items()}, self._blueprint.modalities)
            )
        pages = self._heads(columns)
        for name in self._blueprint.make:
            for samples in rows:
                for column, value in zip(pages, samples[name], strict=True):
                    column.append(self._blueprint.modalities[name].render(value))
        return sheet(pages, heads=list(range(len(self._raw) + len(self._masked))))

    def _noise(self, name: str, number: int, columns: int) -> Tensor:
        """Noise of a page, (ROWS, columns, Z), the same in each column of a row.

        If nothing is given, columns differ only by their noise.
        """
        each = 1 if self._raw or name in self._masked else columns
        noise = noise_rows(0, ROWS * each, self._gan.generator(name).noise_dim, entry=number)
        return noise.view(ROWS, each, -1).expand(ROWS, columns, -1)

    def _heads(self, columns: int) -> list[list[Image]]:
        pages: list[list[Image]] = [[] for _ in range(columns)]
        for name, values in self._raw.items():
            modality = self._blueprint.modalities[name]
            shown = [modality.decode(value) for value in values]
            if self._gan.encoder(name).moves:  # followed place by place, as small as it is given
                shown = modality.present(modality.to_sample(modality.prepare(values)))
            for column, value in zip(pages, shown, strict=True):
                column.append(modality.render(value))
        for name, masked in self._masked.items():
            modality = self._blueprint.modalities[name]
            for column, value in zip(pages, modality.present(masked.known), strict=True):
                column.append(modality.render(value))
        return pages


def _various(feed: Feed) -> list[Rows]:
    """Rows with different meanings, in a fixed order; other rows if there are too few."""
    count = min(len(feed), 1_000)
    rows = feed.rows(0, count)
    meaning = feed.meaning(rows)
    _, first = np.unique(meaning, return_index=True)
    picked = np.concatenate([first, np.setdiff1d(np.arange(count), first)])[:COLUMNS]
    return [table[picked] for table in rows]


def _various_masks(modality: Modality, values: list[object]) -> Masked:
    """Masks for the values of a sheet: all kinds of masks in turn."""
    kinds = ("centre", *modality.mask_kinds)
    each = [
        with_sampled_masks(modality, [value], kinds[number % len(kinds)], seed=number)
        for number, value in enumerate(values)
    ]
    known, masks = zip(*((one.known, one.mask) for one in each), strict=True)
    return Masked(torch.cat(known), torch.cat(masks))
