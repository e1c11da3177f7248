"""What an override that is a mapping does to the block that it names."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mmgan_core import Recipe, load_recipe
from mmgan_core.cli.recipe_options import chosen_recipe
from mmgan_core.foundation import progress
from mmgan_core.recipe.merging import merged


def changed(key: str, value: object) -> Recipe:
    """The recipe ``digits`` with an override, which Python and ``--set`` take alike."""
    return load_recipe("digits", **{key: value})


def test_a_mapping_is_short_for_each_of_its_keys() -> None:
    whole, block = load_recipe("digits"), changed("train", {"samples": 640})
    assert block.train == whole.train.model_copy(update={"samples": 640})
    assert block == changed("train.samples", 640)
    assert chosen_recipe("digits", None, ["train={samples: 640}"]) == block
    both = changed("train", {"ema": {"half_life": 5}, "samples": 640})
    assert changed("train", {}) == whole
    assert both == load_recipe("digits", **{"train.ema.half_life": 5, "train.samples": 640})


def test_a_component_keeps_its_options_unless_another_is_named() -> None:
    before: Any = {"use": "image/r3", "width": 8, "group": 4}
    path = ("make", "image", "generator")
    assert merged(before, {"width": 16}, path) == {**before, "width": 16}
    assert merged(before, {"use": "image/r3", "width": 16}, path) == {**before, "width": 16}
    assert merged(before, {"use": "image/dcgan"}, path) == {"use": "image/dcgan"}
    assert merged("image/r3", {"width": 16}, path) == {"use": "image/r3", "width": 16}
    assert merged({"height": 16}, {"use": "image/image"}, path) == {"use": "image/image"}
    assert before == {"use": "image/r3", "width": 8, "group": 4}


def test_lists_and_plain_values_are_replaced_whole() -> None:
    assert merged([1, 2], [3], ("betas",)) == [3]
    assert merged([1, 2], {"use": "a/b"}, ("penalties",)) == {"use": "a/b"}
    assert merged({"a": 1}, None, ("prior",)) is None
    assert merged(None, {"a": {"b": 1}}, ("prior",)) == {"a": {"b": 1}}


def test_a_schedule_and_one_number_for_each_network_are_no_changes_of_each_other() -> None:
    falls, path = {"from": 1.0, "to": 0.1, "over": 10}, ("train", "learning_rate")
    each = {"generator": 1.0, "discriminator": 2.0}
    assert merged(falls, {"to": 0.2}, path) == {**falls, "to": 0.2}
    assert merged(falls, each, path) == each
    assert merged(each, falls, path) == falls
    assert merged(each, {"generator": falls}, path) == {**each, "generator": falls}


def test_entries_are_those_that_are_named_and_what_goes_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_noted", set())
    whole = load_recipe("digits")
    only = {"label": {"may_be_missing": True}}
    alone = load_recipe("digits", given=only, align=None)
    assert alone.given == {
        "label": whole.given["label"].model_copy(update={"may_be_missing": True})
    }
    assert "given holds label now, and no longer text, audio" in capsys.readouterr().err
    made = changed("make", {"image": {"matching_aware": 0.5}})
    assert made == changed("make.image.matching_aware", 0.5)
    assert capsys.readouterr().err == ""


def test_numbers_of_numpy_and_tuples_become_plain_data() -> None:
    found = changed("train", {"samples": np.int64(640), "betas": (np.float32(0.5), 0.75)})
    assert found.as_given["train"]["samples"] == 640
    assert type(found.as_given["train"]["samples"]) is int
    assert [type(one) for one in found.as_given["train"]["betas"]] == [float, float]
