"""Labels and numbers: as they are given, and as they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mmgan_onnx.description import Plain
from mmgan_onnx.errors import OnnxError, nearest

Array = np.ndarray[Any, np.dtype[Any]]


def read_labels(values: Sequence[object], settings: Plain) -> dict[str, Array]:
    """One number for each name: 1 for those that a value means."""
    names, hot = list(settings["names"]), []
    for value in values:
        row = np.zeros(len(names), np.float32)
        listed = value if isinstance(value, (list, tuple)) else [value]
        if settings["multiple"] and not isinstance(value, (list, tuple)):
            listed = [part.strip() for part in str(value).split(",") if part.strip()]
        for one in listed:
            row[_number(one, names)] = 1
        hot.append(row)
    return {"names": np.stack(hot)}


def _number(value: object, names: list[str]) -> int:
    if str(value) in names:
        return names.index(str(value))
    if isinstance(value, int) and 0 <= value < len(names):
        return value
    raise OnnxError(f"there is no label {str(value)!r}", hint=nearest(str(value), names))


def shown_labels(rows: Array, settings: Plain) -> list[str]:
    """The name with the largest number, or all over 0.5."""
    names = settings["names"]
    if settings["multiple"]:
        return [", ".join(n for n, x in zip(names, row, strict=True) if x > 0.5) for row in rows]
    return [names[number] for number in rows.argmax(1)]


def read_numbers(values: Sequence[object], settings: Plain) -> dict[str, Array]:
    """Numbers scaled from their own ranges to -1 to 1."""
    low, high = (np.array(settings[name], np.float64) for name in ("low", "high"))
    rows = []
    for value in values:
        parts = value.split(",") if isinstance(value, str) else np.atleast_1d(np.asarray(value))
        try:
            row = np.array([float(part) for part in parts], np.float64)
        except (TypeError, ValueError):
            raise OnnxError(f"{value!r} is not a number, nor numbers with commas") from None
        if row.shape != low.shape or not np.isfinite(row).all():
            raise OnnxError(f"{value!r}: {len(low)} finite numbers are needed")
        rows.append(2 * (row - low) / (high - low) - 1)
    return {"numbers": np.stack(rows).astype(np.float32)}


def shown_numbers(rows: Array, settings: Plain) -> list[tuple[float, ...]]:
    """Numbers in their own ranges."""
    low, high = (np.array(settings[name], np.float64) for name in ("low", "high"))
    return [tuple(row) for row in (low + (rows + 1) / 2 * (high - low)).tolist()]
