"""Evaluating runs: which samples are compared with which."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from mmgan_core.errors import DataError, MmganError
from mmgan_core.evaluation.evaluate import evaluate
from mmgan_core.inference.model import Model
from mmgan_core.runs.checkpoint import checkpoints
from mmgan_core.training.run import train

from .small import making, picture, pictures, png, recipe


def test_rows_that_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    pictures(tmp_path / "data" / "train", 40, broken=2)
    pictures(tmp_path / "data" / "test", 10, broken=2)
    train(recipe(f"folder:{tmp_path / 'data'}"), tmp_path / "run", cpu=True)
    rows = evaluate(tmp_path / "run", count=12).rows
    by_network = [row for row in rows if row["evaluator"] == "image/conv"]
    assert {row["evaluator_accuracy"] for row in by_network} == {1.0}
    assert {row["floor"] for row in rows if row["name"].startswith("read by")} == {1.0}
    counts = {(row["given"], row["name"]): row["n"] for row in rows}
    assert counts["label", "condition accuracy"] == 12
    assert counts["label", "Fréchet distance"] == 10


def test_fewer_real_samples_in_training_than_asked_for(tmp_path: Path) -> None:
    pictures(tmp_path / "data" / "train", 6)
    pictures(tmp_path / "data" / "test", 20)
    train(recipe(f"folder:{tmp_path / 'data'}"), tmp_path / "run", cpu=True)
    rows = evaluate(tmp_path / "run", count=20).rows
    assert {row["n"] for row in rows if row["name"] == "Fréchet distance"} == {6}


def test_the_target_lies_beside_what_is_judged(tmp_path: Path) -> None:
    """Both tables have a column `source`, of other things."""
    import pyarrow as pa
    from pyarrow import parquet

    random = np.random.default_rng(0)
    for number, names in enumerate((("left", "right"), ("black", "white"))):
        for split in ("train", "test"):
            folder = tmp_path / str(number)
            folder.mkdir(exist_ok=True)
            picks = random.integers(0, 2, 40)
            values: dict[str, list[object]] = {
                "label": ["any"] * 40,
                "source": [names[pick] for pick in picks],
            }
            if number:
                values["image"] = [
                    png(np.full((8, 8), 255 * pick, dtype=np.uint8)) for pick in picks
                ]
            else:
                values["word"] = ["word"] * 40
            parquet.write_table(pa.table(values), folder / f"{split}.parquet")
    sources = [{"use": f"parquet:{tmp_path / str(number)}"} for number in (0, 1)]
    given = {"word": {"modality": "text/text", "encoder": {"use": "text/characters", "dim": 4}}}
    whole = recipe({"use": "core/paired", "sources": sources, "pair_on": "label"}, given=given)
    assert whole.make["image"].evaluator is not None
    whole.make["image"].evaluator.target = "source"
    train(whole, tmp_path / "run", cpu=True)
    rows = evaluate(tmp_path / "run", count=20).rows
    floors = {row["floor"] for row in rows if row["name"] == "condition accuracy"}
    assert floors == {1.0}


def test_says_how_long_the_measured_model_was_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures(tmp_path / "data" / "train", 20)
    pictures(tmp_path / "data" / "test", 10)
    train(recipe(f"folder:{tmp_path / 'data'}"), tmp_path / "run", cpu=True)
    load_run = evaluate.__globals__["load_run"]

    def training_goes_on(run: Path, **options: object):
        model = load_run(run, **options)
        newest = checkpoints(run)[-1]
        newest.rename(newest.with_name("000000000064"))
        return model

    monkeypatch.setitem(evaluate.__globals__, "load_run", training_goes_on)
    assert {row["samples"] for row in evaluate(tmp_path / "run", count=4).rows} == {32}


def two_targets(folder: Path) -> None:
    """Pictures with a mark or without one, which their label does not say."""
    import pyarrow as pa
    from pyarrow import parquet

    folder.mkdir()
    for split, count in (("train", 80), ("test", 40)):
        values: dict[str, list[object]] = {"image": [], "label": [], "mark": []}
        for number, (one, other) in enumerate(
            np.random.default_rng(count).integers(0, 2, (count, 2))
        ):
            name, mark = ("black", "white")[one], ("none", "cross")[other]
            levels = np.array(picture(name, number))
            if other:
                levels[3:5], levels[:, 3:5] = 255 - levels[3:5], 255 - levels[:, 3:5]
            values["image"].append(png(levels))
            values["label"].append(name)
            values["mark"].append(mark)
        parquet.write_table(pa.table(values), folder / f"{split}.parquet")


def test_another_target_than_the_recipe_s(tmp_path: Path) -> None:
    two_targets(tmp_path / "data")
    whole = recipe(f"parquet:{tmp_path / 'data'}")
    assert whole.make["image"].evaluator is not None
    whole.make["image"].evaluator.samples = 5_000
    train(whole, tmp_path / "run", cpu=True)
    evaluate(tmp_path / "run", count=20)
    before = (tmp_path / "run" / "evaluation.json").read_text()
    other = evaluate(tmp_path / "run", count=20, target="mark")
    by_network = [row for row in other.rows if row["evaluator"] == "image/conv"]
    assert {row["target"] for row in json.loads(before)} == {"label", ""}
    assert {row["target"] for row in by_network} == {"mark"}
    assert {row["name"] for row in other.rows} == {
        "condition accuracy (mark)",
        "Fréchet distance (mark)",
        "read by nearest neighbour (mark)",
        "read by kernel machine (mark)",
        "variety",
    }
    real = {row["name"]: row["floor"] for row in other.rows}
    assert real["read by kernel machine (mark)"] > 0.9
    assert other.path.name == "evaluation-mark.json"
    assert json.loads(other.path.read_text()) == other.rows
    assert (tmp_path / "run" / "evaluation.json").read_text() == before
    (accuracy,) = {row["evaluator_accuracy"] for row in by_network}
    assert accuracy > 0.9
    assert f"predicts mark correctly for {accuracy:.1%}" in other.table()
    with pytest.raises(DataError, match="'colour' is not a column beside 'image'"):
        evaluate(tmp_path / "run", count=20, target="colour")


def test_other_metrics_than_the_recipe_s(tmp_path: Path) -> None:
    pictures(tmp_path / "data" / "train", 40)
    pictures(tmp_path / "data" / "test", 20)
    train(recipe(f"folder:{tmp_path / 'data'}"), tmp_path / "run", cpu=True)
    evaluate(tmp_path / "run", count=20)
    before = (tmp_path / "run" / "evaluation.json").read_text()
    other = evaluate(tmp_path / "run", count=20, metrics=["core/memorisation"])
    assert {row["name"] for row in other.rows} == {"authenticity"}
    assert other.path.name == "evaluation-core-memorisation.json"
    assert (tmp_path / "run" / "evaluation.json").read_text() == before
    with pytest.raises(MmganError, match="core/memorisation"):
        evaluate(tmp_path / "run", count=20, metrics=["core/memorization"])


def test_a_generator_of_training_samples_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The metric sees every training sample, also those beyond as many as were made."""
    pictures(tmp_path / "data" / "train", 90, broken=2)
    pictures(tmp_path / "data" / "test", 200, first=1_000)
    metrics = {"metrics": ["core/memorisation"]}
    train(recipe(f"folder:{tmp_path / 'data'}", evaluate=metrics), tmp_path / "run", cpu=True)

    def measured(chosen: range) -> dict[str, dict[str, float]]:
        def pictures(count: int, labels: object) -> list[object]:
            cycle = itertools.islice(itertools.cycle(chosen), count)
            return [picture(("black", "white")[number % 2], number) for number in cycle]

        monkeypatch.setattr(Model, "generate", making(pictures))
        rows = evaluate(tmp_path / "run", count=200).rows
        return {row["name"]: row for row in rows if row["given"] == "nothing"}

    copied, fresh = measured(range(90)), measured(range(5_000, 5_200))
    assert (copied["copies"]["value"], copied["authenticity"]["value"]) == (1.0, 0.0)
    assert fresh["copies"]["value"] < 0.05
    authenticity = fresh["authenticity"]
    assert authenticity["value"] == pytest.approx(authenticity["floor"], abs=0.12)
