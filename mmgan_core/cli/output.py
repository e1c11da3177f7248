"""Printing to standard output: tables for people, JSON for programs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence

import typer

# The width that a pipe is taken to have, so that no cell is wrapped there.
ENDLESS = 10_000
INDENT, GAP = 2, 2
# The last column has at least this width, however long the words in other columns are.
NARROWEST = 12


def print_json(facts: object) -> None:
    """Print facts as JSON."""
    typer.echo(json.dumps(facts, indent=2, ensure_ascii=False, default=str))


def print_table(title: str, rows: Sequence[Sequence[str]], *, head: Sequence[str] = ()) -> None:
    """Print rows in columns; long cells are wrapped between words on a terminal, but not in a pipe.

    Args:
        title: a line above the table; none if it is empty.
        rows: the cells of each row.
        head: the headings of the columns.
    """
    if title:
        typer.secho(title, bold=True)
    if rows:
        room = shutil.get_terminal_size((ENDLESS, 24)).columns
        for line in _lines([head, *rows] if head else rows, room - INDENT):
            typer.echo(" " * INDENT + line if line else "")


def _lines(rows: Sequence[Sequence[str]], room: int) -> list[str]:
    from io import StringIO

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    page = StringIO()
    table = Table.grid(padding=(0, GAP, 0, 0))
    widths = [max(map(_longest_word, cells)) for cells in zip(*rows, strict=True)]
    left = room - sum(width + GAP for width in widths[:-1])
    # Only the last column may break a word, and only a word that is wider than the column.
    for width in (*widths[:-1], min(widths[-1], max(left, NARROWEST))):
        table.add_column(min_width=width, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(file=page, width=room, color_system=None).print(table, crop=False)
    return [line.rstrip() for line in page.getvalue().splitlines()]


def _longest_word(cell: str) -> int:
    from rich.cells import cell_len

    return max(map(cell_len, cell.split()), default=0)
