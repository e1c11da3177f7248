"""Inception score: exp of the mean Kullback-Leibler divergence of p(y|x) from p(y).

Salimans et al. 2016, "Improved techniques for training GANs", https://arxiv.org/abs/1606.03498. It
is 1 if the evaluator is undecided about all samples or decides for one class alone, and the number
of classes if it is sure of each sample and all classes are equally frequent. They compute it with
the Inception network; here p(y|x) is that of the recipe's own evaluator, so numbers of different
recipes cannot be compared. All samples are taken at once: the mean over ten parts, which papers
print, is lower for few samples. A score says nothing of how much samples of one class differ.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from torch import Tensor

from mmgan_core.contracts import Evaluated, Measurement, Metric
from mmgan_core.options import Options

SCORE = "inception score"


class InceptionScoreOptions(Options):
    """`core/inception-score` has no options."""


class InceptionScore(Metric):
    """One number; its floor is that of real samples, with the same n."""

    Options = InceptionScoreOptions
    needs = frozenset({"probabilities"})
    explains: ClassVar[Mapping[str, str]] = {
        SCORE: "Among how many classes samples are spread of which the network is sure: from 1 to "
        "the number of classes. It is not that of papers, which is of another network.",
    }

    def measure(self, fake: Evaluated, real: Evaluated, held_out: Evaluated) -> list[Measurement]:
        """Return the score, or nothing for fewer than two samples."""
        count = min(len(fake.probabilities), len(real.probabilities))
        if count < 2:
            return []
        value, floor = (score(one.probabilities[:count]) for one in (fake, real))
        return [Measurement(SCORE, value, floor, n=count)]


def score(probabilities: Tensor) -> float:
    """The score of probabilities (N, K)."""
    each = probabilities.double()
    share = each.mean(0, keepdim=True)
    # A class without probability adds nothing: x log x is 0 at 0.
    tiny = 1e-300
    divergence = (each * (each.clamp_min(tiny).log() - share.clamp_min(tiny).log())).sum(1)
    return float(divergence.mean().exp())
