"""Coherence is counted over the right questions, of the right samples."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import torch
from torch import Tensor

from benchmarks import coherence_data
from benchmarks.coherence import agreement, best_of, coherences, main, questions, table
from benchmarks.multivae_models import Setting, data_of, grid

from .conftest import Measure

ENTRIES = ("a", "b", "c")
LABELS = torch.tensor([0, 1, 2, 3])


def test_every_subset_is_asked_for_the_others_alone() -> None:
    assert list(questions(ENTRIES, ENTRIES, 1)) == [
        (("a",), ["b", "c"]),
        (("b",), ["a", "c"]),
        (("c",), ["a", "b"]),
    ]
    assert [others for _, others in questions(ENTRIES, ENTRIES, 2)] == [["c"], ["b"], ["a"]]
    assert not list(questions(ENTRIES, ENTRIES, 3))
    # A label is given and not made.
    assert list(questions((*ENTRIES, "label"), ENTRIES, 3))[:2] == [
        (("a", "b", "label"), ["c"]),
        (("a", "c", "label"), ["b"]),
    ]


def test_coherence_by_hand() -> None:
    """Given a alone all is right but b's last; given b alone nothing; given c alone half.

    Given one: (3/4 + 1 + 0 + 0 + 1/2 + 1/2) / 6. Given two, all of what was made is right.
    """
    asked: list[tuple[str, ...]] = []

    def made(subset: Sequence[str]) -> Mapping[str, Tensor]:
        asked.append(tuple(subset))
        wrong = LABELS + 1
        half = torch.where(LABELS < 2, LABELS, wrong)
        one = {"a": LABELS, "b": wrong, "c": half}
        found = dict.fromkeys(ENTRIES, one[subset[0]] if len(subset) == 1 else LABELS)
        if tuple(subset) == ("a",):
            found["b"] = torch.tensor([0, 1, 2, 9])
        return found

    def read(samples: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        assert not set(samples) & set(asked[-1]), "what was given is not read"
        return samples

    found = coherences(made, read, ENTRIES, ENTRIES, LABELS)
    assert found["given"] == {"1": pytest.approx(2.75 / 6), "2": 1.0}
    assert found["each"]["a"] == {"b": 0.75, "c": 1.0}
    assert found["each"]["a+b"] == {"c": 1.0}
    assert len(asked) == 6


def test_agreement_is_of_all_entries_at_once() -> None:
    """Row by row: all agree, one differs, another differs, all differ."""
    found = {
        "a": torch.tensor([1, 1, 1, 1]),
        "b": torch.tensor([1, 1, 2, 2]),
        "c": torch.tensor([1, 2, 1, 3]),
    }
    assert agreement(found) == 0.25
    assert agreement({"a": LABELS}) == 1


def test_the_best_is_that_of_the_largest_mean() -> None:
    results = {"x": {"given": {"1": 0.9, "2": 0.1}}, "y": {"given": {"1": 0.6, "2": 0.5}}}
    assert best_of(results) == "y"


def test_the_table_holds_means_and_ranges() -> None:
    def row(one: float, nothing: float) -> dict[str, object]:
        joint = {"nothing": nothing, "mixture": 0.5}
        return {"given": {"1": one, "2": 0.8}, "joint": joint, "seconds": 90.0}

    lines = table({"one": [row(0.25, 0.6)], "two": [row(0.2, 0.1), row(0.4, 0.2)]}).splitlines()
    assert lines[0] == "| | given 1 | given 2 | joint | CPU minutes | seeds |"
    assert lines[2] == "| one | 0.250 | 0.800 | 0.600 (nothing) | 1.5 | 1 |"
    assert lines[3].startswith("| two | 0.300 (0.200 to 0.400) | 0.800 (0.800 to 0.800) | 0.500")


def test_the_grid_has_every_model_and_no_name_twice() -> None:
    for pictures in (True, False):
        settings = grid(pictures)
        assert {one.model for one in settings} == {"MVTCAE", "MMVAEPlus", "MoPoE", "JNF"}
        assert len({one.name for one in settings}) == len(settings)
    assert Setting("MVTCAE", "conv", 64, {"beta": 2.5}).name == "MVTCAE-conv-64-beta2.5"


def test_others_get_the_same_samples_from_0_to_1() -> None:
    found = data_of({"a": torch.tensor([[-1.0, 0.0, 1.0]])}, torch.tensor([3]))
    assert found["a"].tolist() == [[0, 0.5, 1]]
    assert found["label"].tolist() == [[0, 0, 0, 1, 0, 0, 0, 0, 0, 0]]


def test_it_runs_with_missing_values_and_goes_on(
    data: Path, tmp_path: Path, measure: Measure
) -> None:
    out = tmp_path / "made"
    rows = ["--train-rows", 100, "--test-rows", 20, "--size", 28]
    measure(coherence_data.main, "--digits", data, "--out", out, *rows)
    small = ["--samples", 64, "--count", 10, "--evaluator-samples", 64, "--only", "half"]
    where = ["--data", out, "--runs", tmp_path / "runs", "--out", tmp_path / "found.json"]
    said = measure(main, "poly", *where, *small)
    lines = said.splitlines()
    assert lines[0].startswith("| | given 1 | given 2 | given 3 | given 4 | joint |")
    assert lines[2].startswith("| ours, half missing | 0.")
    (row,) = json.loads((tmp_path / "found.json").read_text())["results"]["ours, half missing"]
    assert (row["samples"], row["n"], len(row["each"])) == (64, 10, 5 + 10 + 10 + 5)
    assert set(row["joint"]) == {"nothing", "mixture"}
    assert measure(main, "poly", *where, *small) == said


def test_contestants_need_a_time(tmp_path: Path, measure: Measure) -> None:
    with pytest.raises(SystemExit, match=r"pip install multivae|needs --seconds"):
        measure(main, "poly", "--runs", tmp_path, "--only", "multivae")
