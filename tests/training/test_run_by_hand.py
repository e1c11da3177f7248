"""A run's course: what happens at which sample, and what is written down of it."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import yaml
from PIL import Image

import mmgan_core.training.run as running
from mmgan_core.data.prepared import BadRow
from mmgan_core.errors import DataError, UsageError
from mmgan_core.recipe.schema import Recipe
from mmgan_core.runs.checkpoint import checkpoints, load_checkpoint
from mmgan_core.runs.run_directory import RunDirectory, read_metrics
from mmgan_core.training import watching
from mmgan_core.training.fine_tuning import TakenOver
from mmgan_core.training.interruption import Interruption
from mmgan_core.training.phases import Phases
from mmgan_core.training.run import default_run, train
from mmgan_core.training.trainer import Diverged, Trainer
from tests.training.by_hand import Alone, Alternating, Choice, drawn_up, trainer

OFTEN = {
    "samples": 8,
    "log_every": 3,
    "sample_every": 4,
    "checkpoint_every": 6,
    "learning_rate": 0.001,
    "ema": {"half_life": 0},
}


class Shown:
    """The rows of sample sheets; one of the test split cannot be read."""

    def __init__(self) -> None:
        self.bad = {"x": (BadRow(5, "test row 5", "it is bad"),)}


SHOWN: Any = Shown()


class Heard:
    """In the place of events, previews, displays and boards: what each was seen, in order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        heard = self
        self.all: list[tuple[Any, ...]] = []
        self.facts: dict[str, Any] = {}
        self.drawn: list[float] = []
        self.boards: list[tuple[Any, ...]] = []
        self.shown: list[tuple[Any, ...]] = []
        self.feeds: list[Any] = []
        self.lines: list[tuple[int, int]] = []

        class Events:
            def __init__(self, run: Path, *, quiet: bool) -> None:
                heard.quiet = quiet

            def tell(self, hook: str, samples: int, **facts: Any) -> None:
                heard.all.append((hook, samples))
                heard.facts[hook] = facts

        class Preview:
            def __init__(self, blueprint: Any, gan: Any, feed: Any) -> None:
                self.gan = gan
                heard.feeds.append(feed)

            def render(self, device: torch.device) -> Image.Image:
                heard.drawn.append(self.gan.generators["x"].g.item())
                return Image.new("RGB", (2, 2))

        class Board:
            def __init__(self, path: Path, *, wanted: bool) -> None:
                heard.boards.append(("open", wanted))

            def log(self, samples: int, metrics: Any) -> None:
                heard.boards.append(("log", samples, sorted(metrics)))

            def show(self, samples: int, page: Any) -> None:
                heard.boards.append(("show", samples, page.size))

            def close(self) -> None:
                heard.boards.append(("close",))

        class Display:
            def __init__(self, recipe: Any, samples: int, *, show: bool) -> None:
                heard.shown.append(("from", samples, show))

            def __enter__(self) -> Display:
                return self

            def __exit__(self, *error: object) -> None:
                heard.shown.append(("end",))

            def advance(self, samples: int) -> None:
                heard.shown.append(("at", samples))

            def say(self, metrics: Any, words: Any) -> None:
                heard.shown.append(("say", sorted(metrics), words))

        class Watch:
            recalled = staticmethod(watching.Watch.recalled)

            def __init__(self, blueprint: Any, trainer: Any, shown: Any) -> None:
                heard.feeds.append(shown)

            def due(self, before: int, now: int) -> bool:
                heard.lines.append((before, now))
                return now == 4

            def measure(self) -> dict[str, float]:
                return {"x/leak": 0.25}

        for thing in (Events, Preview, Display, Watch):
            monkeypatch.setattr(running, thing.__name__, thing)
        monkeypatch.setattr(running, "TensorBoard", Board)
        monkeypatch.setattr(running, "_shown", lambda *parts: SHOWN)


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    return Heard(monkeypatch)


def session(
    path: Path,
    *,
    of: Trainer | None = None,
    taken: TakenOver | None = None,
    main: bool = True,
    **train: Any,
) -> Any:
    chosen = {"train": {**OFTEN, **train}, "recipe": {"seed": 3, "name": "by hand"}}
    whole = of or trainer(**chosen)
    blueprint = drawn_up(Choice(**chosen))
    directory = RunDirectory(path) if main else running._Unlocked(path)
    path.mkdir(parents=True, exist_ok=True)
    source: Any = SimpleNamespace(tables=lambda split: [])
    return running._Session(blueprint, whole, directory, source, taken)


def test_a_run_from_its_start_to_its_end(heard: Heard, tmp_path: Path) -> None:
    """Two samples a step: logs at 4 and 6, sheets at 4 and 8, checkpoints at 6 and at the end."""
    one = session(tmp_path, tensorboard=True)
    one.start(False)
    run = one.go(Interruption())
    assert heard.all == [
        ("run_started", 0),
        ("step_ended", 4),
        ("sheet_saved", 4),
        ("step_ended", 6),
        ("checkpoint_saved", 6),
        ("sheet_saved", 8),
        ("checkpoint_saved", 8),
        ("run_ended", 8),
    ]
    sheet = tmp_path / "samples" / "000000000008.png"
    assert run == running.Run(tmp_path, 8, "finished", None, sheet, True)
    assert [file.name for file in (tmp_path / "samples").iterdir()] != []
    assert sheet.is_file()
    assert [path.name for path in checkpoints(tmp_path)] == ["000000000006", "000000000008"]
    assert heard.facts["run_ended"] == {"outcome": "finished"}
    assert heard.facts["checkpoint_saved"] == {"checkpoint": checkpoints(tmp_path)[-1]}
    assert heard.facts["sheet_saved"] == {"sheet": sheet}
    assert heard.facts["run_started"] == {"recipe": one.blueprint.resolved()}
    assert set(heard.facts["step_ended"]["metrics"]) == {
        "x/d",
        "x/g",
        "x/discriminator_accuracy",
        "x/diversity",
    }
    names = sorted(heard.facts["step_ended"]["metrics"])
    watched = sorted([*names, "x/leak"])
    assert heard.boards == [
        ("open", True),
        ("log", 4, watched),
        ("show", 4, (2, 2)),
        ("log", 6, names),
        ("show", 8, (2, 2)),
        ("close",),
    ]
    assert [seen for seen in heard.shown if seen[0] != "say"] == [
        ("from", 0, True),
        ("at", 2),
        ("at", 4),
        ("at", 6),
        ("at", 8),
        ("end",),
    ]
    assert heard.feeds == [SHOWN, SHOWN]
    assert not heard.quiet


def test_lines_of_metrics(heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter([100.0, 102.0, 104.0])
    monkeypatch.setattr("time.perf_counter", lambda: next(seconds))
    one = session(tmp_path)
    one.start(False)
    one.go(Interruption())
    first, second = read_metrics(tmp_path)
    assert (first["samples"], first["rate"]) == (4, 2.0)
    assert (second["samples"], second["rate"]) == (6, 1.5)
    assert heard.lines == [(0, 4), (4, 6)]
    assert set(first) - set(second) == {"x/leak"}
    assert set(second) == {
        "samples",
        "rate",
        "health",
        "x/d",
        "x/g",
        "x/discriminator_accuracy",
        "x/diversity",
    }
    assert list(first["health"]) == ["x"]
    words = [seen[2] for seen in heard.shown if seen[0] == "say"]
    assert words == [first["health"], second["health"]]


def test_sheets_are_drawn_with_the_average(heard: Heard, tmp_path: Path) -> None:
    one = session(tmp_path, ema={"half_life": 1e9})
    one.start(False)
    one.go(Interruption())
    assert heard.drawn == pytest.approx([0.5, 0.5]), "which hardly moved"
    assert one.trainer.gan.generators["x"].g.item() != pytest.approx(0.5)


def test_what_it_is_made_with_is_written_down(heard: Heard, tmp_path: Path, capsys: Any) -> None:
    whole = trainer(train=OFTEN, recipe={"seed": 3})
    feed: Any = whole.feed
    feed.bad_rows = {"x": (BadRow(3, "row 3", "it is bad"),)}
    taken = TakenOver("other", ("a", "b"), ("c",))
    one = session(tmp_path, of=whole, taken=taken)
    one.start(False)
    lock = json.loads((tmp_path / "lock.json").read_text())
    assert lock["seed"] == 3
    assert lock["data"] == ",".join(table.digest for table in feed.tables)
    assert lock["device"] == "cpu"
    assert (
        lock["begun_with"] == str(taken) == ("began with 2 weights of other; 1 are new, such as c")
    )
    said = capsys.readouterr().err.splitlines()
    assert said == [
        "began with 2 weights of other; 1 are new, such as c",
        f"skipped 2 values that cannot be read; named in {tmp_path / 'run.log'}",
        *one.found.lines(),
        f"training on cpu, with 2 rows; 8 samples; everything goes to {tmp_path}",
    ]
    assert said[2] == "rows of table 1: 2 for training, none for testing"
    assert json.loads((tmp_path / "data.json").read_text()) == one.found.plain()
    resolved = yaml.safe_load((tmp_path / "resolved.yaml").read_text())
    assert resolved["given"]["a"]["column"] == "a"
    assert yaml.safe_load((tmp_path / "recipe.yaml").read_text())["seed"] == 3
    assert (tmp_path / "run.log").read_text() == (
        "skipped row 3 for x: it is bad\nskipped test row 5 for x: it is bad\n"
    )


@pytest.mark.parametrize(
    ("ema", "said"),
    [
        ({"half_life": 4}, "25% of the average would still be the weights of the start"),
        ({"half_life": 4, "warm_up": 0.05}, ""),
        ({"half_life": 1}, ""),
    ],
)
def test_an_average_that_would_keep_the_weights_of_the_start_is_said(
    heard: Heard, tmp_path: Path, capsys: Any, ema: dict[str, float], said: str
) -> None:
    session(tmp_path, ema=ema).start(False)
    found = capsys.readouterr().err
    assert said in found
    assert ("train.ema.warm_up: 0.05" in found) == bool(said)


def test_going_on_from_the_newest_checkpoint(heard: Heard, tmp_path: Path, capsys: Any) -> None:
    first = session(tmp_path, samples=6)
    first.start(False)
    first.go(Interruption())
    assert checkpoints(tmp_path)[-1].name == "000000000006"
    first.directory.append_metrics({"samples": 7})  # of a stretch that was lost
    heard.all.clear()
    heard.shown.clear()
    second = session(tmp_path)
    second.start(True)
    assert second.trainer.samples == 6
    assert [row["samples"] for row in read_metrics(tmp_path)] == [4, 6]
    second.go(Interruption())
    assert heard.all == [
        ("run_started", 6),
        ("sheet_saved", 8),
        ("checkpoint_saved", 8),
        ("run_ended", 8),
    ]
    assert heard.shown[0] == ("from", 6, True)
    said = capsys.readouterr().err
    assert "changed" not in said
    assert f"continuing on cpu, with 2 rows; 6 of 8 samples; everything goes to {tmp_path}" in said
    third = session(tmp_path)
    heard.all.clear()
    third.start(True)
    third.go(Interruption())
    assert heard.all == [("run_started", 8), ("sheet_saved", 8), ("run_ended", 8)]
    resolved = yaml.safe_load((tmp_path / "resolved.yaml").read_text())
    assert resolved["train"]["samples"] == 8, "as it is now"


def test_other_data_are_told(heard: Heard, tmp_path: Path, capsys: Any) -> None:
    first = session(tmp_path, samples=6)
    first.start(False)
    first.go(Interruption())
    whole = trainer(train=OFTEN)
    feed: Any = whole.feed
    feed.tables = feed.tables[:1]
    session(tmp_path, of=whole).start(True)
    assert "the data have changed since this run began" in capsys.readouterr().err
    assert "at 6 samples: the data have changed" in (tmp_path / "run.log").read_text()


def test_going_on_from_nothing_begins_anew(heard: Heard, tmp_path: Path, capsys: Any) -> None:
    session(tmp_path).start(True)
    assert "nothing to go on from" in capsys.readouterr().err
    assert (tmp_path / "resolved.yaml").is_file()
    one = session(tmp_path)  # begun, but nothing was saved
    one.start(True)
    assert (one.trainer.samples, one.saved_at) == (0, None)


def test_a_signal_ends_it_at_the_next_step(heard: Heard, tmp_path: Path) -> None:
    one, interruption = session(tmp_path), Interruption()
    one.start(False)
    interruption.signal = signal.SIGTERM
    run = one.go(interruption)
    assert (run.samples, run.outcome, run.signal) == (2, "stopped", signal.SIGTERM)
    assert heard.all[1:] == [("checkpoint_saved", 2), ("sheet_saved", 2), ("run_ended", 2)]
    assert heard.facts["run_ended"] == {"outcome": "stopped"}


@pytest.mark.parametrize(
    ("count", "step", "asks"),
    [
        (1, 1, True),
        (1, 20, True),
        (2, 1, False),
        (2, 19, False),
        (2, 20, True),
        (2, 40, True),
        (3, 21, False),
    ],
)
def test_several_processes_ask_one_another_now_and_then(
    heard: Heard, tmp_path: Path, count: int, step: int, asks: bool
) -> None:
    class Asking(Alone):
        def any(self, flag: bool) -> bool:
            return flag

    whole = trainer(Asking(0, count), train={**OFTEN, "batch_size": 6})
    one, interruption = session(tmp_path, of=whole), Interruption()
    whole.step = step
    assert one._asked_to_stop(interruption) is False
    interruption.signal = signal.SIGINT
    assert one._asked_to_stop(interruption) is asks


def test_a_first_sheet_comes_by_the_clock(
    heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """20 seconds a step: the first step does not count, so the third is 40 seconds after it."""
    seconds = iter(range(0, 1_000, 20))
    monkeypatch.setattr("time.monotonic", lambda: next(seconds))
    one = session(tmp_path, sample_every=1_000)
    one.start(False)
    one.go(Interruption())
    sheets = [samples for hook, samples in heard.all if hook == "sheet_saved"]
    assert sheets == [6, 8], "and one at the end"
    second = session(tmp_path, sample_every=1_000, samples=20)
    heard.all.clear()
    second.start(True)
    second.go(Interruption())
    sheets = [samples for hook, samples in heard.all if hook == "sheet_saved"]
    assert sheets == [20], "there were sheets already"


def test_other_processes_do_not_look_at_the_clock(
    heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.monotonic", lambda: pytest.fail("it looked"))
    whole = trainer(Alone(1, 2), train={**OFTEN, "batch_size": 2})
    one = session(tmp_path / "run", of=whole, main=False, sample_every=1_000)
    assert one.go(Interruption()).samples == 8
    assert heard.drawn == []


def test_divergence_is_found_when_it_logs_and_when_it_saves(heard: Heard, tmp_path: Path) -> None:
    for often in ({"checkpoint_every": 99}, {"log_every": 99, "checkpoint_every": 2}):
        one = session(tmp_path / str(len(often)), **often)
        one.start(False)
        with torch.no_grad():
            one.trainer.gan.generators["x"].h.fill_(float("nan"))
        with pytest.raises(Diverged):
            one.go(Interruption())
        assert heard.facts["run_ended"] == {"outcome": "failed"}
        assert heard.boards[-1] == ("close",)
        assert checkpoints(tmp_path / str(len(often))) == []
    assert "step_ended" not in [hook for hook, _ in heard.all]


def test_other_processes_write_and_say_nothing(heard: Heard, tmp_path: Path) -> None:
    whole = trainer(Alone(1, 2), train={**OFTEN, "tensorboard": True, "batch_size": 2})
    one = session(tmp_path / "run", of=whole, main=False, tensorboard=True)
    one.start(False)
    run = one.go(Interruption())
    assert (run.samples, run.main, run.sheet) == (8, False, None)
    assert list((tmp_path / "run").iterdir()) == []
    assert heard.quiet
    assert heard.all == [("run_ended", 8)]
    assert heard.shown[0] == ("from", 0, False)
    assert ("open", False) in heard.boards
    assert heard.drawn == []
    assert not [seen for seen in heard.shown if seen[0] == "say"]
    assert one.trainer.metrics() != {}, "since the last log"


# The whole


def test_a_signal_between_two_parts_of_a_batch_saves_after_the_whole_step(
    heard: Heard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"accumulate": 2, "warm_up": 6, "optimizer": {"use": "core/adamw"}}
    whole = session(tmp_path / "whole", **settings)
    whole.start(False)
    whole.go(Interruption())

    play, calls = Phases.discriminator, []

    def interrupted(self: Phases, *args: Any, **when: Any) -> Any:
        calls.append(when["step"])
        if len(calls) == 3:  # the first part of the second step
            os.kill(os.getpid(), signal.SIGINT)
        return play(self, *args, **when)

    monkeypatch.setattr(Phases, "discriminator", interrupted)
    first = session(tmp_path / "parts", **settings)
    first.start(False)
    with Interruption() as interruption:
        stopped = first.go(interruption)
    assert (stopped.outcome, stopped.samples, calls) == ("stopped", 4, [0, 0, 1, 1])
    second = session(tmp_path / "parts", **settings)
    second.start(True)
    second.go(Interruption())
    one, other = (load_checkpoint(checkpoints(tmp_path / n)[-1])[0] for n in ("whole", "parts"))
    for name in one:
        assert all(torch.equal(one[name][key], other[name][key]) for key in one[name]), name


@pytest.fixture
def parts(heard: Heard, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Everything that a training opens, by hand."""
    seen: dict[str, Any] = {}
    blueprint = drawn_up(Choice(train=OFTEN))

    def taking(gan: Any, name: str) -> TakenOver:
        seen["taken"] = name
        return TakenOver(name, ("a",), ())

    monkeypatch.setattr(
        running,
        "open_recipe",
        lambda recipe, open_model, open_file: (
            replace(blueprint, recipe=recipe),
            SimpleNamespace(tables=lambda split: []),
        ),
    )
    monkeypatch.setattr(
        running,
        "open_feed",
        lambda blueprint, gan, source, split: seen.setdefault("split", split) and Alternating(),
    )
    monkeypatch.setattr(running, "Processes", lambda cpu, device: seen.update(cpu=cpu) or Alone())
    monkeypatch.setattr(running, "take_over", taking)
    return SimpleNamespace(recipe=blueprint.recipe, seen=seen)


def test_a_whole_training(parts: Any, tmp_path: Path) -> None:
    before = torch.random.get_rng_state()
    run = train(parts.recipe, tmp_path / "run", cpu=True)
    assert (run.samples, run.outcome) == (8, "finished")
    assert parts.seen == {"cpu": True, "split": "train"}
    assert torch.equal(torch.random.get_rng_state(), before), "the global state is left alone"
    assert torch.set_flush_denormal(False)
    lock = json.loads((tmp_path / "run" / "lock.json").read_text())
    assert "begun_with" not in lock
    with pytest.raises(UsageError, match="holds a training already") as error:
        train(parts.recipe, tmp_path / "run")
    assert error.value.hint == "go on with --resume, or name another: --run DIR"
    assert train(parts.recipe, tmp_path / "run", resume=True).samples == 8
    assert parts.seen["cpu"] is False


def test_a_training_with_a_models_weights(parts: Any, tmp_path: Path) -> None:
    train(parts.recipe, tmp_path / "run", init_from="other")
    assert parts.seen["taken"] == "other"
    lock = json.loads((tmp_path / "run" / "lock.json").read_text())
    assert lock["begun_with"] == "began with 1 weights of other"
    with pytest.raises(UsageError, match="has weights already: leave out --init-from"):
        train(parts.recipe, tmp_path / "run", resume=True, init_from="other")


def test_a_directory_in_use_is_refused(parts: Any, tmp_path: Path) -> None:
    with RunDirectory(tmp_path / "run"), pytest.raises(UsageError, match="another training run is"):
        train(parts.recipe, tmp_path / "run")


def test_where_a_recipe_is_trained() -> None:
    recipe = drawn_up(Choice()).recipe
    assert default_run(recipe) == Path("runs/run")
    assert default_run(Recipe.model_validate({**recipe.plain(), "name": "one"})) == Path("runs/one")


def test_sheets_show_the_test_split_or_what_there_is(
    monkeypatch: pytest.MonkeyPatch, capsys: Any, tmp_path: Path
) -> None:
    whole = trainer()
    splits: list[str] = []
    there: Any = "the test split"

    def opened(blueprint: Any, gan: Any, source: Any, split: str, *, complete: bool = False) -> Any:
        assert complete, "a sheet shows rows that lack nothing"
        splits.append(split)
        if there is None:
            raise DataError("there is no test split")
        return there

    monkeypatch.setattr(running, "open_feed", opened)
    blueprint, source = drawn_up(Choice()), SimpleNamespace()

    def shown(of: Trainer) -> Any:
        return running._shown(blueprint, of, source, RunDirectory(tmp_path))  # type: ignore[arg-type]

    assert shown(whole) == "the test split"
    there = None
    assert shown(whole) is whole.feed
    assert "sample sheets show training data: there is no test split" in capsys.readouterr().err
    other = trainer(Alone(1, 2))
    assert shown(other) is other.feed
    assert capsys.readouterr().err == ""
    said = "sample sheets show training data: there is no test split\n"
    assert (tmp_path / "run.log").read_text() == said, "once, by the main process"
    assert splits == ["test"] * 3
