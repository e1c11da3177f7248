"""What a phase computes once for all made entries: encodings, conditions and masks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mmgan_core.assembly.window import Window
from mmgan_core.contracts import Condition, Encoding, Masked, Modality
from mmgan_core.data.feed import Batch
from mmgan_core.errors import BadValue, nearest
from mmgan_core.foundation.whole_batch import own_rows, rows_of_all
from mmgan_core.recipe.schedule import Now
from mmgan_core.recipe.schema import Recipe
from mmgan_core.training.masks import sampled_masks
from mmgan_core.training.matching_aware import mismatched
from mmgan_core.training.moving import data_augmented
from mmgan_core.training.networks import Networks


@dataclass(frozen=True)
class PhaseInputs:
    """What one phase computes once for all made entries.

    Attributes:
        batch: the batch, its real samples changed by the data augmentations.
        noise: each noise, (B, Z), by the made entry that it belongs to.
        step: the number of the phase; ``every`` of penalties and auxiliary losses depends on it.
        samples: how many samples training has seen; what has started by then depends on it.
        now: the same, which schedules depend on; a compiled phase reads it from the device.
        encodings: the encoding of each given entry.
        shown: for each given entry, the rows in which it is shown, (B,).
        conditions: the condition of each made entry.
        masked: the masked samples of each repaired entry.
    """

    batch: Batch
    noise: Mapping[str, Tensor]
    step: int
    samples: int
    now: Now
    encodings: Mapping[str, Encoding]
    shown: Mapping[str, Tensor]
    conditions: Mapping[str, Condition]
    masked: Mapping[str, Masked]


class Conditions:
    """Computes the inputs of a phase."""

    def __init__(
        self,
        recipe: Recipe,
        networks: Networks,
        modalities: Mapping[str, Modality],
        told_apart: Mapping[str, tuple[str, ...]],
        windows: Mapping[str, Window],
    ) -> None:
        """
        Args:
            told_apart: the given entries of which a made entry's discriminators see values.
            windows: the windows of made entries that have one.
        """
        self.windows = windows
        self.recipe, self.networks, self.gan = recipe, networks, networks.gan
        self.told_apart = told_apart
        self.modalities = modalities
        self.repairs = {name: make.repair for name, make in recipe.make.items() if make.repair}

    def inputs(
        self,
        batch: Batch,
        noise: Mapping[str, Tensor],
        step: int,
        samples: int,
        now: Now | None = None,
    ) -> PhaseInputs:
        """The inputs of one phase; ``batch`` is already changed by the data augmentations."""
        now = samples if now is None else now
        encodings = self.gan.encode(batch.given)
        shown = batch.shown()
        if self.gan.fusion:
            shown = self.gan.fusion.keep(shown)
        conditions = self.gan.conditions(encodings, shown, like=batch.meaning)
        masked = sampled_masks(batch.real, self.modalities, self.repairs)
        return PhaseInputs(batch, noise, step, samples, now, encodings, shown, conditions, masked)

    @torch.no_grad()
    def data_augmented(self, batch: Batch, now: Now) -> Batch:
        """The batch with its real samples changed by the data augmentations, and cut."""
        return data_augmented(batch, self.networks.data_augmentations, now, self.windows)

    def of(self, name: str, inputs: PhaseInputs) -> Condition:
        """The condition of a made entry, with its masked samples if it is repaired."""
        return self.completed(name, inputs.conditions[name], inputs)

    def completed(self, name: str, condition: Condition, inputs: PhaseInputs) -> Condition:
        """A condition of a made entry: its masked samples added, its maps moved with them."""
        masked, move = inputs.masked.get(name), inputs.batch.moves.get(name)
        return self.gan.condition_for(name, condition, masked, move)

    def all_given(self, inputs: PhaseInputs) -> Condition:
        """The condition that all given entries make, whatever made entries are conditioned on."""
        for name, condition in inputs.conditions.items():
            if len(self.recipe.given_of(name)) == len(self.recipe.given):
                return replace(condition, places=None)  # which are those of one made entry
        return self.gan.fuse(inputs.encodings, inputs.shown, like=inputs.batch.meaning)

    def mismatched(self, inputs: PhaseInputs) -> dict[str, Condition]:
        """For made entries that ask, conditions in which one given entry is another row's."""
        found: dict[tuple[tuple[str, ...], ...], Condition] = {}
        asking = {
            name: (self.recipe.given_of(name), self.told_apart[name])
            for name, make in self.recipe.make.items()
            if make.matching_aware
        }
        for chosen, told in dict.fromkeys(asking.values()):
            encodings = {name: inputs.encodings[name] for name in chosen}
            shown = {name: inputs.shown[name] for name in chosen}
            # The other row may be one of another process.
            whole = {name: encodings[name].mapped(rows_of_all) for name in told}
            rows = mismatched(
                whole,
                {name: rows_of_all(shown[name]) for name in told},
                rows_of_all(inputs.batch.meaning),
                {name: rows_of_all(there) for name, there in inputs.batch.present.items()},
            )
            own = own_rows(len(inputs.batch.meaning))
            wrong = encodings | {name: whole[name].take(rows[name][own]) for name in rows}
            found[chosen, told] = self.gan.fuse(wrong, shown, like=inputs.batch.meaning)
        # The samples are as long as their own given value says.
        return {
            name: replace(found[key], places=inputs.conditions[name].places)
            for name, key in asking.items()
        }

    def encode(self, given: str, sample: Tensor) -> Encoding:
        """Encode samples by the encoder of a given entry."""
        if given not in self.gan.encoders:
            raise BadValue(f"nothing is given as {given!r}: {nearest(given, self.gan.encoders)}")
        return self.gan.encoder(given).of_sample(sample)

    def fuse(self, encodings: Mapping[str, Encoding], entry: str) -> Condition:
        """The condition of a made entry from these encodings alone, with nothing known of it."""
        for given in encodings:
            if given not in self.recipe.given_of(entry):
                raise BadValue(f"{entry} is not conditioned on {given}: see make.{entry}.given")
        if not encodings:
            raise BadValue("no sample stands for a given value: name one")
        like = next(iter(encodings.values())).pooled
        present = {
            n: torch.ones(len(like), dtype=torch.bool, device=like.device) for n in encodings
        }
        return self.gan.condition_for(entry, self.gan.fuse(encodings, present, like=like), None)
