"""Numbers that change as training goes on, at their ends and between."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from mmgan_core.recipe.schedule import Schedule, ends, value_at


def schedule(shape: str | None = None, **changes: object) -> Schedule:
    chosen = {"shape": shape} if shape else {}
    return Schedule.model_validate({"from": 2.0, "to": 10.0, "over": 100, **chosen, **changes})


@pytest.mark.parametrize(
    ("shape", "samples", "expected"),
    [
        ("linear", 0, 2.0),
        ("linear", 25, 4.0),
        ("linear", 50, 6.0),
        ("linear", 99, 9.92),
        ("linear", 100, 10.0),
        ("linear", 101, 10.0),
        ("linear", 10**9, 10.0),
        # (1 - cos(pi / 3)) / 2 = a quarter of the way after a third of the time
        ("cosine", 0, 2.0),
        ("cosine", 100 / 3, 4.0),
        ("cosine", 50, 6.0),
        ("cosine", 200 / 3, 8.0),
        ("cosine", 100, 10.0),
        ("cosine", 150, 10.0),
        (None, 100 / 3, 4.0),
    ],
)
def test_from_one_value_to_another(shape: str | None, samples: float, expected: float) -> None:
    assert value_at(schedule(shape), samples) == pytest.approx(expected)  # type: ignore[arg-type]


def test_it_may_fall() -> None:
    falls = schedule("linear", **{"from": 1.0, "to": 0.0, "over": 4})
    assert [falls.at(samples) for samples in range(6)] == [1, 0.75, 0.5, 0.25, 0, 0]


def test_a_plain_number_stays() -> None:
    assert [value_at(3, samples) for samples in (0, 1, 10**9)] == [3.0] * 3
    assert isinstance(value_at(3, 0), float)


def test_its_ends() -> None:
    assert ends(schedule()) == (2.0, 10.0)
    assert ends(5) == (5, 5)


def test_it_is_written_as_it_is_read() -> None:
    plain = {"from": 2.0, "to": 10.0, "over": 100, "shape": "cosine"}
    assert schedule().model_dump(by_alias=True) == plain
    assert Schedule(start=2.0, to=10.0, over=100) == schedule()


@pytest.mark.parametrize("change", [{"over": 0}, {"shape": "step"}, {"too": 1}])
def test_what_it_refuses(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        schedule(**change)
    assert schedule(over=1).at(1) == 10.0


def test_it_does_not_change() -> None:
    with pytest.raises(ValidationError):
        schedule().to = 3.0  # type: ignore[misc]
