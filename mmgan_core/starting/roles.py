"""What becomes of each column: made, given, or left out, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from mmgan_core.errors import UsageError, nearest
from mmgan_core.starting.columns import LABEL, NUMBERS, Seen
from mmgan_core.starting.suggested import install, is_sample, suggested_for

# More given entries are seldom given together, and each makes every other rarer in training.
MOST_GIVEN = 6


@dataclass(frozen=True)
class Role:
    """What becomes of one column, and why."""

    seen: Seen
    became: Literal["made", "given", "left out"]
    why: str

    @property
    def name(self) -> str:
        """The column's name."""
        return self.seen.column.name


def roles(
    columns: Mapping[str, Seen],
    make: str | None = None,
    given: Sequence[str] | None = None,
    pair_on: str = "",
) -> list[Role]:
    """Decide what becomes of each column.

    Args:
        columns: what the columns hold.
        make: the column to make; default: the first of those that are usually made.
        given: the columns to give; default: those that say something about a sample.
        pair_on: the column on which tables are paired.

    Raises:
        UsageError: if no column can be made, or one cannot become what it should.
    """
    made = _made(columns, make)
    chosen = _wanted(columns, made, given) if given else _default(columns, made, pair_on)
    found = []
    for name, seen in columns.items():
        fate = seen if name == made else chosen[name]
        if isinstance(fate, str):
            role = Role(seen, "left out", fate)
        else:
            role = Role(fate, "made" if name == made else "given", fate.what)
        found.append(role)
    if given:  # in the order in which they were asked for
        order = list(dict.fromkeys(given))
        asked = sorted((r for r in found if r.became == "given"), key=lambda r: order.index(r.name))
        found = (
            [r for r in found if r.became == "made"]
            + asked
            + [r for r in found if r.became == "left out"]
        )
    return found


def makeable(columns: Mapping[str, Seen]) -> list[str]:
    """Return the columns that are usually made, the first one first.

    Those are samples; where there are none, they are what usually describes some, such as texts.
    """
    samples = [name for name, seen in columns.items() if is_sample(seen.column)]
    return samples or sorted(_describing(columns), key=lambda name: _rank(columns[name]))


def _describing(columns: Mapping[str, Seen]) -> list[str]:
    """Return the columns that can be made, describe samples, and say something."""
    return [
        name
        for name, seen in columns.items()
        if suggested_for(seen.column).generator
        and not is_sample(seen.column)
        and not seen.unfit
        and (seen.column.modality or any(isinstance(value, str) for value in seen.values))
    ]


def _rank(seen: Seen) -> tuple[bool, bool, float]:
    """Return a key that puts first what is called as descriptions are, then what is said in brief.

    Short texts are learned in less time; single words say little.
    """
    named = seen.column.name in suggested_for(seen.column).columns
    return not named, seen.words < 2, seen.words


def _made(columns: Mapping[str, Seen], wanted: str | None) -> str:
    able = makeable(columns)
    if wanted is not None:
        every = dict.fromkeys([*able, *_describing(columns)])
        if wanted not in every:
            raise UsageError(f"--make: {wanted!r} cannot be made here", hint=nearest(wanted, every))
        return wanted
    if not able:
        found = (f"{name} ({s.column.modality or 'unknown'})" for name, s in columns.items())
        missing = dict.fromkeys(install(seen.column) for seen in columns.values())
        raise UsageError(
            f"no installed plugin suggests a generator for any column: {', '.join(found)}",
            hint=next(filter(None, missing), "")
            or "write a recipe for other kinds of data by hand: docs/reference/recipe.md",
        )
    return able[0]


def _wanted(columns: Mapping[str, Seen], made: str, wanted: Sequence[str]) -> dict[str, Seen | str]:
    others = [name for name in columns if name != made]
    for name in wanted:
        if name not in others or not suggested_for(columns[name].column).encoder:
            raise UsageError(f"--given: {name!r} cannot be given", hint=nearest(name, others))
        if not any(value is not None for value in columns[name].values):
            raise UsageError(f"--given: {name!r} has no value in any row", hint="leave it out")
    return {
        name: columns[name] if name in wanted else "not among those that --given names"
        for name in others
    }


def _default(columns: Mapping[str, Seen], made: str, pair_on: str) -> dict[str, Seen | str]:
    """Return, for each column but the made one, what is given, or why it is left out."""
    chosen: dict[str, Seen | str] = {}
    text = _best_text(columns, made)
    for name, seen in columns.items():
        if name == made:
            continue
        given = {n: one for n, one in chosen.items() if isinstance(one, Seen)}
        far = seen.table != columns[made].table and name != pair_on
        shared = f"nothing but {pair_on!r}" if pair_on else "nothing"
        why = f"{shared} ties its rows to those of {made!r}" if far else ""
        if why and not seen.unfit:
            seen = replace(seen, unfit=why)
        of_samples = is_sample(columns[made].column)
        chosen[name] = _unfit(name, seen, text, given, of_samples=of_samples) or seen
    return chosen


def _unfit(name: str, seen: Seen, text: str, given: Mapping[str, Seen], *, of_samples: bool) -> str:
    add = f"; --given {name} gives it all the same"
    if seen.unfit:
        return seen.unfit + ("" if seen.what == "empty" else add)
    if not suggested_for(seen.column).encoder:
        found = install(seen.column)
        kind = seen.column.modality or "such values"
        return f"nothing that is installed reads {kind}" + (f": {found}" if found else "")
    sample = is_sample(seen.column)
    if sample and of_samples:  # a description is made of the samples that it describes
        return f"what it holds can be made itself{add}"
    if not sample and is_text(seen) and name != text:
        return f"{text!r} is the text that is given{add}"
    same = [n for n, other in given.items() if _says_the_same(seen, other)]
    if same:
        return f"it says the same as {same[0]!r} in other words{add}"
    if len(given) >= MOST_GIVEN:
        return f"{MOST_GIVEN} columns are given already{add}"
    return ""


def _best_text(columns: Mapping[str, Seen], made: str) -> str:
    """Return the text that says most: one that is called so, else that of most words."""
    texts = [
        name
        for name, seen in columns.items()
        if name != made
        and not seen.unfit
        and is_text(seen)
        and suggested_for(seen.column).encoder
        and not is_sample(seen.column)
    ]
    named = [name for name in texts if name in suggested_for(columns[name].column).columns]
    several = [name for name in texts if columns[name].words >= 2]
    return next(iter([*named, *several, *texts]), "")


def _says_the_same(one: Seen, other: Seen) -> bool:
    """Whether each label of one column stands in the rows of one label of the other alone."""
    if LABEL not in (one.column.modality, other.column.modality) or one.table != other.table:
        return False
    if one.column.modality != other.column.modality or len(one.values) != len(other.values):
        return False
    pairs = {
        (a, b)
        for a, b in zip(one.values, other.values, strict=True)
        if a is not None and b is not None
    }
    return len(pairs) == one.different == other.different


def is_text(seen: Seen) -> bool:
    """Whether a given column holds something that an encoder has to learn to read."""
    return seen.column.modality not in (LABEL, NUMBERS)
