"""Broken components: generators and what they say of a likelihood."""

from __future__ import annotations

import torch

from .. import healthy as h
from .registry import caught_by


@caught_by("generator", "it knows the likelihood of a sample if its spec says so")
class SilentAboutLikelihood(h.Generator):
    def log_likelihood(self, sample, condition, mask=None):
        return -sample.flatten(1).square().sum(1)


@caught_by(
    "generator", "it knows the likelihood of a sample if its spec says so", knows_likelihood=True
)
class ClaimsLikelihood(h.Generator):
    pass


@caught_by(
    "generator", "it knows the likelihood of a sample if its spec says so", knows_likelihood=True
)
class LikelihoodOfTheBatch(h.Generator):
    def log_likelihood(self, sample, condition, mask=None):
        made = self(torch.zeros(len(sample), self.noise_dim), condition)
        apart = (made - sample).square()
        return -(apart if mask is None else apart * mask).mean(0).sum().expand(len(sample))


@caught_by(
    "generator", "it knows the likelihood of a sample if its spec says so", knows_likelihood=True
)
class LikelihoodWithoutMask(h.Generator):
    def log_likelihood(self, sample, condition, mask=None):
        made = self(torch.zeros(len(sample), self.noise_dim), condition)
        return -(made - sample).square().flatten(1).sum(1)
