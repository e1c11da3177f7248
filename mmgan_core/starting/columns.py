"""What each column of some data holds: what its source says, and what its values say."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from mmgan_core.contracts import Column, DataSource, Table
from mmgan_core.errors import DataError

# The core's own kinds.
LABEL, NUMBERS = "label", "vector"
# So many different words, or numbers, are a label if they come back.
FEW_WORDS, FEW_NUMBERS = 64, 20
# A source may know more classes than that.
MOST_CLASSES = 1_000
# Words and numbers of so many rows are read, and of so many rows what takes longer to read.
READ, DECODED = 100_000, 256
# So many of a column's values may be no number in a column of numbers.
ODD = 0.1
_FILE = re.compile(r"[^ ]*[/\\][^ ]*|[^ ]+\.[A-Za-z0-9]{2,5}")


@dataclass(frozen=True)
class Seen:
    """What a column holds.

    Attributes:
        column: the column as an entry would take it: its kind, and the names of its labels.
        what: what its values are, in a few words.
        unfit: why it says nothing about a sample; "" if it may.
        table: the number of its table.
        rows: how many rows its table has.
        values: values of rows that are spread over the table; None where one is missing.
        missing: the fraction of rows that have no value.
        bad: the fraction of rows whose value cannot be read.
        options: options of its modality that no source can know.
    """

    column: Column
    what: str
    unfit: str = ""
    table: int = 0
    rows: int = 0
    values: tuple[object, ...] = field(default=(), repr=False)
    missing: float = 0.0
    bad: float = 0.0
    options: Mapping[str, object] = field(default_factory=dict)

    @property
    def different(self) -> int:
        """How many different values it has, of those that were read."""
        return len({value for value in self.values if isinstance(value, str)})

    @property
    def words(self) -> float:
        """How many words its values have, on average."""
        texts = [value for value in self.values if isinstance(value, str)]
        return sum(len(text.split()) for text in texts) / max(1, len(texts))


def look_at(source: DataSource) -> dict[str, Seen]:
    """Return what each column of the training split holds, by its name, in the data's order.

    Raises:
        DataError: if there is no column.
    """
    seen: dict[str, Seen] = {}
    testing = _testing(source)
    for number, table in enumerate(source.tables("train")):
        beside = testing[number] if number < len(testing) else None
        for column in table.columns.values():
            if column.name not in seen:  # a column on which tables are paired is in all of them
                found = _of_column(column, table, number)
                seen[column.name] = _with_tested(found, beside) if beside else found
    if not seen:
        raise DataError("the data have no columns")
    return seen


def _of_column(column: Column, table: Table, number: int) -> Seen:
    first = table.values(column.name, spread(len(table), DECODED))
    read = first
    if any(isinstance(value, str) for value in first):
        read = table.values(column.name, spread(len(table), READ))
    values = [None if _blank(value) else value for value in read]
    missing = sum(value is None for value in values) / max(1, len(values))
    held = [value for value in values if value is not None]
    texts = [value for value in held if isinstance(value, str)]
    if not held:
        seen = Seen(column, "empty", "it has no value in any row")
    elif len(texts) == len(held):
        seen = _of_texts(column, texts)
    elif any(isinstance(value, (list, tuple)) for value in held):
        seen = _of_lists(column, held)
    else:
        seen = Seen(column, f"{column.modality or 'values'} in {len(table):,} rows")
    if seen.missing == 0 and 0 < missing < 1:
        seen = replace(seen, what=f"{seen.what}; missing in {missing:.1%} of the rows")
    return replace(seen, table=number, rows=len(table), values=tuple(values), missing=missing)


def _testing(source: DataSource) -> list[Table]:
    try:
        return source.tables("test")
    except DataError:  # training needs none
        return []


def _with_tested(seen: Seen, table: Table) -> Seen:
    """Return a label with the names that rows for testing alone have, if these are few."""
    name, known = seen.column.name, set(seen.column.names)
    if seen.column.modality != LABEL or seen.unfit or name not in table.columns:
        return seen
    values = table.values(name, spread(len(table), READ))
    held = [str(value) for value in values if not _blank(value)]
    others = [value for value in held if value not in known]
    if len(others) > ODD * len(held):
        return replace(
            seen, unfit=f"{len(others) / len(held):.0%} of its values for testing are others"
        )
    if not others:
        return seen
    names = tuple(sorted(known | set(others)))
    return replace(seen, column=replace(seen.column, names=names), options={"names": list(names)})


def spread(rows: int, most: int) -> list[int]:
    """Return at most so many rows of a table, in order and evenly spread over it."""
    return list(range(rows)) if rows <= most else [i * rows // most for i in range(most)]


def _blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _of_texts(column: Column, texts: Sequence[str]) -> Seen:
    counted = Counter(texts)
    different, rows = len(counted), len(texts)
    if different == 1:
        label = replace(column, modality=LABEL, names=tuple(counted))
        return Seen(label, "one value", f"it is {_short(texts[0])} in every row")
    numbers = [number for number in map(numbers_in, texts) if number]
    usual = Counter(map(len, numbers)).most_common(1)[0][0] if numbers else 0
    numbers = [number for number in numbers if len(number) == usual]
    numeric = len(numbers) >= (1 - ODD) * rows
    said = column.modality == LABEL and different <= MOST_CLASSES
    alone = different == rows
    few = different <= (FEW_NUMBERS if numeric else FEW_WORDS) and 2 * different <= rows
    if few or (said and not numeric and not (alone and different > FEW_WORDS)):
        return _labels(column, counted, said)
    if numeric:
        return _numbers(column, numbers, rows, alone=alone)
    return _words(column, texts, alone=alone)


def _of_lists(column: Column, held: Sequence[object]) -> Seen:
    """What a column of lists holds: several labels a row, or numbers."""
    if column.modality == LABEL and column.names:
        what = f"lists of {len(column.names)} different values"
        if any("," in name for name in column.names):
            return Seen(column, what, "commas in its names would separate names")
        return Seen(column, what)
    sizes = Counter(len(value) for value in held if isinstance(value, (list, tuple)))
    size, usual = sizes.most_common(1)[0]
    if column.modality == NUMBERS and size:
        bad = 1 - usual / len(held)
        return Seen(column, f"lists of {size} numbers", bad=bad)
    return Seen(column, "lists", "no kind of data reads such lists: choose or rename its columns")


def _labels(column: Column, counted: Mapping[str, int], said: bool) -> Seen:
    names = column.names if set(counted) <= set(column.names) else tuple(sorted(counted))
    known = names == column.names
    least = min(counted.values())
    what = f"{len(counted)} different values"
    if least < 5:
        what += f", the rarest in {least} row{'s' if least > 1 else ''}"
    options = {} if known else {"names": list(names)}
    label = replace(column, modality=LABEL, names=names)
    return Seen(label, what if said else f"{what}, which come back", options=options)


def _numbers(
    column: Column, numbers: Sequence[tuple[float, ...]], rows: int, *, alone: bool
) -> Seen:
    low, high = (tuple(map(end, zip(*numbers, strict=True))) for end in (min, max))
    ranges = ", ".join(f"{a:g} to {b:g}" for a, b in zip(low, high, strict=True))
    bad = 1 - len(numbers) / rows
    what = f"numbers from {ranges}" + (f"; {bad:.1%} of the values are no numbers" if bad else "")
    counting = len(low) == 1 and all(number[0].is_integer() for number in numbers)
    unfit = ""
    if alone and counting and high[0] - low[0] < 2 * rows:
        unfit = "it numbers the rows"
    elif alone and counting and high[0] >= 1e6:
        unfit = "it has another whole number in every row, as an id has"
    options = {
        "low": list(low),
        "high": [b if b > a else a + 1 for a, b in zip(low, high, strict=True)],
    }
    return Seen(replace(column, modality=NUMBERS, names=()), what, unfit, bad=bad, options=options)


def _words(column: Column, texts: Sequence[str], *, alone: bool) -> Seen:
    # The source may have taken it for a label, or not know what it is.
    text = Column(column.name, "" if column.modality in ("", LABEL) else column.modality)
    long = sorted(map(len, texts))[math.ceil(0.95 * len(texts)) - 1]
    several = sum(" " in one.strip() for one in texts) / len(texts)
    what = f"texts of up to {long} characters" if several > 0.5 else "single words"
    if alone and sum(bool(_FILE.fullmatch(one.strip())) for one in texts) > 0.9 * len(texts):
        return Seen(text, what, "it names another file in every row")
    if alone and several <= 0.5:
        return Seen(text, what, "it has another word in every row, as an id has")
    return Seen(text, what)


def numbers_in(text: str) -> tuple[float, ...]:
    """Return the finite numbers of a text with commas between them; none if it is anything else."""
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        return ()
    return found if all(map(math.isfinite, found)) else ()


def _short(text: str) -> str:
    return repr(text if len(text) <= 20 else f"{text[:17]}...")
