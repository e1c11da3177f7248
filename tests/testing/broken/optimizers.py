"""Broken components: optimisers."""

from __future__ import annotations

import torch

from .. import healthy as h
from .registry import caught_by

MOVES = "it moves every weight that has a gradient, and no other"
RESUMES = "it resumes bit for bit"
RATES = "it follows the rate of each group"


class Built(h.Optimizer):
    """Builds the class in ``kind``."""

    kind: type = h.Signs

    def build(self, groups):
        return self.kind([dict(group) for group in groups], **self.settings())


@caught_by("optimizer", MOVES)
class FirstGroupAlone(Built):
    class kind(h.Signs):
        def step(self, closure=None):
            everything = self.param_groups
            self.param_groups = everything[:1]
            super().step()
            self.param_groups = everything


@caught_by("optimizer", MOVES)
class GoesOnWithoutAGradient(Built):
    class kind(h.Signs):
        def step(self, closure=None):
            for group in self.param_groups:
                for weight in group["params"]:
                    if weight.grad is None:
                        weight.grad = torch.zeros_like(weight)
            super().step()


@caught_by("optimizer", "it goes downhill")
class Climbs(Built):
    class kind(h.Signs):
        def step(self, closure=None):
            for group in self.param_groups:
                for weight in group["params"]:
                    if weight.grad is not None:
                        weight.grad.neg_()
            super().step()


@caught_by("optimizer", RATES)
class KeepsItsFirstRate(Built):
    class kind(h.Signs):
        def __init__(self, groups, keep):
            super().__init__(groups, keep)
            self.rate = self.param_groups[0]["lr"]

        def step(self, closure=None):
            for group in self.param_groups:
                group["lr"] = self.rate
            super().step()


@caught_by("optimizer", RATES)
class OneRateForAll(Built):
    class kind(h.Signs):
        def step(self, closure=None):
            for group in self.param_groups:
                group["lr"] = self.param_groups[0]["lr"]
            super().step()


@caught_by("optimizer", RESUMES)
class CountsInSecret(Built):
    class kind(h.Signs):
        steps = 0

        def step(self, closure=None):
            self.steps += 1
            for group in self.param_groups:
                group["steps"] = self.steps
            super().step()


@caught_by("optimizer", RESUMES)
class RemembersBesideItsState(Built):
    class kind(h.Signs):
        def kept(self, weight):
            if not hasattr(self, "beside"):
                self.beside = {}
            return self.beside.setdefault(weight, {})


@caught_by("optimizer", RESUMES)
class KeepsALog(Built):
    class kind(h.Signs):
        def step(self, closure=None):
            super().step()
            for weight in self.state:
                self.state[weight].setdefault("log", []).append("moved")


@caught_by("optimizer", "its settings are those of its groups")
class OtherNames(h.Optimizer):
    def build(self, groups):
        return h.Signs([dict(group) for group in groups], keep=0.5)

    def settings(self):
        return {"momentum": self.options.keep}


@caught_by("optimizer", "its settings are those of its groups")
class ReadsNoOption(h.Optimizer):
    def build(self, groups):
        return h.Signs([dict(group) for group in groups], keep=0.25)
