"""Masks of texts: places, such as characters or pieces, are missing or known as a whole."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import ClassVar

import torch
from torch import Tensor

from mmgan_core.contracts import Modality
from mmgan_core.errors import BadValue
from mmgan_text.raw_text import read_text

_WORDS = re.compile(r"\s*(\d+)\s*(?:-\s*(\d+)\s*)?")


class MaskedText(Modality):
    """A modality whose samples are texts (T, V)."""

    mask_kinds: ClassVar[tuple[str, ...]] = ("box", "scattered")

    @abstractmethod
    def spans(self, value: object) -> list[tuple[int, int]]:
        """Where the piece of each place begins and ends in the decoded text of a raw value."""

    @abstractmethod
    def text_of(self, ids: Sequence[int]) -> str:
        """The text of ids, up to the first end."""

    @property
    def mask_shape(self) -> tuple[int, ...]:
        """(T, 1)."""
        return (self.space.shape[0], 1)

    def prepare_masks(self, masks: Sequence[object], values: Sequence[object]) -> Tensor:
        """Words that are missing, counted from 1, such as ``2`` or ``2-3,5``, (B, T, 1)."""
        rows = [self._mask(str(mask), value) for mask, value in zip(masks, values, strict=True)]
        return torch.stack(rows)[..., None]

    def sample_masks(self, mask_kind: str, count: int, low: float, high: float) -> Tensor:
        """A ``box`` is a gap; ``scattered`` are places here and there, each by chance."""
        if mask_kind != "scattered":
            return super().sample_masks(mask_kind, count, low, high)
        share = low + (high - low) * torch.rand(count, 1, 1)
        return (torch.rand(count, *self.mask_shape) < share).float()

    def with_known(self, value: object, original: object, mask: Tensor) -> object:
        """The original text, of which what was made fills the gaps alone.

        So known words stay that the vocabulary does not have, with their capitals, and what is
        longer than a sample. Where a gap ends within a character, the text stays as it was made.
        """
        text, raw = str(self.decode(original)), read_text(original)
        raw = raw if len(raw) == len(text) else text  # in small letters, some are longer
        ids = self.prepare([original])[0].tolist()
        spans = self.spans(original)[: len(ids)]
        missing = [bool(one) for one in mask[:, 0].tolist()]
        for place, (one, other) in enumerate(pairwise(spans)):
            if one[1] > other[0] and missing[place] != missing[place + 1]:
                return value
        made, kept = [], []  # what was made as a pattern, and what stands for each of its parts
        for gap, group in groupby(range(len(spans)), missing.__getitem__):
            places = list(group)
            known = self.text_of(ids[places[0] : places[-1] + 1])
            made.append("(.*)" if gap else re.escape(known))
            kept.append(None if gap else raw[spans[places[0]][0] : spans[places[-1]][1]])
        if any(missing[len(spans) :]):
            made, kept = [*made, "(.*)"], [*kept, None]
        found = re.fullmatch("".join(made), str(value), re.DOTALL)
        if not found:
            return value
        gaps = iter(found.groups())
        rest = raw[spans[-1][1] :] if spans else ""
        if spans and missing[len(spans) - 1]:  # the end of a missing word is missing too
            rest = re.sub(r"^\S+", "", rest)
        return "".join(next(gaps) if part is None else part for part in kept) + rest

    def _mask(self, said: str, value: object) -> Tensor:
        text = str(self.decode(value))
        words = [found.span() for found in re.finditer(r"\S+", text)]
        mask = torch.zeros(self.space.shape[0])
        for part in said.split(","):
            found = _WORDS.fullmatch(part)
            first = int(found[1]) if found else 0
            last = int(found[2] or first) if found else 0
            if not 1 <= first <= last <= len(words):
                raise BadValue(
                    f"{part.strip()!r} is no gap of a text of {len(words)} words: write 2 for its "
                    "second word, or 2-3,5"
                )
            begin, end = words[first - 1][0], words[last - 1][1]
            for place, (start, stop) in enumerate(self.spans(value)[: len(mask)]):
                if start < end and stop > begin:
                    mask[place] = 1
        if not mask.any():
            raise BadValue(f"the words {said} lie beyond the {len(mask)} places of a sample")
        return mask
