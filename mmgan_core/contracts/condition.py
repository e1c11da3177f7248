"""The condition: what the encoders and the fusion make of the given values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Literal, TypeVar

import torch
from torch import Tensor

from mmgan_core.contracts.masked import Masked
from mmgan_core.contracts.settings import Settings

ConditionPart = Literal["pooled", "tokens", "maps"]
"""A part of a condition that a network can read."""


@dataclass(frozen=True)
class EncodingSpace:
    """What an encoder makes of one given entry, and how large it is.

    Attributes:
        dim: the size E of the pooled vector; 0 if there is none.
        token_dim: the size of a token's vector; 0 if there are no tokens.
        map_channels: the channels C of the maps; 0 if there are no maps.
        map_shape: the grid of the maps, such as (H, W); empty if there are no maps.
        map_settings: how the numbers of the maps were made, if what follows them may need to know.
        choice_settings: what the choices are that tokens stand for, such as which vocabulary; None
            if tokens stand for no choices.
    """

    dim: int
    token_dim: int = 0
    map_channels: int = 0
    map_shape: tuple[int, ...] = ()
    map_settings: Settings | None = None
    choice_settings: Settings | None = None

    @property
    def parts(self) -> frozenset[ConditionPart]:
        """The parts of a condition by which a network can read such an encoding.

        An encoding with a vector and no tokens is joined to the tokens as one.
        """
        found: set[ConditionPart] = set()
        if self.dim:
            found |= {"pooled", "tokens"}
        if self.token_dim:
            found.add("tokens")
        if self.map_channels:
            found.add("maps")
        return frozenset(found)

    def zeros(self, count: int, device: torch.device) -> Encoding:
        """The encodings of ``count`` rows in which the entry is absent: zeros, all padding."""
        tokens = padding_mask = maps = choices = None
        if self.token_dim:
            tokens = torch.zeros(count, 1, self.token_dim, device=device)
            padding_mask = torch.zeros(count, 1, dtype=torch.bool, device=device)
        if self.choice_settings:
            choices = torch.full((count, 1), -1, device=device)
        if self.map_channels:
            maps = torch.zeros(count, self.map_channels, *self.map_shape, device=device)
        pooled = torch.zeros(count, self.dim, device=device)
        return Encoding(pooled, tokens, padding_mask, maps, choices=choices)


@dataclass(frozen=True)
class Encoding:
    """The encoding of one given entry, as its encoder's ``EncodingSpace`` declares it.

    Attributes:
        pooled: one vector for each sample, (B, E); (B, 0) if the encoder makes no vector.
        tokens: a sequence of vectors, (B, T, token_dim), or None.
        padding_mask: False where ``tokens`` are padding, (B, T); None if none are.
        maps: features that lie along the places of a sample, (B, C, *map_shape), or None.
        places: False where the given value itself is padding, as ``Modality.places`` says; None if
            nothing needs to know. The GAN adds it, not the encoder.
        choices: which choice each token stands for, such as the id of a word, (B, T) int64, and -1
            where it stands for none; None if tokens stand for no choices. What is made of the same
            choices can be copied from tokens.
    """

    pooled: Tensor
    tokens: Tensor | None = None
    padding_mask: Tensor | None = None
    maps: Tensor | None = None
    places: Tensor | None = None
    choices: Tensor | None = None

    def take(self, rows: Tensor) -> Encoding:
        """The encodings of some rows of the batch; ``rows`` are their numbers, (N,), in order."""
        return _mapped(self, lambda tensor: tensor[rows])

    def mapped(self, change: Callable[[Tensor], Tensor]) -> Encoding:
        """The encoding with every tensor changed."""
        return _mapped(self, change)


@dataclass(frozen=True)
class ConditionSpace:
    """The sizes of a Condition, for which generators and discriminators are built.

    Attributes:
        dim: the size of the pooled vector; 0 for an unconditional GAN.
        token_dim: the size of a token's vector; 0 if nothing given makes tokens or vectors.
        map_channels: the channels of the maps; 0 if nothing given makes maps.
        map_shape: the grid of the maps, such as (H, W); empty if there are none.
        mask_shape: the shape of a mask if samples are repaired, else None.
        map_settings: the settings of those maps that have some, by the first of their channels.
        choice_settings: what the choices are that tokens stand for; None if they stand for none.
    """

    dim: int
    token_dim: int = 0
    map_channels: int = 0
    map_shape: tuple[int, ...] = ()
    mask_shape: tuple[int, ...] | None = None
    map_settings: tuple[tuple[int, Settings], ...] = ()
    choice_settings: Settings | None = None

    def zeros(self, count: int) -> Condition:
        """A condition of zeros for ``count`` rows, without masked samples; to try a network."""
        tokens = padding_mask = maps = choices = None
        if self.token_dim:
            tokens = torch.zeros(count, 1, self.token_dim)
            padding_mask = torch.ones(count, 1, dtype=torch.bool)
        if self.choice_settings:
            choices = torch.full((count, 1), -1)
        if self.map_channels:
            maps = torch.zeros(count, self.map_channels, *self.map_shape)
        pooled = torch.zeros(count, self.dim)
        return Condition(pooled, tokens, padding_mask, maps, choices=choices)


@dataclass(frozen=True)
class Condition:
    """What generators and discriminators are conditioned on.

    Attributes:
        pooled: one vector for each sample, (B, dim); ``dim`` is 0 for an unconditional GAN.
        tokens: a sequence of vectors, (B, T, token_dim), or None.
        padding_mask: False where ``tokens`` are padding, (B, T); None if none are. Every row has
            at least one token that is no padding: a learned one where nothing is given.
        maps: features along the places of a sample, (B, map_channels, *map_shape), or None.
        masked: the samples that are to be repaired, or None.
        places: False where the samples are padding, because a given value says how long they are;
            it broadcasts to samples. None if their length is not known: then all places are real,
            and padding is part of a sample.
        choices: which choice each token stands for, (B, T) int64, and -1 where it stands for none;
            None if tokens stand for no choices. Those of absent entries and of padding are -1.
    """

    pooled: Tensor
    tokens: Tensor | None = None
    padding_mask: Tensor | None = None
    maps: Tensor | None = None
    masked: Masked | None = None
    places: Tensor | None = None
    choices: Tensor | None = None

    def detach(self) -> Condition:
        """The same values, detached from what made them."""
        return _mapped(self, Tensor.detach)

    def float(self) -> Condition:
        """The same values in single precision."""
        return _mapped(self, lambda t: t.float() if t.is_floating_point() else t)

    def take(self, rows: Tensor) -> Condition:
        """The conditions of some rows of the batch; ``rows`` are their numbers, (N,), in order."""
        return _mapped(self, lambda tensor: tensor[rows])

    def bounded(self) -> Condition:
        """Bound the pooled vectors: c / sqrt(1 + mean c^2).

        Small vectors stay nearly as they are, and none is larger than unit size. A fusion that is
        trained with the discriminator makes its logits larger by a larger condition. Without a
        bound the condition grows until the noise makes no difference and all samples are alike.
        """
        size = self.pooled.float().square().mean(1, keepdim=True)
        return replace(self, pooled=self.pooled * (1 + size).rsqrt().to(self.pooled))

    def mixed(self, rows: Tensor, share: Tensor) -> Condition:
        """Mix the pooled vector of each row with that of another row; change nothing else.

        Args:
            rows: the number of the other row, (B,).
            share: how much of its own vector each row keeps, (B,), from 0 to 1.
        """
        kept = share[:, None].to(self.pooled)
        return replace(self, pooled=torch.lerp(self.pooled[rows], self.pooled, kept))

    def extended(self, numbers: Tensor) -> Condition:
        """Append numbers, (B, P), to the pooled vectors."""
        return replace(self, pooled=torch.cat([self.pooled, numbers.to(self.pooled)], dim=1))


_Parts = TypeVar("_Parts", Encoding, Condition, Masked)


def _mapped(of: _Parts, change: Callable[[Tensor], Tensor]) -> _Parts:
    changed: dict[str, object] = {}
    for field in fields(of):
        part = getattr(of, field.name)
        if isinstance(part, Masked):
            changed[field.name] = _mapped(part, change)
        elif part is not None:
            changed[field.name] = change(part)
    return replace(of, **changed)  # type: ignore[arg-type]
