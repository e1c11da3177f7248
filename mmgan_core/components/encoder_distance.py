"""Encoder distance: how far made samples are from the real ones of their rows, in features.

At each place of each kind of features of an encoder (maps, tokens, the pooled vector) the vectors
of both samples are scaled to length 1, and their squared distance is averaged over the places; the
result is the mean over the kinds:

    mean over kinds of mean over places of |a/|a| - b/|b||^2,   from 0 for equal samples to 4

This is LPIPS without its learned weights: Zhang et al. 2018, "The unreasonable effectiveness of
deep features as a perceptual metric", https://arxiv.org/abs/1801.03924. It is perceptual only as
far as the encoder is; numbers of different encoders do not compare.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar, Literal

import torch
from pydantic import Field
from torch import Tensor
from torch.nn.functional import normalize

from mmgan_core.components.feature_metric import FeatureOptions
from mmgan_core.contracts import Encoding, Evaluated, Measurement, Metric

BATCH = 64


class EncoderDistanceOptions(FeatureOptions):
    """Options of `core/encoder-distance`."""

    features: Literal["all", "pooled"] = Field(
        "all", description="compare all features that the encoder has, or the pooled vector alone"
    )


class EncoderDistance(Metric):
    """One number; its floor is that of other real samples in place of the made ones."""

    Options = EncoderDistanceOptions
    options: EncoderDistanceOptions
    needs = frozenset({"values", "references", "encode"})
    explains: ClassVar[Mapping[str, str]] = {
        "encoder distance": "How far a sample is from the real one of its row, as a network "
        "sees them: from 0, equal, to 4.",
    }

    @classmethod
    def examples(cls) -> Sequence[Mapping[str, object]]:
        return ({}, {"features": "pooled"})

    def __init__(self, options: EncoderDistanceOptions) -> None:
        super().__init__(options)
        self.encoder = options.encoder

    def measure(self, fake: Evaluated, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        """Return one number, or nothing if there are no samples."""
        value = self._mean_distance(fake, fake.references, fake)
        if value is None:
            return []
        floor = self._mean_distance(held_out, real, fake)
        count = len(fake.values)
        return [Measurement("encoder distance", value, floor, better="lower", n=count)]

    def _mean_distance(self, one: Evaluated, other: Evaluated, by: Evaluated) -> float | None:
        count, total = min(len(one.values), len(other.values)), 0.0
        for start in range(0, count, BATCH):
            rows = slice(start, min(start + BATCH, count))
            made, real = by.encode(one.values[rows]), by.encode(other.values[rows])
            kinds = list(distances(made, real, self.options.features == "pooled"))
            total += float(torch.stack(kinds).mean(0).sum())
        return total / count if count else None


def distances(one: Encoding, other: Encoding, pooled_alone: bool) -> Iterator[Tensor]:
    """The mean squared distance of each row in each kind of features, each (B,).

    Tokens are compared where both rows have one.
    """
    yield _apart(one.pooled, other.pooled, 1)
    if pooled_alone:
        return
    if one.maps is not None and other.maps is not None:
        yield _apart(one.maps, other.maps, 1).flatten(1).mean(1)
    if one.tokens is not None and other.tokens is not None:
        length = min(one.tokens.shape[1], other.tokens.shape[1])
        apart = _apart(one.tokens[:, :length], other.tokens[:, :length], 2)
        there = torch.ones_like(apart)
        for side in (one, other):
            if side.padding_mask is not None:
                there = there * side.padding_mask[:, :length]
        yield (apart * there).sum(1) / there.sum(1).clamp_min(1)


def _apart(one: Tensor, other: Tensor, dim: int) -> Tensor:
    scaled = normalize(one.double(), dim=dim) - normalize(other.double(), dim=dim)
    return scaled.square().sum(dim)
