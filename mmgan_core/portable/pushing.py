"""Kept directions of the condition as a part of a graph: it pushes conditions along them.

``inference/pushes.py`` does the same in Python, where what is given decides how many tokens there
are. In a graph there are always as many: those of absent entries are padding. So it is kept which
entries are there, and tokens go half of the way only where Python would have as many of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby

import torch
from torch import Tensor, nn

from mmgan_core.contracts import Condition, Encoding
from mmgan_core.explaining.direction_file import directions_of
from mmgan_core.explaining.label_directions import LabelDirection
from mmgan_core.inference.model import Model

_PARTS = ("pooled", "tokens", "padding_mask", "choices")


@dataclass(frozen=True)
class Known:
    """What the conditions of rows are made of.

    Attributes:
        encodings: of each given entry, (B, ...); anything where it is absent.
        there: for each given entry the rows in which it is given, (B,).
        vectors: the pooled encodings of all entries, given or drawn; empty without a prior.
        draws: the numbers that vectors are drawn with, (B, ...) each; empty without a prior.
        like: a number for each row, (B,).
    """

    encodings: Mapping[str, Encoding]
    there: Mapping[str, Tensor]
    vectors: Mapping[str, Tensor]
    draws: Mapping[str, Tensor]
    like: Tensor

    def mapped(self, change: Callable[[Tensor], Tensor]) -> Known:
        """The same with every tensor changed."""
        encodings = {name: one.mapped(change) for name, one in self.encodings.items()}
        there, vectors, draws = (
            {name: change(tensor) for name, tensor in of.items()}
            for of in (self.there, self.vectors, self.draws)
        )
        return Known(encodings, there, vectors, draws, change(self.like))


Fused = Callable[[Known], dict[str, Condition]]
"""Makes the condition of each made entry of what is known."""
Drawn = Callable[[Known, Sequence[str]], Mapping[str, Tensor]]
"""Draws the vectors of some entries again, which fit those of the others."""


class Pushing(nn.Module):
    """Pushes conditions to what the values of kept directions give, in the order of these.

    Those that follow each other, and are alike but for the value, are pushed along together: one
    computation of many rows is a smaller graph than one for each direction.
    """

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.directions = pushes_of(model)
        self.spaces = model.gan.spaces
        runs = groupby(self.directions, lambda one: (one.entry, one.instead_of))
        self.runs = [(kind, [one.value for one in run]) for kind, run in runs]
        for number, ((entry, _), values) in enumerate(self.runs):
            with torch.no_grad():
                encoding = model.gan.encode({entry: model.gan.preparing(entry)(values)})[entry]
            for part in _PARTS:
                self.register_buffer(f"{part}_{number}", getattr(encoding, part))

    def forward(
        self, amounts: Tensor, known: Known, fused: Fused, drawn: Drawn
    ) -> dict[str, Condition]:
        """The condition of each made entry; amounts, (B, D), say how far along each direction.

        Where an amount is 0, a row is as if the direction did not exist.
        """
        found, own = fused(known), amounts.split([len(values) for _, values in self.runs], dim=1)
        entry = ""
        for number, ((of, instead_of), values) in enumerate(self.runs):
            if of != entry:  # pushes of another entry count from where those of the last one end
                start, begun, entry = fused(known), known, of
            count = len(values)
            rows = torch.arange(amounts.shape[0])
            many = begun.mapped(partial(_rows, rows[:, None].expand(-1, count).reshape(-1)))
            pushed = self._pushed(number, of, instead_of, many, drawn)
            goals, used = fused(pushed), own[number] != 0
            # The number of the last one that a row is pushed along, among those of all rows.
            last = (used * torch.arange(1, count + 1)).argmax(1) + count * rows
            jumps = self._unlike(known, begun) | self._unlike(pushed, many)[last]
            found = {
                name: _moved(now, start[name], goals[name], own[number], last, jumps)
                for name, now in found.items()
            }
            known = _where(used.any(1), pushed.mapped(partial(_rows, last)), known)
        return found

    def _pushed(
        self, number: int, entry: str, instead_of: Sequence[str], many: Known, drawn: Drawn
    ) -> Known:
        """What is known when each value has taken its entry's place, and others have given way.

        Args:
            many: what is known of each row, as often as there are values.
        """
        parts = {part: getattr(self, f"{part}_{number}") for part in _PARTS}
        each = torch.arange(many.like.shape[0]) % parts["pooled"].shape[0]
        value = Encoding(**parts).take(each)
        there = {name: here & (name not in instead_of) for name, here in many.there.items()}
        there[entry] = torch.ones_like(many.there[entry])
        found = replace(many, encodings={**many.encodings, entry: value}, there=there)
        if not many.vectors:
            return found
        found = replace(found, vectors={**many.vectors, entry: value.pooled})
        return replace(found, vectors=drawn(found, instead_of))

    def _unlike(self, one: Known, other: Known) -> Tensor:
        """The rows, (B,), of which one has other entries with tokens of their own."""
        found = torch.zeros_like(next(iter(one.there.values())))
        for name, space in self.spaces.items():
            if space.token_dim:
                found = found | (one.there[name] ^ other.there[name])
        return found


def pushes_of(model: Model) -> tuple[LabelDirection, ...]:
    """The kept directions of the condition that a graph can push along.

    Left out are those that change maps, or texts of any number of tokens: there is nothing between
    tokens of which there are not as many.
    """
    if model.directions is None:
        return ()
    named = directions_of(model, model.directions)[1]
    found = [one for one in named.values() if isinstance(one, LabelDirection)]
    return tuple(one for one in found if _can_be_pushed(model, one))


def _can_be_pushed(model: Model, one: LabelDirection) -> bool:
    spaces = [model.gan.spaces[name] for name in (one.entry, *one.instead_of)]
    if any(space.map_channels for space in spaces):
        return False
    sizes = (fed.shape for fed in model.gan.encoder(one.entry).reading().inputs.values())
    return not spaces[0].token_dim or all(isinstance(n, int) for shape in sizes for n in shape)


def _where(rows: Tensor, one: Known, other: Known) -> Known:
    """What is known of each row: one in these rows, and the other elsewhere."""

    def of_both(first: Mapping[str, Tensor], second: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return {n: torch.where(_over(rows, t), t, second[n]) for n, t in first.items()}

    encodings = dict(other.encodings)
    for name, first in one.encodings.items():
        if first is not (second := encodings[name]):
            encodings[name] = Encoding(**of_both(_parts(first), _parts(second)))
    there, vectors = of_both(one.there, other.there), of_both(one.vectors, other.vectors)
    return replace(other, encodings=encodings, there=there, vectors=vectors)


def _parts(encoding: Encoding) -> dict[str, Tensor]:
    found = {part: getattr(encoding, part) for part in _PARTS}
    return {part: tensor for part, tensor in found.items() if tensor is not None}


def _moved(
    now: Condition,
    start: Condition,
    goals: Condition,
    amounts: Tensor,
    last: Tensor,
    jumps: Tensor,
) -> Condition:
    """A condition that is moved by shares of the ways from a start to goals; see ``pushes.py``.

    Args:
        goals: (B * D, ...), D of each row.
        amounts: the shares, (B, D).
        last: the number, (B,), of the last goal that a row goes towards.
        jumps: the rows, (B,), whose tokens are at once those of the last goal.
    """
    used = (amounts != 0).any(1)

    def between(part: str) -> Tensor:
        here, first, ends = (getattr(one, part) for one in (now, start, goals))
        ways = ends.view(*amounts.shape, *ends.shape[1:]) - first[:, None]
        found: Tensor = here + (amounts.view(*amounts.shape, *[1] * (ends.dim() - 1)) * ways).sum(1)
        return found

    def at_once(part: str, rows: Tensor, otherwise: Tensor) -> Tensor:
        ends = getattr(goals, part)[last]
        return torch.where(_over(rows, ends), ends, otherwise)

    moved = {"pooled": between("pooled")}
    if now.tokens is not None:
        moved["tokens"] = at_once("tokens", used & jumps, between("tokens"))
    for part in ("padding_mask", "choices"):
        if getattr(now, part) is not None:
            moved[part] = at_once(part, used, getattr(now, part))
    return replace(now, **moved)  # type: ignore[arg-type]


def _rows(numbers: Tensor, tensor: Tensor) -> Tensor:
    return tensor[numbers]


def _over(rows: Tensor, like: Tensor) -> Tensor:
    """One number for each row, (B,), in the shape of a tensor, (B, ...)."""
    return rows.view(-1, *[1] * (like.dim() - 1))
