"""Labels: one or several names from a fixed list; samples are one-hot or multi-hot, (B, K)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import torch
from pydantic import Field, model_validator
from torch import Tensor

from mmgan_core.contracts import Column, Fed, Modality, Reading, SampleSpace, Showing
from mmgan_core.errors import BadValue, nearest
from mmgan_core.options import Options

if TYPE_CHECKING:
    from PIL.Image import Image


class LabelOptions(Options):
    """Options of `core/label`."""

    names: tuple[str, ...] = Field(min_length=1, description="all names, in order")
    multiple: bool = Field(
        False, description="several labels a value: a list, or a text with commas between them"
    )

    @model_validator(mode="after")
    def _refuse_ambiguous_names(self) -> LabelOptions:
        twice = [name for name in set(self.names) if self.names.count(name) > 1]
        if twice:
            raise ValueError(f"the name {min(twice)!r} occurs twice")
        commas = [name for name in self.names if "," in name]
        if self.multiple and commas:
            raise ValueError(
                f"commas separate several labels, as in {commas[0]!r}: list every name in names"
            )
        return self


class Label(Modality):
    """A name from the list; an int stands for the name with that number, but a string of digits
    does not.
    """

    kind: ClassVar[str] = "label"
    Options = LabelOptions
    options: LabelOptions

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({"names": ("a", "b", "c")}, {"names": ("x", "y"), "multiple": True})

    def __init__(self, options: LabelOptions) -> None:
        super().__init__(options)
        self._number = {name: number for number, name in enumerate(options.names)}

    @property
    def labels(self) -> tuple[str, ...]:
        """All names, in order."""
        return self.options.names

    @property
    def space(self) -> SampleSpace:
        """Samples (K,), from 0 to 1."""
        return SampleSpace("label", (len(self.options.names),), low=0.0, high=1.0)

    @classmethod
    def suggest(cls, column: Column, values: Sequence[object]) -> dict[str, object]:
        """Suggest the names that the data source knows, or those that occur."""
        # A recipe may have given the same name to several numbers.
        listed = [one for value in values if isinstance(value, (list, tuple)) for one in value]
        found = tuple(dict.fromkeys(column.names)) or tuple(
            sorted({str(v) for v in (*values, *listed) if isinstance(v, (str, Integral))})
        )
        # Commas within names would separate names.
        several = {"multiple": True} if listed and not any("," in one for one in found) else {}
        return {"names": found, **several} if found else {}

    def decode(self, value: object) -> str:
        """The name, or several names joined by ``, ``."""
        return ", ".join(self.options.names[number] for number in self._numbers(value))

    def prepare(self, values: Sequence[object]) -> Tensor:
        """One-hot or multi-hot vectors, (B, K), uint8."""
        hot = torch.zeros(len(values), len(self.options.names), dtype=torch.uint8)
        for row, value in zip(hot, values, strict=True):
            row[self._numbers(value)] = 1
        return hot

    def to_sample(self, prepared: Tensor) -> Tensor:
        """The vectors as floats, (B, K)."""
        return prepared.float()

    def parts(self, value: object) -> Mapping[str, Sequence[str]]:
        """The names, if there are several."""
        numbers = self._numbers(value)
        return {"names": [self.options.names[n] for n in numbers if len(numbers) > 1]}

    def without(self, value: object, family: str, gone: Sequence[int]) -> object:
        """The other names; None if there is none."""
        left = [n for at, n in enumerate(self._numbers(value)) if at not in gone]
        return ", ".join(self.options.names[n] for n in left) or None

    def present(self, sample: Tensor) -> list[object]:
        """The name with the largest value; with ``multiple``, all names with a value over 0.5."""
        names = self.options.names
        if not self.options.multiple:
            return [names[number] for number in sample.argmax(1).tolist()]
        rows = (sample > 0.5).tolist()
        return [", ".join(n for n, on in zip(names, row, strict=True) if on) for row in rows]

    def reading(self) -> Reading:
        """A number for each name: 1 for those that are meant, 0 for the others."""
        settings = {"names": list(self.options.names), "multiple": self.options.multiple}
        shape = (len(self.options.names),)
        return Reading(
            "label",
            settings,
            {"names": Fed("float32", shape)},
            lambda values: {"names": self.to_sample(self.prepare(values))},
            lambda fed: {"prepared": fed["names"]},
        )

    def showing(self) -> Showing:
        """The same numbers, of which the largest says the name."""
        names, multiple = list(self.options.names), self.options.multiple
        return Showing("label", {"names": names, "multiple": multiple})

    def render(self, value: object) -> Image:
        """Render the name on a tile."""
        from mmgan_core.components.tile import tile

        return tile(str(value))

    def save(self, value: object, stem: Path) -> Path:
        """Write a text file."""
        file = stem.with_name(f"{stem.name}.txt")
        file.write_text(f"{value}\n", encoding="utf-8")
        return file

    def _numbers(self, value: object) -> list[int]:
        if isinstance(value, (list, tuple)):
            if len(value) != 1 and not self.options.multiple:
                raise BadValue(f"{value!r} is not one label: set multiple: true for several")
            return [self._one(str(one)) for one in value]
        text = str(value)
        if isinstance(value, Integral) and text not in self._number:
            text = self._name_of(int(value))
        if not self.options.multiple:
            return [self._one(text)]
        parts = (part.strip() for part in text.split(","))
        return [self._one(part) for part in parts if part]

    def _name_of(self, number: int) -> str:
        names = self.options.names
        return names[number] if 0 <= number < len(names) else str(number)

    def _one(self, name: str) -> int:
        if name in self._number:
            return self._number[name]
        raise BadValue(f"there is no label {name!r}: {nearest(name, self.options.names)}")
