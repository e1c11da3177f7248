"""Where points lie on a picture of 640 by 180, of which 48 are left and 20 below."""

from __future__ import annotations

import pytest

from mmgan_core.runs.curve import COLOURS, curve


def test_scales_begin_at_the_least_and_lines_have_colours() -> None:
    found = curve("t", {"a": [(10, -3.0), (20, -1.0)], "b": [(15, -2.0)]})
    assert found is not None
    assert [line.points for line in found.lines] == ["48.0,160.0 640.0,0.0", "344.0,80.0"]
    assert [line.colour for line in found.lines] == list(COLOURS[:2])
    assert (found.first, found.last, found.bottom, found.top) == ("10", "20", "-3", "-1")
    many = curve("t", {str(number): [(0, 0.0), (1, 1.0)] for number in range(7)})
    assert many is not None
    assert many.lines[6].colour == COLOURS[0]


def test_values_that_are_all_alike_lie_on_the_floor() -> None:
    found = curve("t", {"a": [(0, 0.5), (1, 0.5)]})
    assert found is not None
    assert found.lines[0].points == "48.0,160.0 640.0,160.0"
    assert (found.bottom, found.top) == ("0.5", "0.5")


@pytest.mark.parametrize("x", [0, 4])
def test_points_of_one_moment_lie_at_the_left(x: int) -> None:
    found = curve("t", {"a": [(x, 1.0), (x, 3.0)]})
    assert found is not None
    assert found.lines[0].points == "48.0,160.0 48.0,0.0"
    assert (found.first, found.last) == (str(x), str(x + 1))
