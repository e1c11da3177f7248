"""Overrides that are mappings: each is short for an override of every one of its keys.

``train={"samples": 640}`` is ``train.samples=640``: the other keys of the block stay. A mapping of
another kind is no change of what is there, so it takes its place as a whole, as a list does: a
component with another ``use``, or a schedule in place of one number for each network.

``given``, ``make`` and ``joint`` say which entries there are, so they hold the entries of the
override and no others. An entry that was there keeps its other keys; one that goes is named.
"""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral, Real

from mmgan_core.foundation.progress import note_once

_SCHEDULE = {"from", "to", "over", "shape"}
_ENTRIES = (("given",), ("make",), ("joint",), ("align", "made"))


def merged(before: object, value: object, path: tuple[str, ...]) -> object:
    """Return what stands at a key after an override; neither argument is changed.

    Args:
        before: what stands there now; None if nothing does.
        value: the override.
        path: the key, step by step.
    """
    if not isinstance(value, Mapping):
        return _plain(value)
    there = {"use": before} if isinstance(before, str) else before
    if not isinstance(there, Mapping) or _is_another(there, value):
        return _plain(value)
    changed = {k: merged(there.get(k), one, (*path, str(k))) for k, one in value.items()}
    if path not in _ENTRIES:
        return {**there, **changed}
    gone = [str(name) for name in there if name not in changed]
    if gone:
        place = ".".join(path)
        note_once(
            f"{place} holds {', '.join(map(str, changed)) or 'nothing'} now, and no longer "
            f"{', '.join(gone)}; a single entry is changed by {place}.NAME"
        )
    return changed


def _is_another(there: Mapping[object, object], value: Mapping[object, object]) -> bool:
    """Whether a mapping is not of the kind of what is there, so that nothing of that stays."""
    if "use" in value:
        return value["use"] != there.get("use")
    return bool(value) and (there.keys() <= _SCHEDULE) != (value.keys() <= _SCHEDULE)


def _plain(value: object) -> object:
    """A copy of plain data, with numbers of libraries as Python's own."""
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, Integral) and not isinstance(value, bool):
        return int(value)
    return float(value) if isinstance(value, Real) and not isinstance(value, bool) else value
