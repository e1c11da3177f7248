"""MAUVE: how alike the made and the real texts are as distributions, in features of an encoder.

Pillutla et al. 2021, https://arxiv.org/abs/2102.01454. The features of both sets are grouped
together, and p and q are the shares of the real and of the made texts in each group. With

    r = w p + (1 - w) q,   0 < w < 1

the points (exp(-c KL(q | r)), exp(-c KL(p | r))) form a curve; MAUVE is the area below it, from 0
to 1. KL(q | r) grows with texts that are unlike real ones, KL(p | r) with real ones that are never
made. As in the paper, c is 5, there is one group for every ten texts, and features are scaled to
length 1 and projected to the directions that hold 90 % of their variance.

The paper's features are those of a large language model; numbers of other encoders do not compare
with it, and none compares at another n.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch
from pydantic import Field
from torch import Tensor
from torch.nn.functional import normalize

from mmgan_core.components.feature_metric import FeatureOptions
from mmgan_core.components.frozen_features import FrozenFeatures
from mmgan_core.contracts import Evaluated, Measurement

MAUVE_NAME = "MAUVE"
SEED = 0
SCALE = 5.0
POINTS = 25
VARIANCE = 0.9
Shares = npt.NDArray[np.float64]


class MAUVEOptions(FeatureOptions):
    """Options of ``text/mauve``."""

    encoder: dict[str, object] | None = Field(
        None,
        description="the frozen encoder in whose features texts are grouped, as use and its "
        "options, such as text/sentence-transformer; default: the one that texts suggest",
    )


class MAUVE(FrozenFeatures):
    """One number; its floor is that of other real texts, with the same n."""

    Options = MAUVEOptions
    options: MAUVEOptions
    needs = frozenset({"values", "encode"})
    explains: ClassVar[Mapping[str, str]] = {
        MAUVE_NAME: "How alike made and real texts are as a whole, from 0 to 1: it falls if texts "
        "look like no real ones, and if kinds of real texts are never made. Numbers of different "
        "encoders cannot be compared.",
    }

    def measure(self, fake: Evaluated, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        """Return one number, or nothing for fewer than two texts."""
        count = min(len(one.values) for one in (fake, real, held_out))
        if count < 2:
            return []
        made, true, other = (
            self.features(one, one.values[:count]) for one in (fake, real, held_out)
        )
        value, floor = area(*grouped(true, made)), area(*grouped(true, other))
        return [Measurement(MAUVE_NAME, value, floor, n=count)]


def grouped(real: Tensor, made: Tensor) -> tuple[Shares, Shares]:
    """The shares of two sets of features (N, F) in each group that they form together, (K,)."""
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA

    scaled: Any = normalize(torch.cat([real, made]), dim=1).numpy()
    if np.ptp(scaled, axis=0).max() > 1e-9:  # of equal ones, no direction holds the variance
        scaled = PCA(VARIANCE, svd_solver="full").fit_transform(scaled)
    different = len(np.unique(scaled.round(9), axis=0))
    groups = min(max(2, len(real) // 10), different)
    found = KMeans(groups, n_init=5, random_state=SEED).fit_predict(scaled)
    one, other = (
        np.bincount(part, minlength=groups) / len(part)
        for part in (found[: len(real)], found[len(real) :])
    )
    return one, other


def area(real: Shares, made: Shares) -> float:
    """The area below the curve of two distributions over groups."""
    weights = np.linspace(1e-6, 1 - 1e-6, POINTS)
    mixed = [w * real + (1 - w) * made for w in weights]
    x, y = (np.exp([-SCALE * _divergence(one, r) for r in mixed]) for one in (made, real))
    # The ends of the curve, as w goes to 0 and to 1.
    x, y = np.concatenate([[1.0], x, [0.0]]), np.concatenate([[0.0], y, [1.0]])
    return float(min(1.0, (-np.diff(x) * (y[1:] + y[:-1]) / 2).sum()))


def _divergence(one: Shares, mixed: Shares) -> float:
    """KL(one | mixed), in nats."""
    some = one > 0
    return float((one[some] * np.log(one[some] / mixed[some])).sum())
