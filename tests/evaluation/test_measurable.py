"""What can be measured: without an evaluator, without a target, with a matcher, on real runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mmgan_core.assembly.measurable import (
    Kinds,
    chosen_metric,
    default_entries,
    measured_entries,
)
from mmgan_core.errors import RecipeError, UsageError
from mmgan_core.evaluation.evaluate import evaluate
from mmgan_core.inference.model import Model
from mmgan_core.recipe.choices import choice_of
from mmgan_core.training.run import train

from .small import DENSE, EVALUATOR, LABEL, making, picture, pictures, recipe

CONV = {"use": "image/conv", "width": 4, "dim": 4}
PICTURES = Kinds("image", "image")
MATCHER = {"encoder": CONV, "given": "label", "samples": 128 * 60}


def trained(folder: Path, *metrics: object, given: object = LABEL, **make: object) -> Path:
    pictures(folder / "data" / "train", 60)
    pictures(folder / "data" / "test", 20, first=1_000)
    entry: dict[str, Any] = {
        "modality": {"channels": 1, "height": 8, "width": 8},
        "generator": DENSE,
        "discriminator": DENSE,
        "loss": "objectives/hinge",
        **make,
    }
    changes: dict[str, object] = {"evaluate": {"metrics": metrics}} if metrics else {"evaluate": {}}
    train(
        recipe(f"folder:{folder / 'data'}", given=given, make={"image": entry}, **changes),
        folder / "run",
        cpu=True,
    )
    return folder / "run"


def by_name(rows: Any, given: str) -> Mapping[str, Any]:
    return {row["name"]: row for row in rows if row["given"] == given}


def test_without_a_network_rows_say_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """White and black as asked for: like the real ones of their rows, and unlike if shuffled."""
    run = trained(tmp_path, "image/ssim")

    def asked(count: int, labels: object) -> list[object]:
        names = list(labels) or ["black"] * count  # type: ignore[call-overload]
        return [picture(name, 7_000 + number) for number, name in enumerate(names)]

    monkeypatch.setattr(Model, "generate", making(asked))
    distance = {"use": "core/encoder-distance"}
    with pytest.raises(UsageError, match="core/encoder-distance needs an evaluator"):
        evaluate(run, count=10, metrics=[distance["use"]])
    monkeypatch.undo()
    found = evaluate(run, count=10, metrics=["core/l1", "core/psnr", "image/ssim"])
    assert {row["given"] for row in found.rows} == {"label", "label, shuffled"}
    for row in found.rows:
        assert (row["evaluator"], row["evaluator_hash"], row["target"]) == ("", "", "")
        assert row["evaluator_accuracy"] is None
        assert (row["n"], row["split"]) == (10, "test")
    assert "measured on test without a network" in found.table()
    assert not (tmp_path / "cache" / "evaluators").exists()


def test_an_encoder_of_the_metric_s_own_is_named_in_its_rows(tmp_path: Path) -> None:
    run = trained(tmp_path, {"use": "core/encoder-distance", "encoder": CONV})
    rows = evaluate(run, count=6).rows
    assert {(row["name"], row["evaluator"]) for row in rows} == {("encoder distance", "image/conv")}
    (digest,) = {row["evaluator_hash"] for row in rows}
    assert len(digest) == 12


def test_an_evaluator_without_a_target_gives_features_alone(tmp_path: Path) -> None:
    run = trained(tmp_path, evaluator={"encoder": CONV, "target": None})
    found = evaluate(run, count=10)
    assert {row["name"] for row in found.rows} == {"Fréchet distance"}, "the default, but classes"
    assert {(row["target"], row["evaluator_accuracy"]) for row in found.rows} == {("", None)}
    assert "which was not trained on these data" in found.table()
    with pytest.raises(UsageError, match="needs classes, and the evaluator has no target") as told:
        evaluate(run, count=10, metrics=["core/condition-accuracy"])
    assert "make.image.evaluator.target" in (told.value.hint or "")
    with pytest.raises(UsageError, match="needs an evaluator with a target"):
        evaluate(run, count=10, classification=10)


def test_an_evaluator_may_read_samples_at_another_size(tmp_path: Path) -> None:
    own = {"channels": 3, "height": 16, "width": 16}
    run = trained(tmp_path, "core/condition-accuracy", evaluator={**EVALUATOR, "modality": own})
    rows = evaluate(run, count=10).rows
    assert {row["evaluator_accuracy"] for row in rows} == {1.0}
    assert {row["floor"] for row in rows} == {1.0}


def test_a_matcher_finds_the_label_of_what_was_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = trained(tmp_path, matcher=MATCHER)

    def asked(count: int, labels: object) -> list[object]:
        names = list(labels) or ["black"] * count  # type: ignore[call-overload]
        return [picture(name, 7_000 + number) for number, name in enumerate(names)]

    monkeypatch.setattr(Model, "generate", making(asked))
    found = evaluate(run, count=20)
    assert by_name(found.rows, "nothing") == {}
    row = by_name(found.rows, "label")["retrieval (1 of 2)"]
    assert (row["value"], row["floor"]) == (1.0, 1.0)
    assert (row["evaluator"], row["target"]) == ("image/conv + core/label-embedding", "label")
    shuffled = by_name(found.rows, "label, shuffled")["retrieval (1 of 2)"]
    assert shuffled["value"] < 0.9
    assert "trained to match samples and label" in found.table()


def test_what_nothing_decides_cannot_be_compared(tmp_path: Path) -> None:
    run = trained(tmp_path, given={}, evaluator=EVALUATOR)
    with pytest.raises(UsageError, match="core/l1 compares each sample with a real one"):
        evaluate(run, count=4, metrics=["core/l1"])
    with pytest.raises(UsageError, match="core/retrieval needs a matcher"):
        evaluate(run, count=4, metrics=["core/retrieval"])


def test_by_default_is_measured_what_can_be() -> None:
    by_network = ["core/condition-accuracy", "core/frechet"]
    by_features = ["core/independent-reader", "core/variety"]

    def names(kind: str = "image", **make: object) -> list[str]:
        parts = {"generator": "a/b", "discriminator": "a/b", "loss": "a/b"}
        whole = recipe("a/b", make={"image": {**parts, **make}})
        kinds = {"image": Kinds("vector", kind)}
        return [choice.use for choice in default_entries(whole, kinds)["image"]]

    assert names() == []
    assert names(evaluator=EVALUATOR) == by_network + by_features
    assert names("label", evaluator=EVALUATOR) == by_network
    assert names(evaluator={**EVALUATOR, "target": None}) == ["core/frechet"]
    assert names(repair={}) == ["core/l1", "core/psnr"]
    assert names(repair={}, matcher=MATCHER) == ["core/l1", "core/psnr", "core/retrieval"]
    assert names(repair={}, evaluator=EVALUATOR) == [*by_network, "core/independent-reader"]


def test_rows_are_compared_of_those_entries_alone_to_which_something_is_given() -> None:
    parts = {"generator": "a/b", "discriminator": "a/b", "loss": "a/b"}
    whole = recipe("a/b", make={"image": parts, "alone": {**parts, "given": []}})
    chosen = chosen_metric(choice_of({"use": "core/l1"}), "evaluate.metrics.0")
    found = measured_entries(whole, dict.fromkeys(("image", "alone"), PICTURES), [chosen])
    assert found == {"image": [chosen], "alone": []}


def test_a_metric_fits_what_it_reads_the_samples_or_what_they_are_decoded_into() -> None:
    """Codes of a frozen model are vectors, and what they are decoded into are pictures."""
    parts = {"generator": "a/b", "discriminator": "a/b", "loss": "a/b"}
    whole = recipe("a/b", make={"image": parts})
    reads_values, reads_samples = (
        chosen_metric(choice_of({"use": use}), "evaluate.metrics.0")
        for use in ("text/distinct", "image/ssim")
    )
    texts, codes = {"image": Kinds("vector", "text")}, {"image": Kinds("vector", "image")}
    assert measured_entries(whole, texts, [reads_values]) == {"image": [reads_values]}
    with pytest.raises(UsageError, match="measures text, not image"):
        measured_entries(whole, codes, [reads_values])
    with pytest.raises(UsageError, match="measures image, not vector"):
        measured_entries(whole, codes, [reads_samples])


@pytest.mark.parametrize(
    ("make", "metric", "said"),
    [
        ({"matcher": {**MATCHER, "encoder": "audio/mel-conv"}}, "core/l1", "works on audio"),
        ({}, {"use": "core/encoder-distance", "encoder": "image/cnov"}, "image/cnov"),
        (
            {"evaluator": {**EVALUATOR, "target": None}},
            {"use": "core/condition-accuracy"},
            "evaluate.metrics.0: core/condition-accuracy needs classes, and the evaluator has no",
        ),
        ({}, "core/retrieval", "evaluate.metrics.0: core/retrieval needs a matcher"),
        ({}, "core/frechet", "evaluate.metrics.0: core/frechet needs an evaluator"),
        (
            {"evaluator": {**EVALUATOR, "modality": {"heigth": 16}}},
            "core/l1",
            "make.image.evaluator.modality: unknown option 'heigth'",
        ),
        (
            {"evaluator": {**EVALUATOR, "target": "lable"}},
            "core/l1",
            "no column 'lable'",
        ),
    ],
)
def test_what_cannot_work_is_refused_before_training(
    tmp_path: Path, make: dict[str, object], metric: object, said: str
) -> None:
    with pytest.raises(RecipeError, match=said):
        trained(tmp_path, metric, **make)


def test_a_finished_run_with_a_metric_that_is_refused_now_can_be_evaluated(tmp_path: Path) -> None:
    run = trained(tmp_path, "core/l1")
    resolved = run / "resolved.yaml"
    text = resolved.read_text()
    assert text.count("core/l1") == 1
    resolved.write_text(text.replace("core/l1", "core/retrieval"))
    with pytest.raises(UsageError, match=r"^core/retrieval needs a matcher"):
        evaluate(run, count=4)
    assert evaluate(run, count=4, metrics=["core/l1"]).rows


def test_a_matcher_names_a_given_entry(tmp_path: Path) -> None:
    with pytest.raises((RecipeError, ValueError), match="no given entry 'lable'"):
        trained(tmp_path, matcher={**MATCHER, "given": "lable"})
