"""Suggestions by rules: what they see of a recipe, and what they change of it."""

from __future__ import annotations

import json
import math
import random
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from mmgan_core import load_recipe
from mmgan_core.cli.suggest_verb import app
from mmgan_core.errors import UsageError
from mmgan_core.starting.rules import Rules, Setting, rules
from mmgan_core.starting.suggest import MARGIN, best_setting, drawn, setting_of, suggest

SETTING = Setting("image/dcgan", 16, "objectives/hinge", "", 1.0, 1e-3, 32)


def known(**facts: object) -> Rules:
    return Rules({**rules().facts, **facts})  # type: ignore[typeddict-item]


def test_a_distance_is_the_weighted_sum_of_features_with_the_interval_of_errors() -> None:
    weights = {"one": 1.0, "rate": 0.5, "width": 100.0}
    spread = {"one": math.log(0.5), "rate": 1.0}
    some = known(distance=weights, distance_spread=spread, distance_errors=[-1.0, 2.0])
    found = some.distance(SETTING)
    assert found.value == pytest.approx(math.e), "at the usual rate and width"
    assert (found.low, found.high) == pytest.approx((math.exp(0.5), math.exp(2)))
    assert some.unlucky(SETTING) == pytest.approx(math.exp(1.5))
    fast = some.distance(replace(SETTING, rate=1e-2))
    assert fast.high / fast.value > found.high / found.value, "a fast setting is less steady"


def test_of_settings_with_equal_expectations_the_steadier_one_is_suggested() -> None:
    flat = {"one": 1.0}
    slow = best_setting(known(distance=flat, distance_spread={"rate": 1.0}))
    fast = best_setting(known(distance=flat, distance_spread={"rate": -1.0}))
    assert slow.rate < 1.8e-4
    assert fast.rate > 5.5e-3


def test_suggestions_keep_off_the_ends_of_what_was_swept() -> None:
    for steep in (3.0, -3.0):
        found = best_setting(known(distance={"rate": steep, "width": steep}))
        assert 1.5e-4 < found.rate < 6.4e-3
        assert 9 <= found.width <= 28


def test_parts_of_a_setting_can_be_kept() -> None:
    found = best_setting(rules(), kind="core/dense", width=99.0, batch=16)
    assert (found.kind, found.width, found.batch) == ("core/dense", 99.0, 16)


def test_the_weight_of_penalties_counts_only_where_there_are_some() -> None:
    assert "weight" not in SETTING.features()
    assert "weight" in Setting(*list(vars(SETTING).values())[:3], "x", 1.0, 1e-3, 32).features()


def test_a_recipe_as_the_rules_see_it() -> None:
    found = setting_of(load_recipe("digits"), "image", rules())
    assert (found.kind, found.width, found.rate, found.batch) == ("image/dcgan", 32, 1e-3, 32)
    assert (found.penalty, found.weight) == ("objectives/r1+objectives/r2", 0.5)


def test_the_best_is_no_worse_than_any_drawn_setting_and_the_same_each_time() -> None:
    best = best_setting(rules())
    chance = random.Random(1)
    others = [rules().unlucky(drawn(rules(), chance, MARGIN)) for _ in range(100)]
    assert rules().unlucky(best) <= min(others)
    assert best == best_setting(rules())


@pytest.mark.parametrize("networks", [False, True])
def test_a_recipe_takes_what_is_suggested_and_networks_stay_unless_asked(networks: bool) -> None:
    found = suggest(load_recipe("digits"), rules(), networks=networks)
    changed = load_recipe("digits", **json.loads(json.dumps(found.changes)))
    assert ("make.image.generator" in found.changes) == networks
    then = rules().distance(setting_of(changed, "image", rules()))
    assert then.value == pytest.approx(found.then.value, rel=0.05)
    assert rules().unlucky(setting_of(changed, "image", rules())) <= rules().unlucky(
        setting_of(load_recipe("digits"), "image", rules())
    )


def test_what_the_rules_do_not_know_is_refused() -> None:
    with pytest.raises(UsageError, match="no rules were fitted for the generator text/"):
        suggest(load_recipe("synopses-likelihood"), rules())
    with pytest.raises(UsageError, match="the recipe makes no 'x'"):
        suggest(load_recipe("digits"), rules(), "x")


def test_the_verb_prints_options_that_can_be_copied() -> None:
    said = CliRunner().invoke(app, ["digits"])
    assert said.exit_code == 0, said.output
    assert "suggested" in said.output
    assert "--set train.batch_size=" in said.output
