"""The conditions of rows, and pushing them to what another value of an entry gives.

A push goes from the condition c of what is given to c', that of one other value: all else that is
given or drawn stays, apart from entries that say the same and would speak against it, which give
way. The condition becomes c + amount (c' - c), which is c' at 1 and half way at 0.5.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from mmgan_core.contracts import Condition, Encoding
from mmgan_core.foundation.seeds import Seed
from mmgan_core.inference.prior import Prior, fused_with_drawn

if TYPE_CHECKING:
    from mmgan_core.inference.model import Model


@dataclass(frozen=True)
class Push:
    """A push of conditions.

    Attributes:
        entry: the given entry whose value changes.
        prepared: the value, as its encoder prepares it, (1, ...).
        instead_of: the other given entries that give way, since they say the same.
        amount: how far, as a share of the way.
    """

    entry: str
    prepared: Mapping[str, Tensor]
    instead_of: tuple[str, ...]
    amount: float


@dataclass(frozen=True)
class _Known:
    """What the conditions of rows are made of: the encodings that are given, and drawn vectors."""

    given: Mapping[str, Encoding]
    drawn: Mapping[str, Tensor]

    def without(self, entries: Sequence[str]) -> _Known:
        return _Known(
            {name: one for name, one in self.given.items() if name not in entries},
            {name: one for name, one in self.drawn.items() if name not in entries},
        )


def conditions_of(
    model: Model,
    given: Mapping[str, Encoding],
    seed: Seed | None,
    rows: Sequence[int],
) -> dict[str, Condition]:
    """The condition of rows, by made entry, pushed as the model's ``pushes`` say.

    Pushes of one entry count from the same start, and those of another one from where they end.

    Args:
        given: the encodings of the entries that are given, (B, ...).
        seed: decides what is drawn of the others; None draws nothing.
        rows: the numbers of the rows, B of them.
    """
    gan, device, count = model.gan, model.device, len(rows)
    wanted = seed is not None and (model.pushes or len(given) < len(gan.encoders))
    drawn = partial(_drawn, model.prior() if model.prior and wanted else None, seed, rows, device)
    fused = partial(fused_with_drawn, gan, count=count, device=device)
    known = drawn(_Known(given, {}))
    found = fused(known.given, known.drawn)
    for entry, alike in groupby(model.pushes, lambda push: push.entry):
        start, begun = fused(known.given, known.drawn), known
        for push in alike:
            value = {k: t.to(device).expand(count, *t.shape[1:]) for k, t in push.prepared.items()}
            rest = begun.without((entry, *push.instead_of))
            known = drawn(_Known({**rest.given, **gan.encode({entry: value})}, rest.drawn))
            goal = fused(known.given, known.drawn)
            found = {n: _moved(one, start[n], goal[n], push.amount) for n, one in found.items()}
    return found


def _drawn(
    prior: Prior | None, seed: Seed | None, rows: Sequence[int], device: torch.device, known: _Known
) -> _Known:
    """The same with vectors for all entries that are neither given nor drawn yet."""
    if prior is None or seed is None:
        return known
    pooled = {name: one.pooled for name, one in known.given.items()} | dict(known.drawn)
    there = {name: one for name, one in pooled.items() if name in prior.directions}
    if len(there) == len(prior.directions):
        return known
    more = {name: one.to(device) for name, one in prior.drawn(there, seed, rows).items()}
    return replace(known, drawn={**known.drawn, **more})


def _moved(now: Condition, start: Condition, goal: Condition, amount: float) -> Condition:
    """A condition that is moved by a share of the way from a start to a goal.

    What is no number, such as which tokens are padding, is that of the goal.
    """

    def moved(part: str) -> Tensor | None:
        here, first, last = (getattr(one, part) for one in (now, start, goal))
        if last is None or here is None or not here.shape == first.shape == last.shape:
            # Texts of other lengths have no tokens between them.
            return last  # type: ignore[no-any-return]
        return here + amount * (last - first)  # type: ignore[no-any-return]

    pooled = now.pooled + amount * (goal.pooled - start.pooled)
    return replace(goal, pooled=pooled, tokens=moved("tokens"), maps=moved("maps"))
