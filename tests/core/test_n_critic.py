"""How many discriminator phases a step has: a whole number from 1 to 1000."""

import pytest

from mmgan_core.errors import RecipeError
from mmgan_core.recipe.reading import check

DENSE = {"use": "core/dense", "hidden": [8]}
IMAGE = {"generator": DENSE, "discriminator": DENSE, "loss": "objectives/hinge"}


def read(n_critic: object) -> int:
    plain = {"data": "core/digits", "make": {"image": IMAGE}, "train": {"n_critic": n_critic}}
    return check(plain, "r.yaml").train.n_critic


@pytest.mark.parametrize(
    ("n_critic", "rule"),
    [
        (0, "must be greater than or equal to 1"),
        (-1, "must be greater than or equal to 1"),
        (1_001, "must be less than or equal to 1000"),
        (10**9, "must be less than or equal to 1000"),
        (10**40, "must be less than or equal to 1000"),
        (True, "must be a whole number, not true or false"),
        (False, "must be a whole number, not true or false"),
        (1.5, "must be a valid integer, got a number with a fractional part"),
        (float("nan"), "must be a finite number"),
        (float("inf"), "must be a finite number"),
        ("five", "must be a valid integer, unable to parse string as an integer"),
        (None, "must be a valid integer"),
        (
            {"from": 1, "to": 5, "over": 1000},
            "cannot change in training, so it has no schedule: give one whole number",
        ),
    ],
)
def test_what_is_no_number_of_phases_is_refused_in_one_line(n_critic: object, rule: str) -> None:
    with pytest.raises(RecipeError) as told:
        read(n_critic)
    assert str(told.value) == f"r.yaml: train.n_critic: {rule}"


@pytest.mark.parametrize(("n_critic", "number"), [(1, 1), (5, 5), (5.0, 5), (1_000, 1_000)])
def test_numbers_of_phases_work(n_critic: object, number: int) -> None:
    assert read(n_critic) == number
