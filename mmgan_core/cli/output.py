"""Printing to standard output: tables for people, JSON for programs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence

import typer

from mmgan_core.foundation.printable import on_one_line

# The width that a pipe is taken to have, so that no cell is wrapped there.
ENDLESS = 10_000
INDENT, GAP = 2, 2
# The last column has at least this width, however long the words in other columns are.
NARROWEST = 12
# With less room than this, the last of three or more columns stands below the others instead.
COMFORTABLE = 28


def print_json(facts: object) -> None:
    """Print facts as JSON."""
    typer.echo(json.dumps(facts, indent=2, ensure_ascii=False, default=str))


def print_table(title: str, rows: Sequence[Sequence[str]], *, head: Sequence[str] = ()) -> None:
    """Print rows in columns; long cells are wrapped between words on a terminal, but not in a pipe.

    Where other columns leave the last one little room, its cells stand in lines of their own.

    Args:
        title: a line above the table; none if it is empty.
        rows: the cells of each row.
        head: the headings of the columns.
    """
    if title:
        typer.secho(title, bold=True)
    if rows:
        room = shutil.get_terminal_size((ENDLESS, 24)).columns
        cells = [[on_one_line(cell) for cell in row] for row in ([head, *rows] if head else rows)]
        for line in _lines_below(cells, room - INDENT) or _lines(cells, room - INDENT):
            typer.echo(" " * INDENT + line if line else "")


def _lines_below(rows: Sequence[Sequence[str]], room: int) -> list[str]:
    """The last cell of each row in lines of its own below the others; none if that is no help."""
    import textwrap
    from itertools import zip_longest

    from rich.cells import cell_len

    *columns, last = zip(*rows, strict=True)
    widths = [max(map(cell_len, cells)) + GAP for cells in columns]
    if len(columns) < 2 or room - sum(widths) >= min(COMFORTABLE, max(map(cell_len, last))):
        return []
    widest = widths.index(max(widths))
    widths[widest] -= max(0, sum(widths) - GAP - room)
    if widths[widest] < max(map(_longest_word, columns[widest])) + GAP:
        return []
    found = []
    for row in rows:
        cells = [textwrap.wrap(cell, width - GAP) for cell, width in zip(row, widths, strict=False)]
        for line in zip_longest(*cells, fillvalue=""):
            padded = (c + " " * (w - cell_len(c)) for c, w in zip(line, widths, strict=True))
            found.append("".join(padded).rstrip())
        found += (" " * INDENT + line for line in textwrap.wrap(row[-1], room - INDENT))
    return found


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
