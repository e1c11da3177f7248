"""Suggestions by rules: what they see of a recipe, and what they change of it."""

from __future__ import annotations

import json
import math
import random

import pytest
from typer.testing import CliRunner

from mmgan_core import load_recipe
from mmgan_core.cli.suggest_verb import app
from mmgan_core.errors import UsageError
from mmgan_core.starting.rules import Rules, Setting, rules
from mmgan_core.starting.suggest import best_setting, drawn, setting_of, suggest

SETTING = Setting("image/dcgan", 16, "objectives/hinge", "", 1.0, 1e-3, 32)


def test_a_distance_is_the_weighted_sum_of_features_with_the_interval_of_errors() -> None:
    facts = {**rules().facts, "distance_errors": [-1.0, 2.0]}
    facts["distance"] = {"one": 1.0, "rate": 0.5, "width": 100.0}
    found = Rules(facts).distance(SETTING)  # type: ignore[arg-type]
    assert found.value == pytest.approx(math.e), "at the usual rate and width"
    assert (found.low, found.high) == pytest.approx((1.0, math.exp(3)))


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
    others = [rules().distance(drawn(rules(), chance)).value for _ in range(100)]
    assert rules().distance(best).value <= min(others)
    assert best == best_setting(rules())


@pytest.mark.parametrize("networks", [False, True])
def test_a_recipe_takes_what_is_suggested_and_networks_stay_unless_asked(networks: bool) -> None:
    found = suggest(load_recipe("digits"), rules(), networks=networks)
    changed = load_recipe("digits", **json.loads(json.dumps(found.changes)))
    assert ("make.image.generator" in found.changes) == networks
    then = rules().distance(setting_of(changed, "image", rules()))
    assert then.value == pytest.approx(found.then.value, rel=0.05)
    assert found.then.value <= found.now.value


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
