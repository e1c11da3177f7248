"""What the house is like stays within what was aimed at."""

from pathlib import Path

from scripts import measure_house

ROOT = Path(__file__).resolve().parents[2]


def test_the_house_stays_as_it_was_drawn() -> None:
    found = measure_house.measure(ROOT)
    assert found["pairs of rooms that import each other"] == 0
    assert found["modules in import circles"] == 0
    assert found["`# fmt: " + "skip`"] <= 20
    assert found["lines with `Any` in the core"] <= 60
    assert found["longest module of the core, lines"] <= 450


def test_circles_are_found() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}
    assert measure_house.circles(graph) == 3
    assert measure_house.circles({"a": {"b"}, "b": set()}) == 0
