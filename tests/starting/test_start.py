"""Whole starter recipes, and which of several choices they make."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from PIL import Image

from mmgan_core.foundation import half_precision
from mmgan_core.recipe.reading import check
from mmgan_core.starting import start as starting
from mmgan_core.starting.budget import Choice, Rates, Wish
from mmgan_core.starting.columns import look_at
from mmgan_core.starting.rules import rules
from mmgan_core.starting.start import start
from mmgan_core.starting.suggest import best_setting


@pytest.fixture
def photos(tmp_path: Path) -> str:
    """A folder of two classes, 40 pixels wide; one file is damaged."""
    for name in ("ja", "nein"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for number in range(20):
            picture = Image.new("RGB", (40, 41), (12 * number, 0, 0))
            picture.save(tmp_path / "photos" / name / f"{number}.png")
    (tmp_path / "photos" / "ja" / "3.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    return f"folder:{tmp_path / 'photos'}"


def test_the_same_data_and_options_give_the_same_recipe(photos: str) -> None:
    wish = Wish(10.0, rate=100.0)
    one = start(photos, wish)
    assert one.text == start(photos, wish).text
    recipe = yaml.safe_load(one.text)
    check(recipe, "mine")
    assert recipe["train"]["samples"] == 48_000
    assert set(re.findall(r"over: ([\d_]+)", one.text)) == {"48_000"}
    assert recipe["bad_rows"] > 1 / 40
    made = recipe["make"]["image"]
    assert made["modality"] == {"channels": 3, "height": 32, "width": 32}
    assert "half of them up to 40 x 41 pixels; 32 pixels a side" in one.text
    assert made["evaluator"]["samples"] <= 0.2 * 600 * 100
    assert [(role.name, role.became) for role in one.roles] == [
        ("image", "made"),
        ("label", "given"),
    ]


def test_half_precision_where_the_machine_has_it(
    photos: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish = Wish(10.0, rate=100.0)
    assert "precision: bf16" not in start(photos, wish).text
    monkeypatch.setattr(half_precision, "computes_bf16", lambda: True)
    assert "precision: bf16" in start(photos, wish).text


def test_a_size_that_is_asked_for_is_written(photos: str) -> None:
    recipe = yaml.safe_load(start(photos, Wish(10.0, size=64, rate=100.0)).text)
    assert recipe["make"]["image"]["modality"] == {"channels": 3, "height": 40, "width": 40}


def test_a_short_training_begins_at_the_rate_of_the_rules_that_know_its_networks(
    photos: str,
) -> None:
    text = start(photos, Wish(3.0, rate=100.0)).text
    rate = yaml.safe_load(text)["train"]["learning_rate"]
    penalty = "objectives/r1+objectives/r2"
    chosen = best_setting(
        rules(),
        kind="image/dcgan",
        width=24,
        loss="objectives/relativistic",
        penalty=penalty,
        weight=0.5,
        batch=32,
    )
    assert rate["from"] == chosen.rate
    assert rate["to"] == 1e-4
    assert f"`mmgan-zoo suggest`, fitted on {rules().facts['runs']}" in re.sub(r"\n *# ", " ", text)


def test_what_the_rules_do_not_know_begins_at_the_usual_rate(photos: str) -> None:
    unknown = start("echo/numbers", Wish(3.0, rate=100.0))
    longer = start(photos, Wish(10.0, rate=100.0))
    repairing = start(photos, Wish(3.0, rate=100.0, repair=True))
    for one in (unknown, longer, repairing):
        assert yaml.safe_load(one.text)["train"]["learning_rate"]["from"] == 1e-3
        assert "mmgan-zoo suggest" not in one.text


def test_repair_masks_samples(photos: str) -> None:
    recipe = yaml.safe_load(start(photos, Wish(10.0, repair=True, rate=100.0)).text)
    made = recipe["make"]["image"]
    assert made["generator"]["use"] == "image/unet"
    assert "repair" in made
    assert made["adversarial_start"] == recipe["train"]["samples"] // 2
    check(recipe, "mine")


def test_too_little_time_is_said(photos: str) -> None:
    (note,) = start(photos, Wish(1.0, rate=2.0)).notes
    assert "96 samples in 1 minutes are few" in note


def test_real_steps_are_timed() -> None:
    text = start("echo/numbers", Wish(0.1), device="cpu").text
    assert "samples a second were measured here" in text


@pytest.mark.parametrize(
    ("quality", "rates", "chosen"),
    [
        ("good", [400.0, 200.0, 130.0, 100.0], Choice(32, 2)),
        ("good", [30.0, 20.0], Choice(32, 0)),
        ("draft", [400.0, 200.0, 130.0, 60.0, 20.0], Choice(64, 1)),
    ],
)
def test_the_slowest_choice_that_sees_enough_is_taken(
    photos: str, quality: str, rates: list[float], chosen: Choice
) -> None:
    wish = Wish(10.0, quality)
    ground = starting._ground(
        photos, starting.roles(look_at(starting.open_source({"use": photos}))), ""
    )
    left = iter(rates)

    def measure(recipe: Mapping[str, object]) -> Rates:
        check(dict(recipe), "trial")
        return Rates(next(left))

    found, rate = starting._chosen(ground, starting._networks(ground, wish), wish, measure)
    assert found == chosen
    assert rate.training in rates
