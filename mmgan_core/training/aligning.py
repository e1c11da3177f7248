"""The alignment of given entries with one another, and with the samples of made entries.

Encodings of real samples join those of what is given, and their encoders learn with the alignment.
In the generator phase made samples stand for the real ones, and generators learn to make what is
encoded near what was given: a contrastive term between texts and pictures, as in Zhang et al. 2021,
"Cross-modal contrastive learning for text-to-image generation", https://arxiv.org/abs/2101.04702.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from mmgan_core.contracts import Encoder, Encoding
from mmgan_core.foundation.whole_batch import rows_of_all
from mmgan_core.recipe.schedule import ends, value_at
from mmgan_core.recipe.schema import Recipe
from mmgan_core.training.conditions import PhaseInputs
from mmgan_core.training.game import Game
from mmgan_core.training.networks import Networks


class Aligning:
    """Computes the alignment in both phases."""

    def __init__(self, recipe: Recipe, networks: Networks, game: Game) -> None:
        self.chosen, self.networks, self.game = recipe.align, networks, game
        self.given = [name for name in recipe.aligned() if name in networks.gan.dims]

    def real(self, inputs: PhaseInputs, metrics: dict[str, Tensor]) -> Tensor | float:
        """The weighted alignment of what is given and of real samples; 0 without an alignment."""
        if self.chosen is None:
            return 0.0
        encodings = {name: inputs.encodings[name] for name in self.given}
        for name in self.networks.align_encoders:
            encodings[name] = self._of_samples(name, inputs.batch.real[name], inputs)
        # Only those alignments that take it are told of rows that lack values: not all need to.
        present = inputs.batch.shown() if inputs.batch.present else None
        value = self._alignment(encodings, inputs, present)
        metrics["align"] = value.detach()
        return value_at(self.chosen.weight, inputs.now) * value

    def made(
        self,
        inputs: PhaseInputs,
        samples: Callable[[str], Tensor],
        metrics: dict[str, Tensor],
    ) -> Tensor | float:
        """The weighted alignment of what generators were given with what they made of it.

        Args:
            inputs: what the phase computed once.
            samples: returns the samples of a made entry, with their gradient.
            metrics: the metrics of the phase, which the alignment is added to.
        """
        if self.chosen is None or not any(ends(self.chosen.generator_weight)):
            return 0.0
        encodings = {name: inputs.encodings[name] for name in self.given}
        for name in self.networks.align_encoders:
            encodings[name] = self._of_samples(name, samples(name), inputs)
        # A generator cannot follow what was not given to it.
        value = self._alignment(encodings, inputs, inputs.shown)
        metrics["align/g"] = value.detach()
        return value_at(self.chosen.generator_weight, inputs.now) * value

    def _of_samples(self, name: str, samples: Tensor, inputs: PhaseInputs) -> Encoding:
        """Encode samples as discriminators see them, without padding, but for what mixes rows."""
        condition = self.game.conditions.of(name, inputs)
        changes = self.game.changes(name, samples, condition, inputs.now).unmixed()
        encoder = self.networks.align_encoders[name]
        assert isinstance(encoder, Encoder)
        return encoder.of_sample(changes.sample(samples))

    def _alignment(
        self,
        encodings: dict[str, Encoding],
        inputs: PhaseInputs,
        shown: Mapping[str, Tensor] | None,
    ) -> Tensor:
        meaning = inputs.batch.meaning
        lacking = {}
        if shown is not None:
            given = {name: shown[name] for name in self.given}
            # Samples of which nothing was told have nothing to be near to.
            told = torch.ones_like(meaning, dtype=torch.bool)
            if given:
                told = torch.stack([*given.values()]).any(0)
            lacking = {"present": dict.fromkeys(self.networks.align_encoders, told) | given}
            lacking["present"] = {n: rows_of_all(rows) for n, rows in lacking["present"].items()}
        assert self.networks.align is not None
        # Of all processes: each computes the alignment of the whole batch.
        encodings = {name: one.mapped(rows_of_all) for name, one in encodings.items()}
        meaning = rows_of_all(meaning)
        same = meaning[:, None] == meaning[None, :]
        value: Tensor = self.networks.align(encodings, same, **lacking)
        return value
