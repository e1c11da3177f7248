"""The numbers that say how likely held-out samples are, worked out by hand."""

import json
import math
from pathlib import Path

import pytest
import torch

from mmgan_core.errors import UsageError
from mmgan_core.evaluation.evaluate import evaluate
from mmgan_core.evaluation.likelihood import measurements
from mmgan_core.training.run import train

from .small import pictures, recipe


def test_long_samples_count_more() -> None:
    nats, dims = torch.tensor([2.0, 1.0, 9.0]), torch.tensor([4.0, 1.0, 5.0])
    found = {one.name: one for one in measurements(nats, dims, choices=True)}
    assert list(found) == ["nats per dimension", "bits per dimension", "perplexity"]
    assert found["nats per dimension"].value == pytest.approx(1.2)
    assert found["bits per dimension"].value == pytest.approx(1.2 / math.log(2))
    assert found["perplexity"].value == pytest.approx(math.exp(1.2))
    # What each is off: (2 - 4.8, 1 - 1.2, 9 - 6) / (10 / 3) = (-0.84, -0.06, 0.9)
    half = 1.96 * math.sqrt((0.84**2 + 0.06**2 + 0.9**2) / 2) / math.sqrt(3)
    nats_row = found["nats per dimension"]
    assert (nats_row.low, nats_row.high) == (
        pytest.approx(1.2 - half),
        pytest.approx(1.2 + half),
    )
    assert found["perplexity"].high == pytest.approx(math.exp(1.2 + half))
    assert all(one.better == "lower" and one.n == 3 for one in found.values())


def test_a_density_has_no_perplexity_and_one_sample_no_interval() -> None:
    found = measurements(torch.tensor([-3.0]), torch.tensor([2.0]), choices=False)
    assert [one.name for one in found] == ["nats per dimension", "bits per dimension"]
    assert found[0].value == -1.5
    assert (found[0].low, found[0].high) == (None, None)


@pytest.fixture
def data(tmp_path: Path) -> dict[str, object]:
    for split in ("train", "test"):
        pictures(tmp_path / "data" / split, 24)
    return {"use": "core/folder", "path": str(tmp_path / "data")}


def test_both_kinds_of_numbers_stand_together(data: dict[str, object], tmp_path: Path) -> None:
    small = recipe(data)
    small.make["image"].generator.use = "core/gaussian"
    train(small, tmp_path / "run", cpu=True)
    rows = evaluate(tmp_path / "run", count=16).rows
    measured = [row for row in rows if row.get("evaluator")]
    own = [row for row in rows if not row.get("evaluator")]
    assert {row["name"] for row in own} == {"nats per dimension", "bits per dimension"}
    assert {row["given"] for row in own} == {"label", "nothing", "label, shuffled"}
    assert {row["name"] for row in measured} >= {"condition accuracy"}
    assert json.loads((tmp_path / "run" / "evaluation.json").read_text()) == rows
    chosen = evaluate(tmp_path / "run", count=16, metrics=["core/frechet"]).rows
    assert all("evaluator" in row for row in chosen), "only what was asked for"


def test_without_an_evaluator_and_without_a_likelihood_nothing_can_be_measured(
    data: dict[str, object], tmp_path: Path
) -> None:
    small = recipe(data)
    small.make["image"].evaluator = None
    train(small, tmp_path / "run", cpu=True)
    with pytest.raises(UsageError, match="names no evaluator"):
        evaluate(tmp_path / "run")
