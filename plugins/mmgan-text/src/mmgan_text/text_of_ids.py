"""What all modalities of text share: a text is a row of ids, of characters or of pieces.

A value is read as UTF-8 and composed (NFC). `prepare` returns ids, (B, T): 0 ends a text and fills
the rest, 1 is whatever has no id of its own. A sample has the probability of each id at each place,
(T, V) in [0, 1]; real samples are one-hot. So the same networks work with all of them.
"""

from __future__ import annotations

import unicodedata
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional as F

from mmgan_core.contracts import Fed, NotPortable, Reading, SampleSpace, Settings, Showing
from mmgan_core.errors import BadValue
from mmgan_core.options import Options
from mmgan_text.pieces import END
from mmgan_text.raw_text import read_text
from mmgan_text.text_masks import MaskedText
from mmgan_text.text_parts import measures_of_texts, parts_of, text_without, unshared

if TYPE_CHECKING:
    from PIL.Image import Image

_MOST_IN_16_BITS = 2**15


class TextOfIdsOptions(Options):
    """Options that all modalities of text have."""

    length: int = Field(32, ge=1, description="How long a text is at most.")
    lower: bool = Field(False, description="Read everything in lower case.")


class TextOfIds(MaskedText):
    """Strings as sequences of ids."""

    kind = "text"
    length_axes: ClassVar[tuple[int, ...]] = (0,)
    unit: ClassVar[str] = "pieces"  # what one place holds, as people call it
    options: TextOfIdsOptions

    @property
    @abstractmethod
    def count(self) -> int:
        """How many ids there are, V."""

    @property
    def settings(self) -> Settings | None:
        """What the ids stand for, where networks have to agree on it."""
        return None

    @abstractmethod
    def ids_of(self, text: str) -> Sequence[int]:
        """The ids of a decoded text, without its end."""

    @property
    def space(self) -> SampleSpace:
        shape = (self.options.length, self.count)
        return SampleSpace(self.kind, shape, low=0.0, high=1.0, settings=self.settings)

    def decode(self, value: object) -> str:
        return self.composed(read_text(value))

    def composed(self, text: str) -> str:
        """A text as it is read: composed, and in lower case if that is wanted."""
        return unicodedata.normalize("NFC", text.lower() if self.options.lower else text)

    def prepare(self, values: Sequence[object]) -> Tensor:
        dtype = torch.int16 if self.count <= _MOST_IN_16_BITS else torch.int32
        ids = torch.full((len(values), self.options.length), END, dtype=dtype)
        for row, value in enumerate(values):
            found = self.ids_of(self.decode(value))[: self.options.length]
            ids[row, : len(found)] = torch.tensor(found, dtype=dtype)
        return ids  # (B, T)

    def unread(self, value: object) -> str:
        """What comes after its last place."""
        return cut_after(self.options.length, len(self.ids_of(self.decode(value))), self.unit)

    @property
    def padding(self) -> Tensor:
        """The end of a text, (V,)."""
        return F.one_hot(torch.tensor(END), self.count).float()

    def places(self, values: Sequence[object]) -> Tensor:
        """Where each text is, without its end, (B, T)."""
        return self.prepare(values) != END

    def to_sample(self, prepared: Tensor) -> Tensor:
        # Not one_hot, whose int64 take twice the memory of the samples once more.
        sample = torch.zeros(*prepared.shape, self.count, device=prepared.device)
        return sample.scatter_(-1, prepared.long()[..., None], 1.0)  # (B, T, V)

    def present(self, sample: Tensor) -> list[object]:
        return [self.text_of(row) for row in sample.detach().argmax(dim=2).cpu().tolist()]

    def reading(self) -> Reading:
        """The ids."""
        length = self.options.length
        spelt, files = self.spelling()
        return Reading(
            "ids",
            {"length": length, "lower": self.options.lower, **spelt},
            {"ids": Fed("int32", (length,), self.count)},
            lambda values: {"ids": self.prepare(values).int()},
            lambda fed: {"prepared": fed["ids"]},
            files,
        )

    def showing(self) -> Showing:
        """The likeliest ids."""
        spelt, files = self.spelling()
        return Showing("ids", spelt, lambda sample: sample.argmax(dim=2).int(), files)

    def spelling(self) -> tuple[dict[str, object], dict[str, bytes]]:
        """What the ids from 2 on stand for, for other engines, and the files that it names.

        Raises:
            NotPortable: if it cannot be described.
        """
        raise NotPortable(f"{type(self).__name__} does not say what its ids stand for")

    def parts(self, value: object) -> Mapping[str, Sequence[str]]:
        """Its words; the letters of a single word."""
        return parts_of(self.decode(value))

    def without(self, value: object, family: str, gone: Sequence[int]) -> object:
        """The other words or letters."""
        return text_without(self.decode(value), family, gone)

    @property
    def measures(self) -> Mapping[str, Callable[[object], float]]:
        """How many words it has, and how long these are."""
        return measures_of_texts()

    def place_name(self, sample: Tensor, span: Sequence[tuple[int, int]]) -> str:
        """The text that stands there."""
        ((start, end),) = span
        return str(self.present(sample[None, start:end])[0]).strip() or "(nothing)"

    def apart(self, one: Tensor, other: Tensor) -> Tensor:
        """The share of their words that two texts do not have in common."""
        pairs = zip(self.present(one), self.present(other), strict=True)
        return torch.tensor([unshared(str(first), str(second)) for first, second in pairs])

    def render(self, value: object) -> Image:
        from mmgan_text.text_picture import text_picture

        return text_picture(str(value))

    def save(self, value: object, stem: Path) -> Path:
        """As UTF-8 in a .txt file."""
        file = stem.with_name(f"{stem.name}.txt")
        file.write_text(f"{value}\n", encoding="utf-8")
        return file


def cut_after(most: int, length: int, unit: str) -> str:
    """Say that a text of so many units is read up to ``most`` of them; "" if it is no longer."""
    return f"only the first {most:,} of its {length:,} {unit} are read" if length > most else ""


def readable(values: Sequence[object]) -> list[str]:
    """The texts of the raw values that can be read; `prepare` counts the others later."""
    texts = []
    for value in values:
        try:
            texts.append(read_text(value))
        except BadValue:
            continue
    return texts
