"""Broken components: fusions."""

from __future__ import annotations

import torch

from mmgan_core import contracts as c

from .. import healthy as h
from .registry import caught_by

# Fusions.


@caught_by("fusion", "any subset of entries works, also none")
class DividesByCount(h.Fusion):
    def forward(self, encodings, present):
        count = sum(there.float() for there in present.values())[:, None]
        return c.Condition(super().forward(encodings, present).pooled / count)


SURROUNDINGS = "its other outputs are as declared too"
ABSENT = "absent entries make no difference, present ones do"


@caught_by("fusion", ABSENT)
class SeesTheAbsent(h.Fusion):
    def forward(self, encodings, present):
        everything = {name: torch.ones_like(there) for name, there in present.items()}
        return super().forward(encodings, everything)


@caught_by("fusion", ABSENT)
class SeesOneOnly(h.Fusion):
    def forward(self, encodings, present):
        first = next(iter(present))
        only = {n: there & (n == first) for n, there in present.items()}
        return super().forward(encodings, only)


@caught_by("fusion", "modality dropout only hides entries")
class Invents(h.Fusion):
    def keep(self, present):
        return {name: torch.ones_like(there) for name, there in present.items()}


@caught_by("fusion", "each row has its own entries")
class AnywhereInTheBatch(h.Fusion):
    def forward(self, encodings, present):
        anywhere = {name: there | there.any() for name, there in present.items()}
        return super().forward(encodings, anywhere)


@caught_by("fusion", "modality dropout only hides entries")
class HidesForAllRows(h.Fusion):
    def keep(self, present):
        return {
            n: there & (torch.rand((), device=there.device) < 0.5) for n, there in present.items()
        }


@caught_by("fusion", "modality dropout only hides entries")
class HidesInPlace(h.Fusion):
    def keep(self, present):
        return {n: there.logical_and_(torch.rand(len(there)) < 0.5) for n, there in present.items()}


@caught_by("fusion", ABSENT)
class TokensOfTheAbsent(h.Fusion):
    """Its vector is right, its tokens show what is absent."""

    def __init__(self, options, spaces):
        super().__init__(options, spaces)
        self.space = c.ConditionSpace(4, token_dim=4)

    def forward(self, encodings, present):
        everything = {name: torch.ones_like(there) for name, there in present.items()}
        tokens = super().forward(encodings, everything).pooled[:, None]
        return c.Condition(super().forward(encodings, present).pooled, tokens)


@caught_by("fusion", SURROUNDINGS)
class MaskOfFloats(TokensOfTheAbsent):
    def forward(self, encodings, present):
        made = super().forward(encodings, present)
        return c.Condition(made.pooled, made.tokens, torch.ones(made.tokens.shape[:2]))


@caught_by("fusion", "any subset of entries works, also none")
class EndlessTokens(TokensOfTheAbsent):
    def forward(self, encodings, present):
        made = super().forward(encodings, present)
        count = sum(there.float() for there in present.values())[:, None, None]
        return c.Condition(made.pooled, made.tokens / count)


SHARES = "its shares sum to 1, and absent entries have none"


@caught_by("fusion", SHARES)
class SharesAreEqual(h.Fusion):
    def shares(self, encodings, present):
        return {name: torch.ones(len(there)) / len(present) for name, there in present.items()}


@caught_by("fusion", SHARES)
class ForgetsThePrior(h.Fusion):
    def shares(self, encodings, present):
        return {name: 0.3 * there.float() for name, there in present.items()}
