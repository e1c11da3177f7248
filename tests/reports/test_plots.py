"""Plots: which points they show, and that they fit a page in light and dark."""

from __future__ import annotations

import re

from mmgan_core.reports.plots import COLOURS, FEW, Line, plot, short, thinned


def drawn(*points: tuple[float, float], **settings: tuple[float, float]) -> str:
    found = plot("t", [Line("a", points, 0)], limits=settings.get("limits"))
    assert found
    return found.svg


def paths(svg: str) -> list[list[tuple[float, float]]]:
    """The points of each line in the first colour."""
    found = re.findall(r'<path d="([^"]*)" style="fill: none; stroke: var\(--line-0\)', svg)
    return [
        [(float(x), float(y)) for x, y in re.findall(r"[ML] (\S+) (\S+)", path)] for path in found
    ]


def test_few_points_stay_as_they_are() -> None:
    few = thinned([(1, 5.0), (2, 6.0), (4, 1.0)])
    assert (few.x, few.mean) == ([1, 2, 4], [5, 6, 1])
    assert few.low == few.high == few.mean


def test_of_many_points_neighbours_are_put_together_with_their_range() -> None:
    few = thinned([(0, 1.0), (1, 3.0), (2, 10.0), (3, 20.0), (4, 60.0)], most=2)
    assert few.x == [0.5, 3.0]
    assert few.mean == [2.0, 30.0]
    assert few.low == [1.0, 10.0]
    assert few.high == [3.0, 60.0]
    assert thinned([]).x == []


def test_points_lie_where_their_values_are() -> None:
    (line,) = paths(drawn((0, 0.0), (50, 1.0), (100, 0.5), limits=(0, 1)))
    (x0, y0), (x1, y1), (x2, y2) = line
    assert round((x1 - x0) / (x2 - x0), 3) == 0.5
    assert round((y2 - y0) / (y1 - y0), 3) == 0.5
    assert y1 < y0, "up is more"


def test_a_line_of_one_point_is_seen() -> None:
    assert "<use " in drawn((128, 0.5))
    assert "<use " not in drawn(*((x, 0.5 * x) for x in range(FEW + 1)))


def test_values_that_are_all_alike_are_drawn() -> None:
    for value in (0.0, 0.5, -2.0):
        (line,) = paths(drawn((0, value), (9, value)))
        assert line[0][1] == line[1][1]


def test_there_is_no_plot_without_points() -> None:
    assert plot("t", [Line("a", [], 0)]) is None
    assert plot("t", []) is None


def test_colours_are_those_of_the_page() -> None:
    lines = [Line(str(number), [(0, 1.0), (1, number)], number) for number in range(COLOURS + 1)]
    found = plot("t", lines, usual=(0.5, 0.9))
    assert found
    assert not re.search(r"#[0-9a-f]{6}\b", found.svg)
    assert {f"var(--line-{number})" in found.svg for number in range(COLOURS)} == {True}
    assert "font-family" not in found.svg
    assert not re.search(r'\bid="(?!m)', found.svg)


def test_a_key_stands_beside_a_plot_of_several_lines_and_not_in_it() -> None:
    found = plot("t", [Line("first <b>", [(0, 1.0)], 0), Line("second", [(0, 2.0)], 1)])
    assert found
    assert found.key == [("first <b>", 0), ("second", 1)]
    assert "first" not in found.svg
    alone = plot("t", [Line("a", [(0, 1.0)], 0), Line("a", [(0, 2.0)], 0)])
    assert alone
    assert alone.key == []


def test_equal_plots_are_equal_texts() -> None:
    assert drawn((0, 1.0), (1, 2.0)) == drawn((0, 1.0), (1, 2.0))


def test_counts_are_short() -> None:
    assert [short(n) for n in (0, 800, 1_600, 20_000, 1_500_000)] == [
        *("0", "800", "1.6k", "20k", "1.5M")
    ]
