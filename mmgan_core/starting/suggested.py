"""What installed plugins suggest for a kind of data."""

from __future__ import annotations

from mmgan_core.contracts import Column
from mmgan_core.errors import MmganError
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.plugins.manager import KNOWN
from mmgan_core.spec import Spec, Starter, Suggestion


def modality_of(column: Column) -> Spec | None:
    """Return the default modality of a column's kind of data, if one is installed."""
    if not column.modality:
        able = [s for s in catalogue().of("modality") if s.starter and s.starter.reads_unknown]
        return able[0] if able else None
    try:
        return catalogue().modality_for(column.modality, where="init")
    except MmganError:
        return None


def suggested_for(column: Column) -> Starter:
    """Return the suggestions of the column's modality; they are empty if it makes none."""
    spec = modality_of(column)
    return spec.starter if spec and spec.starter else Starter()


def is_sample(column: Column) -> bool:
    """Return whether `init` makes such values without being asked to."""
    starter = suggested_for(column)
    return bool(starter.generator) and not starter.describes


def install(column: Column) -> str:
    """Return the command that installs what reads a column, or "" if none is known."""
    known = column.modality in KNOWN and not modality_of(column)
    return f"pip install {KNOWN[column.modality]}" if known else ""


def spelt(suggestion: Suggestion) -> dict[str, object]:
    """Return a suggestion as a mapping of ``use`` and options."""
    return {"use": suggestion} if isinstance(suggestion, str) else dict(suggestion)
