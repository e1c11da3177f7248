"""Broken components: tokens that are padding make a difference."""

from __future__ import annotations

from dataclasses import replace

import torch

from mmgan_core import contracts as c

from .. import healthy as h
from .. import unusual as u
from .registry import caught_by

LENGTHS = "tokens that are padding make no difference"
TOKENS = ("tokens",)


@caught_by("generator", LENGTHS, condition_parts=TOKENS)
class ReadsPadding(u.TokensAlone):
    """Its mean is over padding too."""

    def forward(self, noise, condition):
        everywhere = torch.ones_like(condition.padding_mask)
        return super().forward(noise, replace(condition, padding_mask=everywhere))


@caught_by("generator", LENGTHS, condition_parts=TOKENS)
class DividesByAllTokens(u.TokensAlone):
    """It leaves padding out of the sum, and not of the number."""

    def forward(self, noise, condition):
        there = condition.padding_mask[..., None].to(condition.tokens)
        return h.Generator.forward(self, noise, c.Condition((condition.tokens * there).mean(1)))


@caught_by("generator", LENGTHS, condition_parts=TOKENS)
class TeachesPadding(u.TokensAlone):
    """A gradient reaches padding that no number depends on."""

    def forward(self, noise, condition):
        same = condition.tokens - condition.tokens.detach()
        return super().forward(noise, condition) + same.sum((1, 2))[:, None]
