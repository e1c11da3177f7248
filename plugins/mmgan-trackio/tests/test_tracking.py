"""Runs of the recipe `echo` as the real library keeps them, with the network out of reach."""

import json
import os
import shutil
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

# The library reads it once, when it is imported.
os.environ["TRACKIO_DIR"] = tempfile.mkdtemp(prefix="mmgan-trackio-")
trackio = pytest.importorskip("trackio")

from trackio.sqlite_storage import SQLiteStorage  # noqa: E402

from mmgan_core import load_recipe  # noqa: E402
from mmgan_core.evaluation.evaluate import evaluate  # noqa: E402
from mmgan_core.runs.checkpoint import checkpoints  # noqa: E402
from mmgan_core.training.run import train  # noqa: E402

Echo = Callable[..., Path]


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever calls out fails."""

    def refuse(*_: object) -> None:
        raise OSError("a tracker called out")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture
def echo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Echo:
    """Trains the recipe into a directory; a project for each test."""
    monkeypatch.setenv("MMGAN_TRACKIO", "1")
    monkeypatch.setenv("MMGAN_TRACKIO_PROJECT", tmp_path.name)
    monkeypatch.setenv("MMGAN_CACHE", str(tmp_path / "cache"))

    def call(name: str, samples: int, *, resume: bool = False) -> Path:
        changes = {
            "train.samples": samples,
            "train.log_every": 256,
            "train.checkpoint_every": 512,
            "train.sample_every": 512,
        }
        return train(load_recipe("echo", **changes), tmp_path / name, resume=resume, cpu=True).path

    return call


def tracked(project: Path) -> list[list[dict[str, object]]]:
    """What the library holds of each run of a project."""
    return [
        SQLiteStorage.get_logs(project.name, run.name, run_id=run.id)
        for run in trackio.Api().runs(project.name)
    ]


def curve(logs: list[dict[str, object]], key: str) -> list[tuple[object, object]]:
    return [(row["step"], row[key]) for row in logs if key in row]


def test_a_run_is_tracked_and_nothing_is_printed(
    echo: Echo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = echo("one", 1024)
    assert capsys.readouterr().out == ""
    (logs,) = tracked(tmp_path)
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text("utf-8").splitlines()]
    assert [step for step, _ in curve(logs, "echo/d")] == [256, 512, 768, 1024]
    assert [value for _, value in curve(logs, "echo/d")] == pytest.approx(
        [line["echo/d"] for line in lines], rel=1e-4
    )
    assert [step for step, _ in curve(logs, "checkpoint")] == [512, 1024]
    assert [step for step, _ in curve(logs, "samples")] == [512, 1024]
    assert curve(logs, "outcome") == [(1024, "finished")]
    (found,) = trackio.Api().runs(tmp_path.name)
    assert found.name.startswith("one-")
    assert found.config["train"]["samples"] == 1024


def test_going_on_goes_on_with_the_tracked_run(echo: Echo, tmp_path: Path) -> None:
    echo("one", 512)
    echo("one", 1024, resume=True)
    (logs,) = tracked(tmp_path)
    assert [step for step, _ in curve(logs, "echo/d")] == [256, 512, 768, 1024]


def test_what_is_trained_anew_is_not_tracked_twice(echo: Echo, tmp_path: Path) -> None:
    run = echo("one", 1024)
    shutil.rmtree(checkpoints(run)[-1])  # as if it had been cut off before the last was saved
    echo("one", 1536, resume=True)
    (logs,) = tracked(tmp_path)
    steps = [step for step, _ in curve(logs, "echo/d")]
    assert steps == [256, 512, 768, 1024, 1280, 1536]
    assert [step for step, _ in curve(logs, "checkpoint")] == [512, 1024, 1536]


def test_directories_of_one_name_are_two_runs(echo: Echo, tmp_path: Path) -> None:
    echo("a/run", 256)
    echo("b/run", 256)
    assert len(tracked(tmp_path)) == 2


def test_evaluations_join_the_run(echo: Echo, tmp_path: Path) -> None:
    run = echo("one", 512)
    rows = {(row["given"], row["name"]): row for row in evaluate(run, count=16).rows}
    (logs,) = tracked(tmp_path)
    asked = rows["label", "condition accuracy"]
    assert curve(logs, "evaluation/echo/label/condition accuracy") == [(512, asked["value"])]
    assert curve(logs, "evaluation/echo/label/condition accuracy, floor") == [(512, asked["floor"])]


def test_it_can_be_switched_off(
    echo: Echo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MMGAN_TRACKIO", "0")
    run = echo("one", 256)
    assert not (run / "trackio.json").exists()
    with pytest.raises(ValueError, match="does not exist"):
        tracked(tmp_path)


def test_a_tracker_that_fails_does_not_stop_the_training(
    echo: Echo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRACKIO_SERVER_URL", "http://localhost:1")  # without a token
    run = echo("one", 256)
    assert checkpoints(run)
    said = " ".join(capsys.readouterr().err.split())
    assert "plugin trackio failed in mmgan_run_started" in said
