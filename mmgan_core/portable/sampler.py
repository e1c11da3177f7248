"""A trained model as one module: from what an engine feeds to what it shows.

Its inputs are named tensors, most of them with a free batch as their first axis:

    given.ENTRY.NAME    what the entry's ``Reading`` says; anything where the entry is absent
    given.ENTRY.present whether the entry is given, ()
    noise.ENTRY         (B, Z) from N(0, 1)
    repair.ENTRY.NAME   the sample to repair, as its modality reads it
    repair.ENTRY.mask   (B, ...): 1 where it is missing; 1 everywhere if nothing is repaired
    prior.place         (B,) from 0 to 1
    prior.normal        (B, R) from N(0, 1)
    prior.draw          whether absent entries are drawn from the prior, ()
    push.amount         (B, D): how far the condition goes along each of its kept directions
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor, nn

from mmgan_core.contracts import Condition, Encoding, Fed, Masked, NotPortable, Reading, Showing
from mmgan_core.errors import UsageError
from mmgan_core.inference.model import Model
from mmgan_core.portable.drawing import MOST_ENTRIES, Drawing
from mmgan_core.portable.pushing import Known, Pushing

BATCH = "batch"
PRESENT, MASK, PUSH = "present", "mask", "push.amount"
DRAWS = ("place", "normal")
PRIOR, READERS = "drawing.", "readers."
"""How the names begin of the prior's numbers, and of those of the frozen networks that read."""


class Sampler(nn.Module):
    """Makes what is shown of the samples of every made entry.

    Attributes:
        readings: how the values of given entries are read.
        repairs: how the samples to repair are read, by made entry.
        showings: how made entries are shown.
        inputs: what it is fed: sizes without the batch, or None for a scalar.
        noise: the made entries that each noise belongs to.

    Raises:
        UsageError: if a component of the model cannot be described to another engine.
    """

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.gan, self.made = model.gan, model.made
        self.readings: dict[str, Reading] = {}
        self.repairs: dict[str, Reading] = {}
        self.showings: dict[str, Showing] = {}
        for name in model.given:
            if self.gan.tells_places(name):
                raise _refused(model, name, "it says how long samples are, which graphs cannot")
            self.readings[name] = _described(model, name, self.gan.encoder(name).reading)
        for name in model.made:
            modality = self.gan.modalities[name]
            self.showings[name] = _described(model, name, modality.showing)
            if name in model.repairable:
                self.repairs[name] = _described(model, name, modality.reading)
        prior = model.prior() if model.prior else None
        if prior and len(prior.directions) > MOST_ENTRIES:
            why = f"it draws {len(prior.directions)} entries, and a graph {MOST_ENTRIES} at most"
            raise _refused(model, "its prior", why)
        self.drawing = Drawing(prior) if prior else None
        self.pushing = Pushing(model)
        self.noise = {
            f"noise.{owner}": [name for name in self.made if self.gan.noise_of(name) == owner]
            for owner, dim in self.gan.noise_dims.items()
            if dim
        }
        self.inputs = self._inputs()
        # What a modality or an encoder runs outside of the networks is none of the module's.
        self.readers = _networks(self.readings)
        self.showers = _networks(self.showings)

    def _inputs(self) -> dict[str, Fed | None]:
        found: dict[str, Fed | None] = {}
        for name, reading in self.readings.items():
            found |= {f"given.{name}.{key}": fed for key, fed in reading.inputs.items()}
            found[f"given.{name}.{PRESENT}"] = None
        for name, reading in self.repairs.items():
            found |= {f"repair.{name}.{key}": fed for key, fed in reading.inputs.items()}
            shape = self.gan.generator(name).condition.mask_shape
            assert shape is not None
            found[f"repair.{name}.{MASK}"] = Fed("float32", shape)
        for noise in self.noise:
            dim = self.gan.noise_dims[noise.removeprefix("noise.")]
            found[noise] = Fed("float32", (dim,))
        if self.drawing is not None:
            found["prior.place"] = Fed("float32", ())
            found["prior.normal"] = Fed("float32", (self.drawing.count,))
            found["prior.draw"] = None
        if self.pushing.directions:
            found[PUSH] = Fed("float32", (len(self.pushing.directions),))
        return found

    def forward(self, fed: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        """What is shown of the samples of each made entry, in their order."""
        like = next(fed[name] for name, of in self.inputs.items() if of is not None)
        like = like.flatten(1)[:, 0].float() if like.dim() > 1 else like.float()
        conditions = self._conditions(fed, like)
        noise = {
            name: fed.get(f"noise.{name}", like.new_zeros(like.shape[0], 0))
            for name in self.gan.noise_dims
        }
        masked = {name: self._masked(name, fed) for name in self.repairs}
        made = self.gan.make(noise, conditions, masked)
        return tuple(self.showings[name].network(made[name].float()) for name in self.made)

    def _encoded(self, name: str, fed: Mapping[str, Tensor]) -> Encoding:
        reading = self.readings[name]
        own = {key: fed[f"given.{name}.{key}"] for key in reading.inputs}
        encoding: Encoding = self.gan.encoder(name)(reading.network(own))
        return encoding

    def _masked(self, name: str, fed: Mapping[str, Tensor]) -> Masked:
        reading, modality = self.repairs[name], self.gan.modalities[name]
        own = {key: fed[f"repair.{name}.{key}"] for key in reading.inputs}
        sample = modality.to_sample(reading.network(own)["prepared"])
        return Masked.of(sample, fed[f"repair.{name}.{MASK}"], modality.space)

    def _conditions(self, fed: Mapping[str, Tensor], like: Tensor) -> dict[str, Condition]:
        """The condition of each made entry, of what is given and of what is drawn, and pushed."""
        encodings = {name: self._encoded(name, fed) for name in self.readings}
        present = {name: fed[f"given.{name}.{PRESENT}"] for name in self.readings}
        rows = {name: one.expand(like.shape[0]) for name, one in present.items()}

        def fused(known: Known) -> dict[str, Condition]:
            return self._fused(known, fed)

        draws = {name: fed[f"prior.{name}"] for name in DRAWS if self.drawing is not None}
        known = Known(encodings, rows, {}, draws, like)
        if self.drawing is not None:
            pooled = {name: encodings[name].pooled for name in self.drawing.sizes}
            known = replace(known, vectors=self.drawing(pooled, present, **draws))
        if not self.pushing.directions:
            return fused(known)
        found: dict[str, Condition] = self.pushing(fed[PUSH], known, fused, self._drawn_again)
        return found

    def _drawn_again(self, known: Known, anew: Sequence[str]) -> Mapping[str, Tensor]:
        assert self.drawing is not None
        there = {name: torch.tensor(name not in anew) for name in known.vectors}
        again = not all(there.values())
        return self.drawing(known.vectors, there, **known.draws) if again else known.vectors

    def _fused(self, known: Known, fed: Mapping[str, Tensor]) -> dict[str, Condition]:
        """Conditions whose vectors are of what is given and of what is drawn; see the prior."""
        like = known.like
        conditions = self.gan.conditions(known.encodings, known.there, like=like)
        if self.drawing is None:
            return conditions
        draw = fed["prior.draw"]
        spaces, count = self.gan.spaces, like.shape[0]
        whole = {
            name: replace(spaces[name].zeros(count, like.device), pooled=vector)
            for name, vector in known.vectors.items()
        }
        everywhere = torch.ones_like(like, dtype=torch.bool)
        of_all = self.gan.conditions(whole, dict.fromkeys(whole, everywhere), like=like)
        return {
            name: replace(one, pooled=torch.where(draw, of_all[name].pooled, one.pooled))
            for name, one in conditions.items()
        }


def _networks(parts: Mapping[str, Reading] | Mapping[str, Showing]) -> nn.ModuleList:
    return nn.ModuleList(
        part.network for part in parts.values() if isinstance(part.network, nn.Module)
    )


def _described(model: Model, entry: str, describe):  # type: ignore[no-untyped-def]
    try:
        return describe()
    except NotPortable as error:
        raise _refused(model, entry, str(error)) from error


def _refused(model: Model, entry: str, why: str) -> UsageError:
    return UsageError(
        f"{model.name} cannot be exported for other engines: {entry}: {why}",
        hint="mmgan-zoo generate makes samples of it with torch; docs/how-to/export.md says what "
        "a component must say of itself",
    )
