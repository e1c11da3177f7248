"""The classification score: a classifier trained on made samples alone reads real ones."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from mmgan_core.errors import UsageError
from mmgan_core.evaluation.evaluate import evaluate
from mmgan_core.inference.model import Model
from mmgan_core.training.run import train

from .small import LABEL, making, picture, pictures, recipe

OTHER = {"black": "white", "white": "black"}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run that was hardly trained; tests replace the samples that it makes."""
    pictures(tmp_path / "data" / "train", 60)
    pictures(tmp_path / "data" / "test", 30, first=1_000, broken=1)
    train(recipe(f"folder:{tmp_path / 'data'}"), tmp_path / "run", cpu=True)
    return tmp_path / "run"


@pytest.mark.parametrize(
    ("made_as", "low", "high"),
    [(lambda label: label, 1.0, 1.0), (lambda label: OTHER[label], 0.0, 0.1)],
    ids=["what was asked for", "the other"],
)
def test_the_score(
    run: Path,
    monkeypatch: pytest.MonkeyPatch,
    made_as: Callable[[str], str],
    low: float,
    high: float,
) -> None:
    asked: list[str] = []

    def pictures(count: int, labels: Sequence[str]) -> list[object]:
        asked.extend(labels)
        names = [made_as(label) for label in labels] or ["black"] * count
        return [picture(name, 7_000 + number) for number, name in enumerate(names)]

    monkeypatch.setattr(Model, "generate", making(pictures))
    found = evaluate(run, count=8, classification=50)
    *_, row = found.rows
    assert (row["name"], row["given"], row["target"]) == ("classification score", "label", "label")
    assert low <= row["value"] <= high
    assert row["low"] <= row["value"] <= row["high"]
    assert (row["floor"], row["n"], row["made"]) == (1.0, 30, 50)
    assert json.loads(found.path.read_text())[-1] == row
    # The first fifty were asked for the score, with labels of training samples.
    assert 15 < asked[:50].count("black") < 35
    assert "trained on 50 made samples alone" in found.table()


def test_the_same_seed_gives_the_same_score(run: Path) -> None:
    scores = [evaluate(run, count=4, classification=40).rows[-1] for _ in range(2)]
    assert scores[0] == scores[1]


def test_a_target_that_cannot_be_given_is_refused(tmp_path: Path) -> None:
    pictures(tmp_path / "data" / "train", 8)
    pictures(tmp_path / "data" / "test", 8)
    alone = recipe(f"folder:{tmp_path / 'data'}", given={})
    train(alone, tmp_path / "run", cpu=True)
    with pytest.raises(UsageError, match="every 'label', which small cannot be given") as error:
        evaluate(tmp_path / "run", count=4, classification=20)
    assert error.value.hint == "its given entries: nothing; leave out --classification"
    assert not (tmp_path / "run" / "evaluation.json").exists()


def test_a_label_is_preferred_to_its_name_as_text(tmp_path: Path) -> None:
    pictures(tmp_path / "data" / "train", 8)
    pictures(tmp_path / "data" / "test", 8)
    word = {
        "modality": "text/text",
        "column": "label",
        "encoder": {"use": "text/characters", "dim": 4},
    }
    both = recipe(f"folder:{tmp_path / 'data'}", given={"word": word, **LABEL})
    train(both, tmp_path / "both", cpu=True)
    assert evaluate(tmp_path / "both", count=4, classification=20).rows[-1]["given"] == "label"
    alone = recipe(f"folder:{tmp_path / 'data'}", given={"word": word})
    train(alone, tmp_path / "alone", cpu=True)
    assert evaluate(tmp_path / "alone", count=4, classification=20).rows[-1]["given"] == "word"
