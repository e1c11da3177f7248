"""The tables of little data and of conditions that outgrow the noise."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import bounded_condition, little_data

from .conftest import Measure


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    task = replace(
        little_data.TASKS["digits"],
        data=str(data),
        size=(1, 8, 8),
        samples=128,
        evaluator_samples=640,
    )
    monkeypatch.setitem(little_data.TASKS, "digits", task)


def test_each_share_is_trained_with_and_without_augmentation(
    measure: Measure, tmp_path: Path
) -> None:
    arguments = ("digits", "--runs", tmp_path / "runs", "--shares", 0.1, 1, "--count", 60)
    said = measure(little_data.main, *arguments)
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in said.splitlines()
        if line.startswith("|")
    ]
    shares = [(row[0], row[1], row[2]) for row in rows[2:]]
    assert shares[:2] == [("100%", "1,415", "yes"), ("100%", "1,415", "no")]
    assert shares[2:] == [("10%", "142", "yes"), ("10%", "142", "no")]
    assert [row[4] for row in rows[2:4]] == ["1.00", "1.00"]
    assert "Real against other real samples" in said
    assert measure(little_data.main, *arguments).splitlines()[-1] == said.splitlines()[-1]


def test_unheld_conditions_are_measured_beside_held_ones(measure: Measure, tmp_path: Path) -> None:
    said = measure(bounded_condition.main, "--runs", tmp_path / "runs", "--count", 60)
    lengths = {
        row[1].strip(): float(row[2])
        for row in (line.split("|") for line in said.splitlines() if "bounded" in line)
    }
    assert lengths["bounded"] <= 8.01
    assert lengths["unbounded"] > lengths["bounded"]
