"""What `init` takes the columns of a table for, by their values and not by their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from mmgan_core.contracts import Column
from mmgan_core.starting.columns import Seen, _of_column
from mmgan_core.starting.roles import roles


class Rows:
    """A table of strings."""

    digest = "x"

    def __init__(self, columns: Mapping[str, Sequence[str | None]], **kinds: str) -> None:
        self._values = columns
        self.columns = {name: Column(name, kinds.get(name, "text")) for name in columns}

    def __len__(self) -> int:
        return len(next(iter(self._values.values())))

    def values(self, column: str, rows: Sequence[int]) -> list[object]:
        return [self._values[column][row] for row in rows]

    def where(self, row: int) -> str:
        return str(row)


def look(**columns: Sequence[str | None]) -> dict[str, Seen]:
    table = Rows(columns, shape="echo")
    return {name: _of_column(column, table, 0) for name, column in table.columns.items()}


COUNT = 60
SENTENCES = [f"a red cat number {n}" for n in range(COUNT)]


@pytest.mark.parametrize(
    ("values", "kind", "unfit"),
    [
        (["glad", "sad", "calm"] * 20, "label", ""),
        (["1", "2", "3", "4", "5"] * 12, "label", ""),
        ([f"{n * 1.7:.2f}" for n in range(COUNT)], "vector", ""),
        ([*(f"{n * 1.7:.2f}" for n in range(COUNT - 2)), "n/a", "?"], "vector", ""),
        ([f"{n},{n / 2}" for n in range(COUNT)], "vector", ""),
        (SENTENCES, "text", ""),
        ([f"word{n // 2}" for n in range(2 * 70)], "text", ""),
        ([str(1_000 + n) for n in range(COUNT)], "vector", "it numbers the rows"),
        ([str(7_919 * n * n) for n in range(1_000, 1_060)], "vector", "as an id has"),
        ([f"raw/{n}.jpg" for n in range(COUNT)], "text", "another file in every row"),
        ([f"{n:x}e" * 4 for n in range(COUNT)], "text", "as an id has"),
        (["yes"] * COUNT, "label", "it is 'yes' in every row"),
        ([None, "", " "] * 20, "text", "it has no value in any row"),
    ],
    ids=[
        "few words",
        "few numbers",
        "many numbers",
        "some are no numbers",
        "several numbers",
        "sentences",
        "many words",
        "numbered rows",
        "large ids",
        "paths",
        "hashes",
        "one value",
        "empty",
    ],
)
def test_a_column_is_what_its_values_are(
    values: Sequence[str | None], kind: str, unfit: str
) -> None:
    seen = look(prompt=values)["prompt"]
    assert seen.column.modality == kind
    assert unfit in seen.unfit
    assert bool(unfit) == bool(seen.unfit)


def test_names_of_a_label_that_the_source_does_not_know_are_said() -> None:
    assert look(mood=["b", "a"] * 9)["mood"].options == {"names": ["a", "b"]}


def test_ranges_shares_and_gaps_are_counted() -> None:
    values = [None, None, "n/a", *(f"{n}.5" for n in range(37))]
    seen = look(price=values)["price"]
    assert seen.options == {"low": [0.5], "high": [36.5]}
    assert seen.missing == pytest.approx(2 / 40)
    assert seen.bad == pytest.approx(1 / 38)
    assert "missing in 5.0% of the rows" in seen.what


def became(columns: Mapping[str, Seen], **wanted: Sequence[str]) -> dict[str, tuple[str, str]]:
    return {role.name: (role.became, role.why) for role in roles(columns, **wanted)}


def table() -> dict[str, Seen]:
    moods = ["glad", "sad", "calm"] * 20
    columns = look(
        prompt=SENTENCES,
        other=[f"this is text {n}" for n in range(COUNT)],
        mood=moods,
        laune=[{"glad": "froh", "sad": "traurig", "calm": "ruhig"}[mood] for mood in moods],
        stars=["1", "2", "3", "4"] * 15,
        id=[str(n) for n in range(COUNT)],
    )
    return {"shape": Seen(Column("shape", "echo"), "shapes", rows=COUNT), **columns}


def test_each_column_is_made_given_or_left_out_with_a_reason() -> None:
    found = became(table())
    assert {name for name, (what, _) in found.items() if what == "given"} == {
        "prompt",
        "mood",
        "stars",
    }
    assert found["shape"][0] == "made"
    assert found["laune"] == (
        "left out",
        "it says the same as 'mood' in other words; --given laune gives it all the same",
    )
    assert "'prompt' is the text that is given" in found["other"][1]
    assert "numbers the rows" in found["id"][1]


def test_what_a_person_asks_for_is_given_in_that_order() -> None:
    found = became(table(), given=["id", "laune"])
    assert [name for name, (what, _) in found.items() if what == "given"] == ["id", "laune"]
    assert found["mood"] == ("left out", "not among those that --given names")
