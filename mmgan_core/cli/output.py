"""Facts on standard output: tables for people, JSON for programs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from typing import Any

import typer


def print_json(facts: Any) -> None:
    """Facts as JSON."""
    typer.echo(json.dumps(facts, indent=2, ensure_ascii=False, default=str))


def print_table(title: str, rows: Sequence[Sequence[str]]) -> None:
    """Rows in columns; the last column is cut to fit a terminal, and whole in a pipe."""
    if title:
        typer.secho(title, bold=True)
    if not rows:
        return
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    room = shutil.get_terminal_size((10_000, 24)).columns
    for row in rows:
        start = "  " + "".join(
            cell.ljust(width + 2) for cell, width in zip(row, widths, strict=False)
        )
        last, left = row[-1], room - len(start)
        cut = left > 10 and len(last) > left
        typer.echo((start + (last[: left - 1] + "…" if cut else last)).rstrip())
