"""The assembled GAN: encodes, fuses, generates and discriminates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from types import MappingProxyType
from typing import cast

import torch
from torch import Tensor, nn

from mmgan_core.assembly.joined_maps import JoinedMaps
from mmgan_core.assembly.joined_tokens import JoinedTokens
from mmgan_core.contracts import (
    Condition,
    Critique,
    Discriminator,
    Encoder,
    Encoding,
    EncodingSpace,
    Fusion,
    Generator,
    JointDiscriminator,
    Masked,
    Modality,
    cut,
)
from mmgan_core.contracts.places import along

PLACES = "places"
"""The key of the places of a given value among its prepared tensors."""


class GAN(nn.Module):
    """Makes samples of some modalities, given any subset of others.

    Attributes:
        modalities: the modality of each entry, given or made.
        encoders: the encoder of each given entry.
        fusion: the fusion; None for an unconditional GAN.
        tokens: what joins the tokens of given entries; None if no network reads tokens, or the
            fusion makes them.
        maps: what joins the maps of given entries; None if no network reads maps, or the fusion
            makes them.
        generators: the generator of each made entry.
        discriminators: the discriminators: the first of a made entry by the name of the entry, and
            joint ones by their own names.
        inferences: what infers noise from samples, for made entries that have it.
    """

    def __init__(
        self,
        modalities: Mapping[str, Modality],
        encoders: Mapping[str, Encoder],
        fusion: Fusion | None,
        generators: Mapping[str, Generator],
        discriminators: Mapping[str, Discriminator | JointDiscriminator],
        inferences: Mapping[str, nn.Module] = MappingProxyType({}),
        given_of: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
        noise_of: Mapping[str, str] = MappingProxyType({}),
        *,
        tokens: JoinedTokens | None = None,
        maps: JoinedMaps | None = None,
        places_of: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """
        Args:
            given_of: the given entries that made entries are conditioned on; those that are left
                out are conditioned on all.
            noise_of: the made entries whose noise others are made from too.
            places_of: the given entries whose values say how long samples of made entries are.
        """
        super().__init__()
        self.modalities = dict(modalities)
        self.encoders = nn.ModuleDict(encoders)
        self.fusion = fusion
        self.tokens, self.maps = tokens, maps
        self.generators = nn.ModuleDict(generators)
        self.discriminators = nn.ModuleDict(discriminators)
        self.inferences = nn.ModuleDict(inferences)
        self._given_of, self._noise_of = dict(given_of), dict(noise_of)
        self._places_of = dict(places_of)

    @cached_property
    def spaces(self) -> dict[str, EncodingSpace]:
        """What the encoder of each given entry makes."""
        return {name: self.encoder(name).space for name in self.encoders}

    @property
    def dims(self) -> dict[str, int]:
        """The size of each given entry's vector; entries without a vector are left out."""
        return {name: space.dim for name, space in self.spaces.items() if space.dim}

    def encoder(self, name: str) -> Encoder:
        """The encoder of a given entry."""
        return cast(Encoder, self.encoders[name])

    def generator(self, name: str) -> Generator:
        """The generator of a made entry."""
        return cast(Generator, self.generators[name])

    def discriminator(self, name: str) -> Discriminator:
        """The first discriminator of a made entry."""
        return cast(Discriminator, self.discriminators[name])

    def noise_of(self, name: str) -> str:
        """The made entry whose noise a made entry is made from: its own, if none is said."""
        return self._noise_of.get(name, name)

    def conditioned_on(self, name: str) -> tuple[str, ...]:
        """The given entries that a made entry is conditioned on."""
        return self._given_of.get(name, tuple(self.encoders))

    @property
    def noise_dims(self) -> dict[str, int]:
        """The size of each noise, by the made entry that it belongs to."""
        own = [name for name in self.generators if self.noise_of(name) == name]
        return {name: self.generator(name).noise_dim for name in own}

    def encode(self, given: Mapping[str, Mapping[str, Tensor]]) -> dict[str, Encoding]:
        """Encode the prepared values of given entries; entries may be left out."""
        return {name: encoded(self.encoder(name), tensors) for name, tensors in given.items()}

    def tells_places(self, name: str) -> bool:
        """Whether a given entry says how long samples of a made entry are."""
        return name in self._places_of.values()

    def preparing(self, name: str) -> Callable[[Sequence[object]], dict[str, Tensor]]:
        """What prepares raw values of a given entry for ``encode``."""
        if not self.tells_places(name):
            return self.encoder(name).prepare
        return partial(prepared_with_places, self.encoder(name), self.modalities[name])

    def fuse(
        self, encodings: Mapping[str, Encoding], present: Mapping[str, Tensor], *, like: Tensor
    ) -> Condition:
        """Fuse encodings into one condition.

        Args:
            present: for each given entry, the rows in which it is present, (B,); an entry that is
                left out is absent in every row.
            like: any tensor of the batch, (B, ...), for its size and device.
        """
        batch = like.shape[0]  # not len(), which a graph with a free batch would fix
        if self.fusion is None:
            return Condition(torch.zeros(batch, 0, device=like.device))
        absent = torch.zeros(batch, dtype=torch.bool, device=like.device)
        filled = {
            name: encodings.get(name) or space.zeros(batch, like.device)
            for name, space in self.spaces.items()
        }
        shown = {name: present.get(name, absent) for name in filled}
        fused: Condition = self.fusion(filled, shown)
        if self.tokens is not None:
            tokens, padding_mask = self.tokens(filled, shown)
            choices = self.tokens.choices(filled, padding_mask)
            fused = replace(fused, tokens=tokens, padding_mask=padding_mask, choices=choices)
        if self.maps is not None:
            # Not the zeros of absent entries: their grid is that of the training data.
            fused = replace(fused, maps=self.maps(encodings, shown))
        return fused

    def conditions(
        self, encodings: Mapping[str, Encoding], present: Mapping[str, Tensor], *, like: Tensor
    ) -> dict[str, Condition]:
        """Fuse encodings into the condition of each made entry; arguments as in ``fuse``.

        Entries that are conditioned on the same given entries share one Condition.
        """
        found: dict[tuple[str, ...] | None, Condition] = {}
        for name in self.generators:
            chosen = self._given_of.get(name)
            if chosen not in found:
                shown = {n: rows for n, rows in present.items() if chosen is None or n in chosen}
                of_these = {n: one for n, one in encodings.items() if n in shown}
                found[chosen] = self.fuse(of_these, shown, like=like)
        return {
            name: self._with_places(name, found[self._given_of.get(name)], encodings, present)
            for name in self.generators
        }

    def _with_places(
        self,
        name: str,
        condition: Condition,
        encodings: Mapping[str, Encoding],
        present: Mapping[str, Tensor],
    ) -> Condition:
        """The condition of a made entry, with what is known of the length of its samples."""
        given = self._places_of.get(name)
        if given is None or given not in encodings or given not in present:
            return condition
        places = encodings[given].places
        if places is None:
            return condition
        # Where the value is not shown the length is not known: then all places are real.
        known = present[given].view(-1, *[1] * (places.dim() - 1))
        own = self.modalities[name]
        return replace(condition, places=along(places | ~known, own.space.shape, own.length_axes))

    def given_conditions(
        self, given: Mapping[str, Mapping[str, Tensor]], count: int, device: torch.device
    ) -> dict[str, Condition]:
        """The condition of ``count`` rows, of prepared values by given entry, by made entry."""
        encodings, present, like = self._encoded(given, count, device)
        return self.conditions(encodings, present, like=like)

    def condition(
        self, given: Mapping[str, Mapping[str, Tensor]], count: int, device: torch.device
    ) -> Condition:
        """The condition of ``count`` rows that all given entries make, of their prepared values."""
        encodings, present, like = self._encoded(given, count, device)
        return self.fuse(encodings, present, like=like)

    def _encoded(
        self, given: Mapping[str, Mapping[str, Tensor]], count: int, device: torch.device
    ) -> tuple[dict[str, Encoding], dict[str, Tensor], Tensor]:
        like = torch.zeros(count, device=device)
        moved = {n: {k: t.to(device) for k, t in tensors.items()} for n, tensors in given.items()}
        present = {name: torch.ones_like(like, dtype=torch.bool) for name in given}
        return self.encode(moved), present, like

    def make(
        self,
        noise: Mapping[str, Tensor],
        condition: Condition | Mapping[str, Condition],
        masked: Mapping[str, Masked] | None = None,
        moves: Mapping[str, Callable[[Tensor], Tensor]] | None = None,
        *,
        entries: Iterable[str] | None = None,
        shapes: Mapping[str, tuple[int, ...]] = MappingProxyType({}),
    ) -> dict[str, Tensor]:
        """Make samples of made entries, (B, *shape).

        Args:
            noise: each noise, (B, Z), by the made entry that it belongs to; see ``noise_dims``.
            condition: the condition of all made entries, or that of each.
            masked: the masked samples of repaired entries, whose known part stays as it is;
                nothing is known of an entry that is left out.
            moves: what moves the maps of the condition for a made entry, as in ``condition_for``.
            entries: the entries to make; default: all.
            shapes: the shape of samples, without the batch, of entries that are to be of another
                size; their generators are ``resizable``.
        """
        made = {}
        for name in self.generators if entries is None else entries:
            of_it = condition if isinstance(condition, Condition) else condition[name]
            move = (moves or {}).get(name)
            own = self.condition_for(name, of_it, (masked or {}).get(name), move)
            generator = self.generators[name]
            if name in shapes:
                generator = self.generator(name).sized(shapes[name])
            sample: Tensor = generator(noise[self.noise_of(name)], own)
            made[name] = self.cut(name, own.masked.filled(sample) if own.masked else sample, own)
        return made

    def cut(self, name: str, sample: Tensor, condition: Condition) -> Tensor:
        """Samples of a made entry, real or made, with padding where they have ended."""
        if condition.places is None:
            return sample
        return cut(sample, condition.places, self.modalities[name].padding)

    def condition_for(
        self,
        name: str,
        condition: Condition,
        masked: Masked | None,
        move: Callable[[Tensor], Tensor] | None = None,
    ) -> Condition:
        """The condition of one made entry, with its masked samples if it is repaired.

        Args:
            move: moves the maps along with the samples of the entry, whose places were moved.
        """
        if move is not None:
            condition = moved(condition, move)
        generator = self.generator(name)
        if generator.condition.mask_shape is None:
            return condition
        if masked is None:
            shape = generator.condition.mask_shape
            masked = Masked.nothing(generator.space, shape, condition.pooled)
        return replace(condition, masked=masked)

    def discriminate(self, name: str, sample: Tensor, condition: Condition) -> Critique:
        """The critique of samples of a made entry by the discriminator of this name."""
        critique: Critique = self.discriminators[name](sample, condition)
        return critique

    @property
    def unread(self) -> tuple[str, ...]:
        """How the names of the weights begin that only discriminators read."""
        attends = any("tokens" in self.generator(name).reads for name in self.generators)
        return ("discriminators.",) if attends else ("discriminators.", "tokens.")

    def maker_state(self) -> dict[str, Tensor]:
        """The weights that are needed to make samples: none that only discriminators read."""
        return {k: v for k, v in self.state_dict().items() if not k.startswith(self.unread)}


def encoded(encoder: Encoder, tensors: Mapping[str, Tensor]) -> Encoding:
    """Encode prepared values, and keep what is known of their places."""
    if PLACES not in tensors:
        encoding: Encoding = encoder(tensors)
        return encoding
    encoding = encoder({key: tensor for key, tensor in tensors.items() if key != PLACES})
    return replace(encoding, places=tensors[PLACES])


def prepared_with_places(
    encoder: Encoder, modality: Modality, values: Sequence[object]
) -> dict[str, Tensor]:
    """Prepare raw values, and say which of their places are real."""
    return {**encoder.prepare(values), PLACES: modality.places(values)}


def moved(condition: Condition, move: Callable[[Tensor], Tensor]) -> Condition:
    """The condition of samples whose places were moved."""
    if condition.maps is not None:
        condition = replace(condition, maps=move(condition.maps))
    if condition.places is not None:
        condition = replace(condition, places=move(condition.places.float()) > 0.5)
    return condition


def each_once(
    conditions: Mapping[str, Condition], change: Callable[[Condition], Condition]
) -> dict[str, Condition]:
    """Change the condition of each made entry; one that several share is changed only once."""
    distinct = {id(one): one for one in conditions.values()}
    changed = {key: change(one) for key, one in distinct.items()}
    return {name: changed[id(one)] for name, one in conditions.items()}
