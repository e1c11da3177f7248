"""What a training advises: the evidence, and changes that a recipe takes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mmgan_core import load_recipe
from mmgan_core.health.advice import advise
from mmgan_core.health.illness import Changes
from mmgan_core.health.illnesses import ILLNESSES
from mmgan_core.health.remedies import change_rates, scaled
from mmgan_core.recipe.schedule import Schedule
from mmgan_core.recipe.schema import Recipe


def recipe(**changes: object) -> Recipe:
    return load_recipe("digits", **changes)


def rows(*values: float, metric: str = "image/diversity") -> list[dict[str, Any]]:
    """Lines at 10,000 samples, 20,000 and so on, of which only the metric is ill."""
    well = {"image/discriminator_accuracy": 0.7, "image/diversity": 1.0}
    return [
        {"samples": 10_000 * n, "health": {}, **well, metric: value}
        for n, value in enumerate(values, 1)
    ]


def changes_of(word: str, metric: str, value: float, **changed: object) -> Changes:
    (one,) = advise(rows(value, metric=metric), recipe(**changed))
    assert one.illness.word == word
    return one.changes


def test_what_is_well_is_left_alone() -> None:
    assert advise(rows(1.0, 1.0, 1.0), recipe()) == []
    assert advise([], recipe()) == []


def test_the_last_third_decides_and_half_of_its_lines_must_be_ill() -> None:
    assert advise(rows(0.1, 0.1, 0.1, 0.1, 1.0, 1.0), recipe()) == []
    # At 60,000 samples the last third is of 50,000 and 60,000; one of two is half.
    (one,) = advise(rows(1.0, 1.0, 1.0, 1.0, 1.0, 0.125), recipe())
    assert one.evidence == "diversity 0.125 in 1 of the last 2 lines; well is at least 0.25"
    # At 90,000 it is of three; one of three is less.
    assert advise(rows(*[1.0] * 8, 0.1), recipe()) == []


def test_the_beginning_is_not_judged() -> None:
    early = [{**rows(0.1)[0], "samples": 3_000}]
    assert advise(early, recipe()) == []


def test_consequences_of_what_explains_them_get_no_advice() -> None:
    """The causes: dead units, weights that stand still, and a condition without a bound."""
    for metric, value in (("dead_units", 0.9), ("movement", 1e-6), ("condition_size", 160.0)):
        lines = rows(0.0)
        lines[0][f"image/{metric}"] = value
        (one,) = advise(lines, recipe())
        assert one.illness.metric == metric


def test_a_line_says_what_to_set_and_where_it_is_explained() -> None:
    (one,) = advise(rows(0.999, metric="image/discriminator_accuracy"), recipe())
    assert str(one).startswith("image: D far ahead (discriminator accuracy 0.999 in 1 of the last")
    assert "--set 'make.image.penalties=[{" in str(one)
    assert str(one).endswith("(docs/how-to/health.md#d-far-ahead)")
    key, value = str(one.options).removeprefix("--set '").removesuffix("'").split("=", 1)
    assert {key: json.loads(value)} == one.changes


def test_penalties_are_added_where_there_are_none_and_raised_where_there_are() -> None:
    ill = ("D far ahead", "image/discriminator_accuracy", 0.999)
    raised = changes_of(*ill)["make.image.penalties"]
    assert isinstance(raised, list)
    assert [(one["use"], one["weight"], one["every"]) for one in raised] == [
        ("objectives/r1", 5.0, 4),
        ("objectives/r2", 5.0, 4),
    ]
    added = changes_of(*ill, **{"make.image.penalties": []})["make.image.penalties"]
    assert isinstance(added, list)
    assert [one["weight"] for one in added] == [0.5, 0.5]


def test_rates_that_are_far_apart_are_made_equal() -> None:
    ill = ("D far ahead", "image/discriminator_accuracy", 0.999)

    def rate(generator: float, discriminator: float) -> object:
        both = {"train.learning_rate": {"generator": generator, "discriminator": discriminator}}
        return changes_of(*ill, **both).get("train.learning_rate")

    assert rate(2e-4, 1.8e-3) == pytest.approx(6e-4), "the geometric mean"
    assert rate(1e-5, 1e-2) == 1e-3, "the usual rate"
    assert rate(0.0, 1e-2) == 1e-3
    assert rate(1e-3, 2e-3) is None, "which are near"


def test_samples_that_explode_need_equal_rates_and_penalties() -> None:
    found = changes_of(
        "exploding",
        "image/diversity",
        9.0,
        **{
            "make.image.penalties": [],
            "train.learning_rate": {"generator": 5e-3, "discriminator": 5e-5},
        },
    )
    assert set(found) == {"train.learning_rate", "make.image.penalties"}


def test_an_unbounded_condition_comes_before_dead_units() -> None:
    lines = rows(0.0)
    lines[0] |= {"image/condition_size": 1_560.0, "image/dead_units": 1.0}
    (one,) = advise(lines, recipe(**{"fusion.bounded": False}))
    assert one.changes == {"fusion.bounded": True}


def test_an_augmentation_is_added_that_suits_the_kind_of_data() -> None:
    found = changes_of("memorising", "image/overfit", 0.9, **{"make.image.augment": []})
    (chosen,) = found["make.image.augment"]  # type: ignore[misc]
    assert chosen["use"] == "image/diffaugment"


def test_an_augmentation_of_every_row_becomes_rarer_and_an_adaptive_one_stays() -> None:
    found = changes_of("augmentation leaks", "image/leak", 0.9)["make.image.augment"]
    assert isinstance(found, list)
    assert found[0]["probability"] == 0.3
    assert found[0]["shift"] == 0.125, "other options stay"
    adaptive = {"make.image.augment": [{"use": "image/diffaugment", "adaptive": {}}]}
    assert changes_of("augmentation leaks", "image/leak", 0.9, **adaptive) == {}


def test_schedules_are_scaled_as_a_whole() -> None:
    number = Schedule.model_validate({"from": 1e-3, "to": 1e-4, "over": 100})
    assert scaled(number, 0.1) == {"from": 1e-4, "to": 1e-5, "over": 100, "shape": "cosine"}
    found = change_rates(discriminator=0.25)(recipe(), "image")["train.learning_rate"]
    assert isinstance(found, dict)
    assert (found["generator"]["from"], found["discriminator"]["from"]) == (1e-3, 2.5e-4)


@pytest.mark.parametrize("illness", ILLNESSES, ids=lambda one: one.word)
def test_a_recipe_takes_every_change_that_is_advised(illness: Any) -> None:
    """Of one recipe that most apply to, and of one that few do."""
    bare: dict[str, object] = {
        "make.image.penalties": [],
        "make.image.augment": [],
        "fusion.bounded": False,
        "fusion.drop_all": 0.9,
        "make.image.auxiliary_losses": [{"use": "objectives/reconstruction", "weight": 10}],
    }
    for one in (recipe(), recipe(**bare)):
        for remedy in illness.remedies:
            changes = remedy(one, "image")
            written = json.loads(json.dumps(changes))
            load_recipe("digits", **written)
