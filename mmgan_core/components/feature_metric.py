"""What metrics of features share: the evaluator's features, or those of an encoder by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import torch
from pydantic import Field, field_validator
from torch import Tensor

from mmgan_core.contracts import Evaluated, Metric
from mmgan_core.options import Options as BaseOptions

BATCH = 64


class FeatureOptions(BaseOptions):
    """Options of metrics that compare what an encoder makes of samples."""

    encoder: dict[str, object] | None = Field(
        None,
        description="a frozen encoder whose features are compared, as use and its options; "
        "default: the evaluator's",
    )

    @field_validator("encoder", mode="before")
    @classmethod
    def _spelt_short(cls, value: object) -> object:
        value = {"use": value} if isinstance(value, str) else value
        if isinstance(value, Mapping) and not isinstance(value.get("use"), str):
            raise ValueError("an encoder needs use: ID")
        return value


class FeatureMetric(Metric):
    """A metric of features; with an encoder of its own it needs no evaluator.

    Attributes:
        title: what its number is called.
    """

    Options: ClassVar[type[BaseOptions]] = FeatureOptions
    needs = frozenset({"features"})
    title: str

    def __init__(self, options: BaseOptions) -> None:
        super().__init__(options)
        self.use_encoder(getattr(options, "encoder", None))
        self._real: list[tuple[Sequence[object], Tensor]] = []

    def use_encoder(self, encoder: Mapping[str, object] | None) -> None:
        """Take the features of this encoder, or the evaluator's."""
        self.encoder = encoder
        if encoder is not None:
            self.needs = frozenset({"values", "encode"})

    def features(self, fake: Evaluated, real: Evaluated, held_out: Evaluated) -> list[Tensor]:
        """The features of all three, (N, F), as many of each as the fewest, in double precision."""
        found = [
            self._features(fake, kept=False),
            *(self._features(one, kept=True) for one in (real, held_out)),
        ]
        count = min(map(len, found))
        return [one[:count].double().cpu() for one in found]

    def _features(self, one: Evaluated, *, kept: bool) -> Tensor:
        if self.encoder is None:
            return one.features
        values = one.values
        for seen, found in self._real:  # real samples are the same whatever is given
            if seen is values:
                return found
        parts = [one.encode(values[at : at + BATCH]).pooled for at in range(0, len(values), BATCH)]
        found = torch.cat(parts) if parts else torch.empty(0, 1)
        if kept:
            self._real = [*self._real[-1:], (values, found)]
        return found
