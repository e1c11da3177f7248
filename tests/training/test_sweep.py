"""Several seeds and sweeps: what is trained, skipped, gone on with, and shown."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from typer.testing import CliRunner

from mmgan_core.cli.sweep_verb import app as sweep_app
from mmgan_core.cli.train_verb import app as train_app
from mmgan_core.errors import UsageError
from mmgan_core.runs.checkpoint import checkpoints, load_checkpoint
from mmgan_core.training.phases import Phases
from mmgan_core.training.sweep import folder_name, grid

SMALL = ["tiny-dense", "--cpu", "--set", "train={samples: 64, batch_size: 16, log_every: 32}"]
EVALUATOR = ["--set", "make.label.evaluator.samples=64", "--set", "evaluate.count=20"]
RATES = ["--over", "train.learning_rate=1e-3,2e-3"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def call(app: Any, *words: str, code: int = 0) -> Any:
    said = CliRunner().invoke(app, [*SMALL, *words])
    if isinstance(said.exception, UsageError):
        raise said.exception
    assert said.exit_code == code, said.output
    return said


def interrupt_after(phases: int, monkeypatch: pytest.MonkeyPatch) -> None:
    play, calls = Phases.discriminator, []

    def interrupted(self: Phases, *args: Any, **when: Any) -> Any:
        calls.append(1)
        if len(calls) == phases:
            os.kill(os.getpid(), signal.SIGINT)
        return play(self, *args, **when)

    monkeypatch.setattr(Phases, "discriminator", interrupted)


def weights(run: Path) -> dict[str, torch.Tensor]:
    return load_checkpoint(checkpoints(run)[-1])[0]["weights"]


def test_one_run_a_seed_goes_on_where_it_stopped(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call(train_app, "--seed", "0")
    with monkeypatch.context() as patched:
        interrupt_after(6, patched)  # four steps are a run
        said = call(train_app, "--seed", "0,1", code=130)
    assert "the same command goes on" in said.output
    runs = [folder / "runs" / f"tiny-dense-seed{n}" for n in (0, 1)]
    assert [int(checkpoints(run)[-1].name) for run in runs] == [64, 32]
    before = (runs[0] / "metrics.jsonl").stat().st_mtime_ns
    said = call(train_app, "--seed", "0,1")
    assert f"{Path('runs') / runs[0].name} is finished already" in said.output
    assert (runs[0] / "metrics.jsonl").stat().st_mtime_ns == before
    assert int(checkpoints(runs[1])[-1].name) == 64
    assert "tiny-dense: seeds 0, 1" in said.output
    assert "±" in said.output
    alone = weights(folder / "runs" / "tiny-dense")
    assert all(torch.equal(alone[name], w) for name, w in weights(runs[0]).items())
    with pytest.raises(UsageError, match="holds the training of another recipe: train differ"):
        call(train_app, "--seed", "0,1", "--set", "train.learning_rate=1e-5")


def test_a_sweep_trains_every_choice_and_shows_the_best_first(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [*EVALUATOR, *RATES, "--by", "core/condition-accuracy", "--out", "all"]
    with monkeypatch.context() as patched:
        interrupt_after(6, patched)
        call(sweep_app, *words, code=130)
    said = call(sweep_app, *words)
    trials = sorted(path.parent.name for path in (folder / "all").glob("*/resolved.yaml"))
    assert trials == ["learning_rate=0.001-seed0", "learning_rate=0.002-seed0"]
    assert all(int(checkpoints(folder / "all" / name)[-1].name) == 64 for name in trials)
    lines = [line.split() for line in said.output.splitlines() if "learning_rate=" in line]
    accuracies = [float(words[1]) for words in lines if words[0] in trials]
    assert len(accuracies) == 2
    assert accuracies == sorted(accuracies, reverse=True)
    asked = yaml.safe_load((folder / "all" / "sweep.yaml").read_text())
    assert asked["values"] == {"train.learning_rate": [0.001, 0.002]}
    with pytest.raises(UsageError, match="holds another sweep: its set is"):
        call(sweep_app, *RATES, "--out", "all")


def test_optuna_chooses_and_goes_on(folder: Path) -> None:
    pytest.importorskip("optuna")
    words = [*EVALUATOR, "--over", "train.learning_rate=1e-4..1e-2", "--out", "chosen"]
    words += ["--by", "core/condition-accuracy", "--sampler", "optuna"]
    call(sweep_app, *words, "--trials", "1")
    (first,) = [path.parent.name for path in (folder / "chosen").glob("*/resolved.yaml")]
    said = call(sweep_app, *words, "--trials", "2")
    assert len(list((folder / "chosen").glob("*/resolved.yaml"))) == 2
    assert first in said.output, "the table has earlier trials too"
    page = (folder / "chosen" / "importances.html").read_text("utf-8")
    assert "Fewer than 5 trials" in page, "which say nothing"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--over", "train.learnin_rate=1,2"], "did you mean 'learning_rate'?"),
        (["--over", "train.learnin_rate=1,2"], "--over train.learnin_rate: unknown key"),
        (["--over", "make.label.generator.hiden=[1],[2]"], "unknown option 'hiden'"),
        (["--over", "train.n_critic=1"], "there is no choice, with 1 value"),
        (["--over", "seed=1,2"], "seeds: --seed 0,1,2"),
        (["--over", "train.n_critic"], "not of the form KEY=VALUE,VALUE"),
        ([*RATES, "--by", "core/condition-acuracy"], "did you mean 'core/condition-accuracy'?"),
        ([*RATES, "--sampler", "gird"], "did you mean 'grid'?"),
        ([*RATES, "--trials", "3"], "a grid tries all choices"),
        ([*RATES, "--sampler", "optuna"], "give --by ID and --trials N"),
        ([*RATES, "--seed", "1,b"], "neither a whole number nor several"),
    ],
)
def test_what_cannot_be_swept_is_said_before_training(
    words: list[str], said: str, folder: Path
) -> None:
    with pytest.raises(UsageError) as told:
        call(sweep_app, *words)
    assert said in str(told.value)
    assert list(folder.iterdir()) == []


def test_names_and_choices() -> None:
    over = {"train.learning_rate": [1e-3], "make.x.generator.width": [16, 32]}
    assert [folder_name(values, 1) for values in grid(over)] == [
        "learning_rate=0.001,width=16-seed1",
        "learning_rate=0.001,width=32-seed1",
    ]
    same = {"make.x.generator.width": 8, "make.x.discriminator.width": 9}
    assert folder_name(same, 0) == "make.x.generator.width=8,make.x.discriminator.width=9-seed0"
    assert folder_name({"fusion": {"use": "a/b"}}, 0) == "fusion=use-a-b-seed0"
