"""Sample sheets: which rows, which noise, which pictures in which column."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

import mmgan_core.training.preview as previewing
from mmgan_core.foundation.randomness import noise_rows
from mmgan_core.training.preview import COLUMNS, ROWS, Preview
from tests.training.by_hand import Choice, Numbers, column, drawn_up, part

CPU = torch.device("cpu")


class Shown(Numbers):
    """A picture is as wide as 100 times its number, so that it can be read again."""

    def decode(self, value: object) -> object:
        return float(value) + 0.25  # type: ignore[arg-type]

    def render(self, value: object) -> Image.Image:
        return Image.new("RGB", (round(1_000 + 100 * float(value)), 1))  # type: ignore[arg-type]


class Pages:
    """In the place of a sheet."""

    def __init__(self) -> None:
        self.columns: list[list[float]] = []
        self.heads: list[int] = []

    def __call__(self, columns: Any, *, heads: list[int]) -> str:
        self.columns = [[(p.width - 1_000) / 100 for p in column] for column in columns]
        self.heads = heads
        return "page"


class Rows:
    """A feed of five rows, of three meanings."""

    meant = np.array([1, 0, 1, 2, 0])

    def __init__(self, count: int = 5) -> None:
        self.count, self.asked = count, 0

    def __len__(self) -> int:
        return self.count

    def rows(self, start: int, count: int) -> Any:
        self.asked = count
        return [np.arange(start, start + count), 10 + np.arange(start, start + count)]

    def meaning(self, rows: Any) -> Any:
        return self.meant[rows[0] % 5]

    def different(self, name: str, rows: Any) -> Any:
        self.compared = len(rows[0])
        return np.unique(self.raw(name, rows), return_inverse=True)[1]

    def raw(self, name: str, rows: Any) -> list[object]:
        at = {"a": 0, "b": 0, "x": 1, "y": 1}[name]
        return [float(row) for row in rows[at]]


def drawn(monkeypatch: pytest.MonkeyPatch, feed: Any = None, **chosen: Any) -> tuple[Pages, Any]:
    blueprint = drawn_up(Choice(**chosen))
    modalities: Any = {name: part(Shown).build() for name in blueprint.modalities}
    blueprint = replace(blueprint, modalities=modalities)
    gan, pages = blueprint.build(), Pages()
    monkeypatch.setattr(previewing, "sheet", pages)
    preview = Preview(blueprint, gan, feed or Rows())
    page: Any = preview.render(CPU)
    assert page == "page"
    return pages, gan


def close(number: float) -> Any:
    return pytest.approx(number, abs=0.006)


def noise(count: int, entry: int = 0) -> list[float]:
    return noise_rows(0, count, 1, entry=entry)[:, 0].tolist()


def made(noise: float, given: float) -> float:
    """G = 0.5 z + 2 (0.5 v), held to the range from -2 to 6."""
    return min(6.0, max(-2.0, 0.5 * noise + given))


def test_a_column_a_condition_and_a_row_a_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    """One row of each meaning first, in the order of meanings: 1, 0, 3; then the others: 2, 4."""
    pages, _ = drawn(monkeypatch)
    assert pages.heads == [0]
    assert len(pages.columns) == 5
    for given, found in zip((1.0, 0.0, 3.0, 2.0, 4.0), pages.columns, strict=True):
        assert found[0] == close(given + 0.25), "what was given, decoded"
        assert found[1:] == [close(made(z, given)) for z in noise(ROWS)]


def test_where_nothing_is_given_every_picture_has_its_own_noise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    blueprint = drawn_up(Choice(given=()))
    seen: list[Tensor] = []

    class Noting(torch.nn.Module):
        noise_dim, condition = 1, blueprint.build().generator("x").condition

        def forward(self, noise: Tensor, condition: Any) -> Tensor:
            seen.append(noise[:, 0])
            return noise.bfloat16()

    gan = blueprint.build()
    gan.generators["x"] = Noting()
    pages = Pages()
    monkeypatch.setattr(previewing, "sheet", pages)
    blueprint = replace(blueprint, modalities={"x": part(Shown).build()})
    Preview(blueprint, gan, Rows()).render(CPU)  # type: ignore[arg-type]
    assert torch.cat(seen).tolist() == noise(ROWS * 5)
    assert [len(each) for each in seen] == [5] * ROWS
    assert pages.heads == []
    assert [len(found) for found in pages.columns] == [ROWS] * 5
    assert pages.columns[1][0] == pytest.approx(min(6, max(-2, noise(2)[1])), abs=0.03)


def test_each_made_entry_has_noise_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    pages, _ = drawn(monkeypatch, made=("x", "y"))
    assert pages.columns[0][1 : 1 + ROWS] == [close(made(z, 1.0)) for z in noise(ROWS)]
    assert pages.columns[0][1 + ROWS :] == [close(made(z, 1.0)) for z in noise(ROWS, 1)]


def test_repairs_show_what_is_known_and_keep_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The centre is missing of the first, third and fifth, a box of the others: here it is all.

    Nothing is known then but the middle of the range, 2. Each column's hole has its own seed.
    """
    asked: list[Any] = []
    sample_masks = previewing.with_sampled_masks

    def noting(modality: Any, values: Any, mask_kind: str, *, seed: int) -> Any:
        asked.append((values, mask_kind, seed))
        found = sample_masks(modality, values, mask_kind, seed=seed)
        return replace(found, mask=column(float(seed % 2))) if seed else found

    monkeypatch.setattr(previewing, "with_sampled_masks", noting)
    pages, gan = drawn(monkeypatch, make={"repair": {}})
    assert asked == [
        ([11.0], "centre", 0),
        ([10.0], "box", 1),
        ([13.0], "centre", 2),
        ([12.0], "box", 3),
        ([14.0], "centre", 4),
    ]
    assert pages.heads == [0, 1]
    for number, found in enumerate(pages.columns):
        assert found[1] == close(2), "what is known"
        if number in (2, 4):  # nothing is missing of these
            assert found[2:] == [close(2)] * ROWS
        else:
            given = (1.0, 0.0, 3.0, 2.0, 4.0)[number]
            assert found[2:] == [close(made(z, given)) for z in noise(ROWS)]
    conditions = [condition for _, condition, _ in gan.generators["x"].asked]
    assert {condition.masked is not None for condition in conditions} == {True}
    assert not any(gradients for _, _, gradients in gan.generators["x"].asked)


def test_of_many_rows_some_are_looked_at() -> None:
    feed: Any = Rows(5_000)
    rows = previewing.various(feed, ["a"])
    assert feed.asked == 1_000
    assert feed.compared == previewing.LOOKED_AT
    assert [len(table) for table in rows] == [COLUMNS] * 2
    # 1, 0 and 3 first; then in order.
    assert rows[0].tolist() == [1, 0, 3, 2, 4, 5, 6, 7, 8, 9]
    assert rows[1].tolist() == [11, 10, 13, 12, 14, 15, 16, 17, 18, 19]


class Sorted(Rows):
    """Rows of four classes that lie one after another, and a mood that alternates in pairs."""

    def __init__(self, count: int = 400, order: Any = None) -> None:
        super().__init__(count)
        self.order = np.arange(count) if order is None else order

    def rows(self, start: int, count: int) -> Any:
        self.asked = count
        return [self.order[start : start + count]]

    def meaning(self, rows: Any) -> Any:
        return rows[0]

    def raw(self, name: str, rows: Any) -> list[object]:
        of = {"a": lambda row: row // 100, "b": lambda row: row // 2 % 2}
        return [float(of[name](row)) for row in rows[0]]


def test_columns_are_of_different_given_values_though_rows_lie_by_class() -> None:
    """By meaning alone the lowest rows would be taken, which are all of the first class."""
    order = np.random.default_rng(0).permutation(400)
    feed: Any = Sorted(order=order)
    (rows,) = previewing.various(feed, ["a"])
    assert sorted(feed.raw("a", [rows[:4]])) == [0, 1, 2, 3]
    # The rest, of values that have come, are the first of the shuffled rows.
    others = [row for row in order if row not in rows[:4]]
    assert rows[4:].tolist() == others[:6]


def test_combinations_that_are_new_come_before_such_that_were_there() -> None:
    """Classes 0 0 0 0 0 0 1 1, moods 0 0 1 1 0 0 0 0: rows by the new values they bring.

    Row 0 brings (0, 0); row 102 the class 1 and the mood 1; row 2 the combination (0, 1), row 104
    (1, 0); then nothing is new, and rows come in order.
    """
    feed: Any = Sorted(7, np.array([0, 1, 2, 4, 5, 102, 104]))
    (rows,) = previewing.various(feed, ["a", "b"])
    assert rows.tolist() == [0, 102, 2, 104, 1, 4, 5]


def test_columns_of_equal_conditions_differ_by_their_noise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of three rows of one class, each has noise of its own; one of another class has the first."""

    class Classes(Rows):
        def __init__(self) -> None:
            super().__init__(4)

        def raw(self, name: str, rows: Any) -> list[object]:
            return [[1.0, 1.0, 0.0, 1.0][row] for row in rows[0]]

        def meaning(self, rows: Any) -> Any:
            return rows[0]

    pages, _ = drawn(monkeypatch, Classes())
    assert [found[0] for found in pages.columns] == [close(v + 0.25) for v in (1, 0, 1, 1)]
    each = torch.tensor(noise(ROWS * 3)).view(ROWS, 3)
    for found, given, occurrence in zip(pages.columns, (1, 0, 1, 1), (0, 0, 1, 2), strict=True):
        assert found[1:] == [close(made(z, given)) for z in each[:, occurrence].tolist()]
    assert len({tuple(found[1:]) for found in pages.columns}) == 4
