"""`mmgan-zoo ls models`: lists shipped models, pulled models, and models of indexes on the Hub."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from mmgan_core.cli.output import print_json, print_table
from mmgan_core.zoo.listing import listed_models


def list_models(given: Sequence[str], made: Sequence[str], *, as_json: bool) -> None:
    """Print the models that take and make all of these entries."""
    rows = listed_models(given, made)
    if as_json:
        print_json([asdict(row) for row in rows])
        return
    table = [
        (
            row.name,
            row.where,
            f"{', '.join(row.given) or 'nothing'} -> {', '.join(row.made)}",
            f"{row.bytes / 1e6:.1f} MB",
            row.licence or "?",
            row.missing or row.summary,
        )
        for row in rows
    ]
    print_table("models" if table else "no model takes and makes these entries", table)
