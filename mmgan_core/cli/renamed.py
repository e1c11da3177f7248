"""Options under the names that they once had."""

from __future__ import annotations

from mmgan_core.foundation.progress import note_once


def _out(name: str) -> str:
    if name != "to":
        return name
    note_once("--to DIR is called --out DIR now; the old name still works")
    return "out"


# The settings of a verb that writes a directory, which `--to` once named.
OUT_WAS_TO = {"token_normalize_func": _out}
