"""Finds the entry of a frozen model that a component works with."""

from __future__ import annotations

from collections.abc import Sequence

from mmgan_core.contracts import FrozenModel
from mmgan_core.errors import BadValue, nearest


def entry_of(model: FrozenModel, chosen: str, known: Sequence[str], option: str, verb: str) -> str:
    """Return the chosen entry, or the only one.

    Args:
        chosen: the entry that the option names; empty for the only one.
        known: the entries to choose from.
        option: the name of the option, for messages.
        verb: what the model does with its entries, for messages.

    Raises:
        BadValue: if there is no such entry, or there are several to choose from.
    """
    if not chosen and len(known) == 1:
        return known[0]
    if chosen in known:
        return chosen
    listed = ", ".join(known) or "nothing"
    if not chosen:
        raise BadValue(f"{model.name} {verb} {listed}: set {option} to one of them")
    raise BadValue(f"{model.name} {verb} {listed}, and not {chosen!r}: {nearest(chosen, known)}")
