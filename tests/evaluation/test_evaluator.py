"""Runs measured: what is compared with what."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mmgan_core.evaluation.evaluator import evaluate
from mmgan_core.recipe import Recipe
from mmgan_core.training.checkpoint import checkpoints
from mmgan_core.training.run import train

DENSE = {"use": "image/dense", "hidden": [8]}
JUDGE = {"encoder": {"use": "image/conv", "width": 4, "dim": 4}, "target": "label", "samples": 640}


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMGAN_CACHE", str(tmp_path / "cache"))


def pictures(folder: Path, count: int, *, broken: int = 0) -> None:
    """White ones and black ones, and some that are none."""
    for number in range(count):
        name = ("black", "white")[number % 2]
        (folder / name).mkdir(parents=True, exist_ok=True)
        noise = np.random.default_rng(number).integers(0, 40, (8, 8), dtype=np.uint8)
        image = noise if name == "black" else 255 - noise
        Image.fromarray(image).save(folder / name / f"{number}.png")
    for number in range(broken):
        (folder / "black" / f"broken-{number}.png").write_bytes(b"no picture")


def recipe(data: object, **changes: object) -> Recipe:
    plain = {
        "name": "small",
        "data": data,
        "bad_rows": 0.5,
        "given": {"label": {"encoder": {"use": "core/label-embedding", "dim": 4}}},
        "make": {"image": {
            "modality": {"channels": 1, "height": 8, "width": 8}, "generator": DENSE,
            "discriminator": DENSE, "loss": "objectives/hinge", "judge": JUDGE}},
        "train": {"samples": 32, "batch_size": 8},
        "evaluate": {"metrics": ["core/agreement", "core/frechet"]},
    }  # fmt: skip
    return Recipe.model_validate({**plain, **changes})


def test_rows_that_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    pictures(tmp_path / "data" / "train", 40, broken=2)
    pictures(tmp_path / "data" / "test", 10, broken=2)
    train(recipe(f"folder:{tmp_path / 'data'}"), tmp_path / "run", cpu=True)
    rows = evaluate(tmp_path / "run", count=12).rows
    assert {row["judge_accuracy"] for row in rows} == {1.0}
    counts = {(row["given"], row["name"]): row["n"] for row in rows}
    assert counts["label", "agreement"] == 12
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
                values["image"] = [_png(255 * int(pick)) for pick in picks]
            else:
                values["word"] = ["word"] * 40
            parquet.write_table(pa.table(values), folder / f"{split}.parquet")
    sources = [{"use": f"parquet:{tmp_path / str(number)}"} for number in (0, 1)]
    given = {"word": {"modality": "text/text", "encoder": {"use": "text/characters", "dim": 4}}}
    whole = recipe({"use": "core/paired", "sources": sources, "pair_on": "label"}, given=given)
    assert whole.make["image"].judge is not None
    whole.make["image"].judge.target = "source"
    train(whole, tmp_path / "run", cpu=True)
    rows = evaluate(tmp_path / "run", count=20).rows
    floors = {row["floor"] for row in rows if row["name"] == "agreement"}
    assert floors == {1.0}


def _png(level: int) -> bytes:
    import io

    stream = io.BytesIO()
    Image.new("L", (8, 8), level).save(stream, "PNG")
    return stream.getvalue()


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
