"""Cells of tables as raw values: what a modality can read is not turned into text before it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import cast

from mmgan_core.contracts import Column

LABEL, NUMBERS = "label", "vector"


def raw_cell(cell: object, *, whole: bool = False) -> object:
    """A cell as a data source returns it.

    Lists and mappings stay what they are, without what is missing; numbers become text, as in a
    table that is text; a number that is none is missing.

    Args:
        whole: whether floats are whole numbers that a missing one has turned into floats.
    """
    if cell is None or isinstance(cell, (bytes, str)):
        return cell
    if isinstance(cell, float):
        return None if math.isnan(cell) else str(int(cell) if whole else cell)
    if isinstance(cell, (list, tuple)):
        return [one for one in map(_inner, cell) if one is not None]
    return cell if isinstance(cell, dict) else str(cell)


def _inner(cell: object) -> object:
    """A cell of a list: numbers stay numbers."""
    if isinstance(cell, float) and math.isnan(cell):
        return None
    if isinstance(cell, (list, tuple)):
        return raw_cell(cell)
    return cell


def are_whole(values: Iterable[object]) -> bool:
    """Whether floats are whole numbers, some missing: libraries make floats of such numbers."""
    missing = found = False
    for value in values:
        if value is None or (isinstance(value, float) and math.isnan(value)):
            missing = True
        elif isinstance(value, float) and value.is_integer():
            found = True
        else:
            return False
    return missing and found


def list_column(name: str, values: Iterable[object], most: int) -> Column | None:
    """The column of values of which some are lists; None if none is.

    Lists of names are labels, several a value; those of numbers are vectors.

    Args:
        most: with more different names than this, they are no labels.
    """
    lists = [value for value in values if isinstance(value, (list, tuple))]
    if not lists:
        return None
    inner = [one for value in lists for one in cast(Sequence[object], value)]
    if inner and all(isinstance(one, str) for one in inner):
        names = tuple(sorted({str(one) for one in inner}))
        return Column(name, LABEL, names) if len(names) <= most else Column(name)
    numbers = bool(inner) and all(
        isinstance(one, (int, float)) and not isinstance(one, bool) for one in inner
    )
    return Column(name, NUMBERS if numbers else "")
