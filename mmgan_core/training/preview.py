"""Sample sheets with fixed noise and fixed conditions, so that sheets can be compared."""

from __future__ import annotations

from collections.abc import Collection, Sequence
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
# How many rows are compared to find columns that are unlike.
LOOKED_AT = 300


class Preview:
    """Renders sample sheets during training, always with the same conditions and the same noise."""

    def __init__(self, blueprint: Blueprint, gan: GAN, feed: Feed) -> None:
        self._blueprint, self._gan = blueprint, gan
        self._rows = various(feed, blueprint.given)
        given = {name: feed.raw(name, self._rows) for name in blueprint.given}
        self._raw = {name: raw for name, raw in given.items() if not any(v is None for v in raw)}
        self._repeated = {name: self._occurrences_for(name, feed) for name in blueprint.make}
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

        Columns of equal conditions differ by their noise.
        """
        occurrence = [0] * columns if name in self._masked else self._repeated[name]
        each = 1 + max(occurrence)
        noise = noise_rows(0, ROWS * each, self._gan.generator(name).noise_dim, entry=number)
        return noise.view(ROWS, each, -1)[:, occurrence]

    def _occurrences_for(self, name: str, feed: Feed) -> list[int]:
        """How many earlier columns condition this entry equally, for each column."""
        given = [n for n in self._blueprint.recipe.given_of(name) if n in self._raw]
        return _occurrences(_codes(feed, given, self._rows)[-1])

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


def various(feed: Feed, given: Collection[str]) -> list[Rows]:
    """Rows with different meanings, then such with different given values, in a fixed order."""
    count = min(len(feed), 1_000)
    rows = feed.rows(0, count)
    _, first = np.unique(feed.meaning(rows), return_index=True)
    # Where each row has a meaning of its own, their order is that of the data, often by class.
    meant = first[:COLUMNS] if len(first) < count else first[:0]
    order = np.concatenate([meant, np.setdiff1d(np.arange(count), meant)])[:LOOKED_AT]
    picked = order[_unlike(_codes(feed, given, [table[order] for table in rows]), len(meant))]
    return [table[picked] for table in rows]


def _codes(feed: Feed, given: Collection[str], rows: Sequence[Rows]) -> list[Rows]:
    """Numbers of the rows' values, for each given entry and for all of them together, each (N,)."""
    codes = [feed.different(name, rows) for name in given]
    together = np.stack([*codes, np.zeros(len(rows[0]), dtype=np.int64)])
    return [*codes, np.unique(together, axis=1, return_inverse=True)[1].reshape(-1)]


def _unlike(codes: Sequence[Rows], chosen: int) -> list[int]:
    """The places of the first ``chosen`` rows and then, again and again, of the most unlike one.

    It is the first of those with the most values that no chosen row has.
    """
    places = list(range(chosen))
    while len(places) < min(COLUMNS, len(codes[0])):
        left = np.setdiff1d(np.arange(len(codes[0])), places)
        unseen = np.sum([~np.isin(code[left], code[places]) for code in codes], axis=0)
        places.append(int(left[unseen.argmax()]))
    return places


def _occurrences(codes: Rows) -> list[int]:
    """How many earlier rows have the same number, for each row."""
    return [int((codes[:at] == code).sum()) for at, code in enumerate(codes)]


def _various_masks(modality: Modality, values: list[object]) -> Masked:
    """Masks for the values of a sheet: all kinds of masks in turn."""
    kinds = ("centre", *modality.mask_kinds)
    each = [
        with_sampled_masks(modality, [value], kinds[number % len(kinds)], seed=number)
        for number, value in enumerate(values)
    ]
    known, masks = zip(*((one.known, one.mask) for one in each), strict=True)
    return Masked(torch.cat(known), torch.cat(masks))
