"""Numbers that change as training goes on."""

import pytest

from mmgan_core.recipe.schedule import Schedule, value_at


def schedule(**changes: object) -> Schedule:
    return Schedule.model_validate({"from": 2.0, "to": 1.0, "over": 100, **changes})


def test_cosine_is_the_papers_formula() -> None:
    # v0 + (1 - c)(v1 - v0) with c = (1 + cos(pi n / N)) / 2: a quarter in, c = (1 + sqrt(.5)) / 2
    assert schedule().at(0) == 2.0
    assert schedule().at(25) == pytest.approx(2.0 - (1 - (1 + 0.5**0.5) / 2))
    assert schedule().at(50) == pytest.approx(1.5)


@pytest.mark.parametrize("shape", ["cosine", "linear"])
def test_stays_at_its_end(shape: str) -> None:
    assert schedule(shape=shape).at(100) == schedule(shape=shape).at(10**9) == 1.0


def test_linear() -> None:
    assert schedule(shape="linear").at(30) == pytest.approx(1.7)


def test_a_plain_number_is_constant() -> None:
    assert value_at(3, 10) == value_at(3, 10**6) == 3.0
