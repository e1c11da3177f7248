"""What an evaluation returns: its numbers, as a table for people and as mappings for programs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mmgan_core.runs.measurements import (
    COLUMNS,
    Measured,
    markdown_table,
    measured_notes,
    measured_table,
)


@dataclass(frozen=True, repr=False)
class Evaluation:
    """The numbers of one model, each with all that it depends on.

    In a notebook it shows itself as a table.

    Attributes:
        rows: one mapping for each number.
        path: the JSON file that the numbers were written to; None if they were not written.
    """

    rows: list[Measured]
    path: Path | None = None

    def table(self) -> str:
        """Return the numbers as a Markdown table, with notes."""
        return "\n".join([*markdown_table(self.rows), "", *measured_notes(self.rows)])

    def as_dict(self) -> dict[str, dict[str, dict[str, float]]]:
        """Return the bare values by made entry, by what was given, and by the number's name.

        Example:
            >>> evaluate("runs/digits").as_dict()["image"]["label"]     # doctest: +SKIP
            {'condition accuracy': 0.97, 'frechet': 3.1}
        """
        found: dict[str, dict[str, dict[str, float]]] = {}
        for row in self.rows:
            given = found.setdefault(row["entry"], {}).setdefault(row["given"], {})
            given[row["name"]] = row["value"]
        return found

    def __repr__(self) -> str:
        lines = [COLUMNS, *measured_table(self.rows)]
        widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
            for line in lines
        )

    def _repr_html_(self) -> str:
        from html import escape

        head, *lines = (
            "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in line)
            for tag, line in [("th", COLUMNS), *(("td", row) for row in measured_table(self.rows))]
        )
        body = "".join(f"<tr>{line}</tr>" for line in lines)
        notes = "".join(f"<p>{escape(note)}</p>" for note in measured_notes(self.rows))
        return f"<table><tr>{head}</tr>{body}</table>{notes}"
