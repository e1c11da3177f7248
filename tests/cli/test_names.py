"""The same names, devices, seeds and --out for every verb, called as a user calls them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from mmgan_core import UsageError, load
from mmgan_core.cli.out_option import SHEET, fresh
from mmgan_core.evaluation.evaluate import evaluate

from .conftest import Zoo


@pytest.fixture
def runs(elsewhere: Path, trained: Path) -> Path:
    """A directory with one run, ``runs/mine``."""
    shutil.copytree(trained, elsewhere / "runs/mine")
    return elsewhere


@pytest.mark.parametrize("name", ["mine", "runs/mine", "run:runs/mine"])
def test_every_spelling_of_a_run_makes_samples_and_a_report(
    zoo: Zoo, runs: Path, name: str
) -> None:
    made = zoo("generate", name, "label=two", "--seed", "3,7", "--device", "auto")
    assert (made.code, made.out.count("image-")) == (0, 2), made.err
    assert zoo("report", name, "--samples", 0, "--out", "report.html").code == 0
    assert (runs / "report.html").is_file()


def test_what_a_verb_cannot_use_is_said(zoo: Zoo, runs: Path) -> None:
    for words, said in {
        ("report", "speech"): "speech is a model, and no run: a report is written of a run",
        ("export", "speech", "--out", "x"): "speech is a model, and no run",
        ("verify", "mine"): "mmgan-zoo export runs/mine --out DIR",
        ("pull", "run:runs/mine"): "lies on this machine already",
        ("push", "nothing", "--to", "a/b"): "there is no model 'nothing'",
        ("generate", "mine", "--device", "cuda:97"): "device 'cuda:97' cannot be used",
        ("generate", "mine", "--seed", "1.5"): "a seed is a whole number",
        ("generate", "mine", "label=one", "label=two", "--count", "1"): "fewer than the 2 values",
        ("train", "digits", "--device", "cuda:97"): "device 'cuda:97' cannot be used",
        ("train", "digits", "--cpu", "--device", "cuda:1"): "either the CPU or 'cuda:1'",
        ("train", "digits", "--init-from", "mien"): "did you mean 'mine'",
        ("init", "mine.yaml", "--data", "runs"): "name it folder:runs",
    }.items():
        found = zoo(*words)
        assert (found.code, said in found.err) == (2, True), (words, found.err)
    assert not (runs / "x").exists()


def test_a_model_that_is_no_run_is_evaluated_with_its_data_or_others(
    zoo: Zoo, elsewhere: Path
) -> None:
    words = ("--metric", "core/l1", "--count", "8", "--json")
    assert "name the data to measure with: --data" in zoo("evaluate", "emoji", *words).err
    said = zoo("evaluate", "tiny-dense", *words)
    assert (elsewhere / "evaluation-tiny-dense-core-l1.json").is_file(), said.err
    rows = json.loads(said.out)
    again = zoo("evaluate", "tiny-dense", "--data", "core/digits", "--out", "it.json", *words)
    assert json.loads(again.out) == json.loads((elsewhere / "it.json").read_text()) == rows


def test_a_loaded_model_is_left_as_it_was_by_what_measures_it(elsewhere: Path) -> None:
    model = load("tiny-dense")
    data, own_size = model.blueprint.recipe.data, model.own_size
    evaluate(model, data="core/digits", metrics=["core/l1"], count=8)
    assert (model.blueprint.recipe.data, model.own_size) == (data, own_size)
    assert own_size


def test_a_model_is_pushed_by_its_path_or_with_a_prefix(zoo: Zoo, elsewhere: Path) -> None:
    shutil.copytree(Path(__file__).parents[2] / "zoo/models/tiny-dense", elsewhere / "tiny")
    for name in ("tiny", "./tiny", "dir:tiny", "tiny-dense"):
        said = zoo("push", name, "--to", "me/tiny", "--dry-run")
        assert "would be pushed to me/tiny" in said.out, said.err
    assert "tiny is verified" in zoo("verify", "tiny").out


def test_samples_of_two_calls_never_mix(zoo: Zoo, elsewhere: Path) -> None:
    for folder in ("samples", "samples-2", "samples-3"):
        said = zoo("generate", "tiny-dense", "--count", "2")
        assert f"sample sheet: {folder}/{SHEET}" in said.out, said.err
    again = zoo("generate", "tiny-dense", "--out", "samples-2")
    assert (again.code, "samples-2 holds samples already" in again.err) == (2, True)
    assert zoo("generate", "tiny-dense", "--out", "others").code == 0


def test_a_folder_without_samples_is_written_to(elsewhere: Path) -> None:
    (elsewhere / "samples").mkdir()
    assert fresh(None, "samples") == Path("samples")
    assert fresh(Path("samples"), "samples") == Path("samples")
    (elsewhere / "samples" / SHEET).touch()
    with pytest.raises(UsageError, match="leave out --out"):
        fresh(Path("samples"), "samples")


def test_verbs_that_write_files_take_out(zoo: Zoo, elsewhere: Path) -> None:
    assert "wrote mine.yaml" in zoo("init", "--out", "mine.yaml", "--rate", "100").out
    assert "two files are named" in zoo("init", "a.yaml", "--out", "b.yaml").err
    assert "no file is named" in zoo("init").err
    for verb in (
        "train",
        "generate",
        "repair",
        "invert",
        "evaluate",
        "export",
        "pull",
        "report",
        "compare",
    ):
        assert "--out" in zoo(verb, "--help").out


def test_runs_are_compared_by_any_of_their_names(zoo: Zoo, runs: Path) -> None:
    shutil.copytree(runs / "runs/mine", runs / "runs/other")
    recipe = runs / "runs/other/resolved.yaml"
    recipe.write_text(recipe.read_text().replace("seed: 0\n", "seed: 5\n"))
    said = zoo("compare", "mine", "run:runs/other")
    assert said.code == 0, said.err
    assert "mine  seeds 0, 5" in said.out
    assert "image/diversity" in said.out
    assert "differ in nothing but the seed" in said.out
    assert "2 runs compared" in (runs / "compare.html").read_text()
    recipe.write_text(recipe.read_text().replace("batch_size: 16", "batch_size: 8"))
    facts = json.loads(zoo("compare", "mine", "runs/other", "--json", "--out", "c.html").out)
    assert [one["seeds"] for one in facts["groups"]] == [[0], [5]]
    assert facts["groups"][0]["numbers"]["image/diversity"]["n"] == 1
    assert facts["differences"] == [{"key": "train.batch_size", "cells": ["16", "8"]}]
    assert facts["page"] == "c.html"
    alone = zoo("compare", "mine", "runs/mine")
    assert (alone.code, "mmgan-zoo report mine" in alone.err) == (2, True)
    assert "speech is a model, and no run" in zoo("compare", "mine", "speech").err
