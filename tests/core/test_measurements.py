"""One table of what was measured, for the command line, reports and cards."""

import json
from pathlib import Path

import pytest

from mmgan_core.runs.measurements import (
    Measured,
    markdown_table,
    measured_notes,
    measured_table,
    read_measurements,
)


@pytest.fixture
def row() -> Measured:
    return {
        "entry": "image",
        "given": "label",
        "name": "condition accuracy",
        "value": 0.98765,
        "floor": 0.9994,
        "low": 0.9421,
        "high": 0.9987,
        "better": "higher",
        "n": 120,
        "target": "label",
        "evaluator": "image/conv",
        "evaluator_hash": "abc",
        "evaluator_accuracy": 0.975,
        "split": "test",
        "seed": 3,
        "samples": 50_000,
    }


def test_a_line_says_the_number_its_interval_and_that_of_real_data(row: Measured) -> None:
    assert measured_table([row]) == [
        ("image", "label", "condition accuracy", "0.988", "0.942-0.999", "0.999", "120")
    ]


def test_what_was_not_measured_is_left_blank(row: Measured) -> None:
    row |= {"low": None, "high": None, "floor": None}
    assert measured_table([row])[0][3:] == ("0.988", "", "", "120")


def test_markdown_has_a_cell_for_each_column(row: Measured) -> None:
    assert markdown_table([row]) == [
        "| makes | given | number | value | 95 % | real | n |",
        "|---|---|---|---|---|---|---|",
        "| image | label | condition accuracy | 0.988 | 0.942-0.999 | 0.999 | 120 |",
    ]


def test_notes_name_the_evaluator_once_and_what_a_score_was_trained_on(row: Measured) -> None:
    score: Measured = {**row, "name": "classification score", "made": 60}
    assert measured_notes([row, row, score]) == [
        "image: classification score: the accuracy on real samples of the same network, "
        "trained on 60 made samples alone; real: trained on as many real samples.",
        "image: measured on test by image/conv (abc), which predicts label correctly for 97.5% of "
        "real samples; seed 3, trained on 50,000 samples.",
    ]


def test_notes_group_the_numbers_of_no_network_of_a_matcher_and_of_an_untrained_one(
    row: Measured,
) -> None:
    bare: Measured = {**row, "target": "", "evaluator_accuracy": None}
    none: Measured = {**bare, "evaluator": "", "evaluator_hash": ""}
    assert measured_notes(
        [
            {**none, "name": "L1"},
            {**none, "name": "PSNR"},
            {**none, "name": "L1"},
            {**bare, "name": "retrieval", "target": "text", "evaluator": "a/b + c/d"},
            {**bare, "name": "encoder distance"},
        ]
    ) == [
        "image: L1, PSNR: measured on test without a network; seed 3, trained on 50,000 samples.",
        "image: encoder distance: measured on test by image/conv (abc), which was not trained on "
        "these data; seed 3, trained on 50,000 samples.",
        "image: retrieval: measured on test by a/b + c/d (abc), trained to match samples and text; "
        "seed 3, trained on 50,000 samples.",
    ]


def test_old_spellings_in_a_runs_measurements_are_read_as_the_present_ones(
    tmp_path: Path, row: Measured
) -> None:
    assert read_measurements(tmp_path) == []
    old = {k.replace("evaluator", "judge"): v for k, v in row.items()} | {"name": "agreement"}
    (tmp_path / "evaluation.json").write_text(json.dumps([old]))
    assert read_measurements(tmp_path) == [row]
