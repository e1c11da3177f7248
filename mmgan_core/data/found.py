"""What a data source found: the one account of it, which init, plan, training and report give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mmgan_core.contracts import Column, DataSource, Table
from mmgan_core.errors import DataError

if TYPE_CHECKING:
    from mmgan_core.assembly.blueprint import Blueprint
    from mmgan_core.assembly.parts import Part

# So many names of labels are shown.
_SHOWN = 12
# Names and alphabets are long, and stand with the column already.
_NOT_AGAIN = {"names", "alphabet"}


@dataclass(frozen=True)
class Found:
    """What is read of some data, how, and what is not.

    Attributes:
        rows: pairs of what is told of and what is said, such as a column and its kind.
    """

    rows: tuple[tuple[str, str], ...] = field(default=())

    def plain(self) -> list[list[str]]:
        """As plain data, for a file."""
        return [list(row) for row in self.rows]

    def lines(self) -> list[str]:
        """As lines of text."""
        return [f"{what}: {said}" for what, said in self.rows]


def found_in(
    source: DataSource, blueprint: Blueprint | None = None, train: Sequence[Table] = ()
) -> Found:
    """Describe what a source found.

    Args:
        source: the data source.
        blueprint: says which columns are read, and which options were read off them.
        train: the tables of the training split, if they are open already.

    Raises:
        DataError: if the training split cannot be read.
    """
    train = list(train) or source.tables("train")
    try:
        test: Sequence[Table] = source.tables("test")
    except DataError:  # training needs none
        test = ()
    rows: list[tuple[str, str]] = []
    for number, table in enumerate(train):
        several = f" of table {number + 1}" if len(train) > 1 else ""
        tested = f"{len(test[number]):,} for testing" if number < len(test) else "none for testing"
        rows.append((f"rows{several}", f"{len(table):,} for training, {tested}"))
        rows += [(c.name, _said(c, blueprint)) for c in table.columns.values()]
        rows += [(f"note{several}", note) for note in getattr(table, "notes", ())]
    return Found(tuple(rows))


def _said(column: Column, blueprint: Blueprint | None) -> str:
    said = column.modality or "of no known kind"
    if column.names:
        more = f", ... ({len(column.names):,})" if len(column.names) > _SHOWN else ""
        said += f": {', '.join(column.names[:_SHOWN])}{more}"
    if blueprint is None:
        return said
    readers = [
        f"read as {name} ({part.modality.spec.id}"
        f"{_read_off(part.modality, entry.modality.options)})"
        for parts, entries in (
            (blueprint.given, blueprint.recipe.given),
            (blueprint.make, blueprint.recipe.make),
        )
        for name, part in parts.items()
        if part.column == column.name
        for entry in (entries[name],)
    ]
    used = ["a column for other uses"] if column.name in _others(blueprint) else []
    return f"{said}; {', '.join(readers or used or ['not read'])}"


def _read_off(part: Part, stated: Mapping[str, object]) -> str:
    """Options of a modality that were read off the data, such as a rate or a scale."""
    found = part.options.model_dump(mode="json", exclude_unset=True)
    off = {k: v for k, v in found.items() if k not in stated and k not in _NOT_AGAIN}
    return "".join(f", {name} {_short(value)}" for name, value in off.items())


def _short(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return " to ".join(map(_short, value)) if len(value) == 2 else f"{len(value)} values"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _others(blueprint: Blueprint) -> set[str]:
    """Columns that the recipe names elsewhere: on which rows are paired, or mean the same."""
    recipe = blueprint.recipe
    only = recipe.data.options.get("only")
    said = set(only) if isinstance(only, Mapping) else set()
    said |= {recipe.align.same if recipe.align else "", recipe.data.options.get("pair_on")}
    said |= {entry.evaluator.target for entry in recipe.make.values() if entry.evaluator}
    return {str(name) for name in said if name}
