"""Broken components: with a frozen model of their own."""

from __future__ import annotations

import torch

from .. import healthy as h
from .registry import caught_by

MODEL = "a frozen model that it works with stays as it is in training"


@caught_by("encoder", MODEL)
class Registers(h.WithModel):
    """The frozen network is a module of its own, so that whatever trains it trains both."""

    def __init__(self, options, modality, *, model):
        super().__init__(options, modality, model=model)
        self.network = model.network


@caught_by("encoder", MODEL)
class Wakes(h.WithModel):
    """The frozen network goes into training mode with the rest."""

    def train(self, mode=True):
        self.model.network.train(mode)
        return super().train(mode)


@caught_by("encoder", MODEL)
class Writes(h.WithModel):
    """It writes into the frozen network."""

    def forward(self, tensors):
        with torch.no_grad():
            next(self.model.network.parameters()).add_(1e-3)
        return super().forward(tensors)
