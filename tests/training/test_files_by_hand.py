"""What a run writes and reads, and what it shows: files, signals, lines, events."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import signal
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
import yaml
from PIL import Image
from rich.console import Console
from torch import nn

import mmgan_core.plugins.events as telling
import mmgan_core.runs.checkpoint as keeping
import mmgan_core.runs.run_directory as directories
import mmgan_core.training.display as displaying
import mmgan_core.training.fine_tuning as tuning
from mmgan_core.assembly.assemble import make_blueprint
from mmgan_core.errors import IntegrityError, MmganError, RecipeError, UsageError
from mmgan_core.foundation import progress as waiting
from mmgan_core.foundation.arithmetic import choose_arithmetic
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.plugins.events import Events
from mmgan_core.recipe.reading import check
from mmgan_core.recipe.schema import Recipe
from mmgan_core.runs.checkpoint import (
    checkpoints,
    discriminators_of,
    file_hash,
    flat_optimizer,
    load_checkpoint,
    prune,
    restore_optimizer,
    save_checkpoint,
    writing,
)
from mmgan_core.runs.run_directory import RunDirectory, lock_of, read_metrics
from mmgan_core.training.display import Display
from mmgan_core.training.fine_tuning import TakenOver, take_over
from mmgan_core.training.interruption import Interruption
from mmgan_core.training.tensorboard import TensorBoard

TENSORS = {
    "weights": {
        "gan.discriminators.x.d": torch.tensor([1.0, 2.0]),
        "gan.generators.x.g": torch.tensor(3.0),
        "align.discriminators.z": torch.tensor(4.0),
    },
    "ema": {"g": torch.tensor(5.0)},
}


def saved(run: Path, name: str = "000000000100", **state: Any) -> Path:
    return save_checkpoint(run / "checkpoints" / name, TENSORS, {"samples": 100, **state})


# Checkpoints


def test_a_checkpoint_is_named_tensors_and_a_state_with_hashes(tmp_path: Path) -> None:
    folder = saved(tmp_path)
    assert sorted(file.name for file in folder.iterdir()) == [
        "ema.safetensors",
        "state.json",
        "weights.safetensors",
    ]
    assert [path.name for path in folder.parent.iterdir()] == [folder.name], "nothing beside it"
    state = json.loads((folder / "state.json").read_text())
    assert state == {
        "samples": 100,
        "sha256": {
            f"{name}.safetensors": hashlib.sha256(
                (folder / f"{name}.safetensors").read_bytes()
            ).hexdigest()
            for name in ("weights", "ema")
        },
        "counters_sha256": hashlib.sha256(
            json.dumps({"samples": 100, "seed": None, "step": None}).encode()
        ).hexdigest(),
    }
    tensors, found = load_checkpoint(folder)
    assert found == state
    assert set(tensors) == {"weights", "ema"}
    assert tensors["weights"]["gan.discriminators.x.d"].tolist() == [1, 2]
    only, _ = load_checkpoint(folder, "ema")
    assert set(only) == {"ema"}


def test_an_old_checkpoint_of_the_name_and_what_was_cut_off_go(tmp_path: Path) -> None:
    partial = tmp_path / "checkpoints" / ".000000000100.partial"
    partial.mkdir(parents=True)
    (partial / "rest").touch()
    saved(tmp_path, old=True)
    assert load_checkpoint(saved(tmp_path, old=False))[1]["old"] is False
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["000000000100"]


def test_files_are_on_the_disk_before_they_appear(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[tuple[str, bool]] = []
    real = os.fsync

    def noting(handle: int) -> None:
        path = Path(os.readlink(f"/proc/self/fd/{handle}"))
        synced.append((path.name, (tmp_path / "checkpoints" / "000000000100").exists()))
        real(handle)

    monkeypatch.setattr(os, "fsync", noting)
    before = len(os.listdir("/proc/self/fd"))
    saved(tmp_path)
    assert sorted(synced[:-1]) == [
        ("ema.safetensors", False),
        ("state.json", False),
        ("weights.safetensors", False),
    ]
    assert synced[-1] == ("checkpoints", True), "and then its name"
    assert len(os.listdir("/proc/self/fd")) == before


def test_what_cannot_be_saved_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").write_text("a file is in the way")
    with pytest.raises(MmganError, match=r"the checkpoint .* cannot be written") as told:
        saved(tmp_path)
    assert told.value.hint is not None


def test_a_full_disk_is_told_from_other_faults(tmp_path: Path) -> None:
    class Odd(Exception):
        pass

    for error in (OSError("full"), Odd("I/O error: full"), Odd("it says os error 28")):
        with pytest.raises(MmganError, match=f"the sheet {tmp_path} cannot be written: "):
            raise_in(tmp_path, error)
    with pytest.raises(Odd):
        raise_in(tmp_path, Odd("else"))


def raise_in(path: Path, error: Exception) -> None:
    with writing(path, "the sheet"):
        raise error


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "free some space; checkpoints"),
        (FileNotFoundError(2, "No such file or directory"), "was removed meanwhile"),
        (PermissionError(13, "Permission denied"), "writable, or choose another folder"),
        (OSError(errno.EROFS, "Read-only file system"), "writable, or choose another folder"),
    ],
)
def test_what_to_do_depends_on_why_a_file_cannot_be_written(
    error: OSError, remedy: str, tmp_path: Path
) -> None:
    with pytest.raises(MmganError) as told, writing(tmp_path / "run" / "sheet.png", "the sheet"):
        raise error
    assert told.value.hint is not None
    assert remedy in told.value.hint


@pytest.mark.parametrize("damage", ["weights", "gone", "state", "hashes", "a list"])
def test_damage_is_named_with_a_way_out(tmp_path: Path, damage: str) -> None:
    saved(tmp_path, "000000000050")
    older = saved(tmp_path, "000000000070")
    folder = saved(tmp_path)
    file, state = folder / "weights.safetensors", folder / "state.json"
    if damage == "weights":
        file.write_bytes(file.read_bytes() + b"x")
    elif damage == "gone":
        file.unlink()
    else:
        state.write_text({"state": "{", "hashes": "{}", "a list": "[1]"}[damage])
    with pytest.raises(IntegrityError) as told:
        load_checkpoint(folder)
    assert str(folder) in str(told.value)
    assert told.value.hint == f"delete {folder}; --resume then continues from {older.name}"
    for one in checkpoints(tmp_path)[:-1]:
        (one / "state.json").unlink()
    with pytest.raises(IntegrityError) as told:
        load_checkpoint(folder)
    assert told.value.hint == "this run has no other checkpoint: train it again"


def test_no_file_outside_a_checkpoint_is_read(tmp_path: Path) -> None:
    folder = saved(tmp_path)
    state = json.loads((folder / "state.json").read_text())
    secret = tmp_path / "secret.safetensors"
    (folder / "ema.safetensors").rename(secret)
    state["sha256"] = {"../../secret.safetensors": file_hash(secret)}
    (folder / "state.json").write_text(json.dumps(state))
    with pytest.raises(IntegrityError):
        load_checkpoint(folder)


def test_discriminators_are_named_as_a_gan_names_them(tmp_path: Path) -> None:
    found = discriminators_of(saved(tmp_path))
    assert {name: tensor.tolist() for name, tensor in found.items()} == {
        "discriminators.x.d": [1, 2]
    }


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    names = [f"{n:012d}" for n in (5, 100, 20, 3)]
    for name in names:
        saved(tmp_path, name)
    (tmp_path / "checkpoints" / "x000").mkdir()
    (tmp_path / "checkpoints" / "x000" / "state.json").touch()
    (tmp_path / "checkpoints" / "000000000999").mkdir()
    assert [path.name for path in checkpoints(tmp_path)] == sorted(names)
    prune(tmp_path, 5)
    assert len(checkpoints(tmp_path)) == 4
    prune(tmp_path, 2)
    assert [path.name for path in checkpoints(tmp_path)] == ["000000000020", "000000000100"]
    assert not (tmp_path / "checkpoints" / "000000000003").exists()


def test_an_optimizers_state_by_number_and_name() -> None:
    layer = nn.Conv2d(2, 3, 3).to(memory_format=torch.channels_last)
    optimizer = torch.optim.Adam(layer.parameters(), lr=0.5, betas=(0.5, 0.75))
    layer(torch.randn(1, 2, 4, 4)).sum().backward()
    optimizer.step()
    flat = flat_optimizer(optimizer)
    assert set(flat) == {f"{n}.{name}" for n in "01" for name in ("step", "exp_avg", "exp_avg_sq")}
    other = nn.Conv2d(2, 3, 3).to(memory_format=torch.channels_last)
    restored = torch.optim.Adam(other.parameters(), lr=0.25, betas=(0.1, 0.2))
    restore_optimizer(restored, {k: v.clone().contiguous() for k, v in flat.items()})
    assert restored.param_groups[0]["lr"] == 0.25, "of the recipe"
    moments = restored.state[other.weight]
    assert torch.equal(moments["exp_avg"], optimizer.state[layer.weight]["exp_avg"])
    assert moments["exp_avg"].is_contiguous(memory_format=torch.channels_last)
    assert moments["step"].item() == 1
    plain = torch.optim.SGD(layer.parameters(), lr=0.1)
    layer(torch.randn(1, 2, 4, 4)).sum().backward()
    plain.step()
    assert flat_optimizer(plain) == {}


def test_saved_tensors_are_copies_in_order(tmp_path: Path) -> None:
    tensor = torch.arange(6.0).reshape(2, 3)
    found = keeping._plain(tensor.T.requires_grad_())
    assert found.is_contiguous()
    assert not found.requires_grad
    tensor.zero_()
    assert found.tolist() == [[0, 3], [1, 4], [2, 5]]


# The run's directory

RESOLVED: dict[str, Any] = {
    "name": "one",
    "summary": "",
    "about": {},
    "bad_rows": 0.1,
    "evaluate": {},
    "seed": 3,
    "train": {
        "samples": 8,
        "log_every": 1,
        "sample_every": 1,
        "checkpoint_every": 1,
        "keep": 1,
        "tensorboard": False,
        "batch_size": 2,
    },
    "make": {"x": {"evaluator": {"target": "a"}, "loss": "b"}},
}


def test_a_directory_is_locked_while_it_is_used(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "deep" / "run")
    with run as inside:
        assert inside is run
        with pytest.raises(UsageError, match="another training run is writing to") as told:
            RunDirectory(tmp_path / "deep" / "run").__enter__()
        assert told.value.hint == "wait until it ends, or name another directory: --run DIR"
    with RunDirectory(tmp_path / "deep" / "run"):
        pass
    (tmp_path / "file").touch()
    with pytest.raises(MmganError, match="cannot be written: "):
        RunDirectory(tmp_path / "file").__enter__()


def test_what_a_run_begins_with(tmp_path: Path) -> None:
    with RunDirectory(tmp_path) as run:
        assert not run.started
        run.begin("name: one\n", RESOLVED, {"data": "d", "seed": 3})
        assert run.started
        assert run.data_digest == "d"
    names = {path.name for path in tmp_path.iterdir()} - {".lock"}
    assert names == {"samples", "recipe.yaml", "lock.json", "resolved.yaml"}
    assert (tmp_path / "recipe.yaml").read_text() == "name: one\n"
    assert json.loads((tmp_path / "lock.json").read_text()) == {"data": "d", "seed": 3}
    assert run.metrics == tmp_path / "metrics.jsonl"
    with RunDirectory(tmp_path) as again:
        again.begin("name: two\n", RESOLVED, {})


def changed(path: str, value: Any) -> dict[str, Any]:
    """The resolved recipe with one thing changed."""
    whole: dict[str, Any] = json.loads(json.dumps(RESOLVED))
    *steps, last = path.split(".")
    inner = whole
    for step in steps:
        inner = inner[step]
    inner[last] = value
    return whole


FREE = [
    "name",
    "summary",
    "about",
    "bad_rows",
    "evaluate",
    "train.samples",
    "train.log_every",
    "train.sample_every",
    "train.checkpoint_every",
    "train.keep",
    "train.tensorboard",
    "make.x.evaluator",
]


@pytest.mark.parametrize("path", FREE)
def test_what_may_change_when_a_run_goes_on(tmp_path: Path, path: str) -> None:
    run = RunDirectory(tmp_path)
    run.begin("", RESOLVED, {})
    run.refuse_other_recipe(changed(path, "other"))
    without = changed(path, None)
    run.refuse_other_recipe(without)


@pytest.mark.parametrize("path", ["seed", "train.batch_size", "make.x.loss", "make.y"])
def test_what_may_not_change(tmp_path: Path, path: str) -> None:
    run = RunDirectory(tmp_path)
    run.begin("", RESOLVED, {})
    value: Any = {"loss": "b"} if path == "make.y" else 99
    with pytest.raises(RecipeError, match="was trained with another recipe"):
        run.refuse_other_recipe(changed(path, value))


def test_the_difference_is_shown_and_no_more(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    run.begin("", RESOLVED, {})
    with pytest.raises(RecipeError) as told:
        run.refuse_other_recipe(changed("train.batch_size", 4))
    lines = str(told.value).splitlines()
    assert lines[0] == f"{tmp_path} was trained with another recipe:"
    assert lines[1:5] == [
        "     train:",
        "    -  batch_size: 2",
        "    +  batch_size: 4",
        "     make:",
    ]
    many = changed("make.x.loss", {f"k{n}": n for n in range(60)})
    with pytest.raises(RecipeError) as told:
        run.refuse_other_recipe(many)
    assert len(str(told.value).splitlines()) == 1 + 30 + 1, "30 lines and the way out"


def test_an_option_that_came_after_the_run_has_its_default(tmp_path: Path) -> None:
    """The shipped recipe was written before `image/dcgan` could attend to tokens."""
    file = Path(__file__).parents[2] / "zoo" / "models" / "digits" / "recipe.yaml"
    before = yaml.safe_load(file.read_text(encoding="utf-8"))
    del before["make"]["image"]["generator"]["max_width"]
    now = make_blueprint(check(before, "recipe"), catalogue()).resolved()
    generator: dict[str, object] = now["make"]["image"]["generator"]  # type: ignore[index]
    assert generator["attend"] == 0
    run = RunDirectory(tmp_path)
    run.begin("", before, {})
    run.refuse_other_recipe(now)
    generator["attend"] = 8
    with pytest.raises(RecipeError, match="attend: 8"):
        run.refuse_other_recipe(now)


def test_files_appear_whole(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    run.write("one.txt", "1")
    run.write("one.txt", "2")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("one.txt", "2")]
    (tmp_path / "two.txt").mkdir()
    with pytest.raises(MmganError, match=r"the file .*two\.txt cannot be written"):
        run.write("two.txt", "")


def test_metrics_are_added_and_those_after_a_checkpoint_dropped(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    assert read_metrics(tmp_path) == []
    for samples in (2, 4, 6):
        run.append_metrics({"samples": samples, "x/d": 0.5})
    with run.metrics.open("a") as stream:
        stream.write('{"samples": 8, "x')
    assert [row["samples"] for row in read_metrics(tmp_path)] == [2, 4, 6]
    run.drop_metrics_after(4)
    assert run.metrics.read_text() == ('{"samples": 2, "x/d": 0.5}\n{"samples": 4, "x/d": 0.5}\n')
    with run.metrics.open("a") as stream:
        stream.write('cut\n{"samples": 9}\n')
    assert [row["samples"] for row in read_metrics(tmp_path)] == [2, 4, 9]


def test_notes_are_added(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    run.note("one")
    run.note("two é")
    assert (tmp_path / "run.log").read_text(encoding="utf-8") == "one\ntwo é\n"


def test_what_a_run_was_made_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    found = lock_of(3, "d", "cpu")
    assert (found["seed"], found["data"], found["device"]) == (3, "d", "cpu")
    assert found["threads"] == torch.get_num_threads()
    assert found["libraries"]["torch"] == torch.__version__.partition("+")[0] or (
        found["libraries"]["torch"] == torch.__version__
    )
    assert found["world_size"] == 1
    assert "mmgan-objectives" in found["plugins"]
    assert {"numpy", "safetensors", "timm"} <= set(found["libraries"])
    monkeypatch.setenv("WORLD_SIZE", "4")
    assert lock_of(3, "d", "cpu")["world_size"] == 4
    assert directories._version("no-such-distribution") == ""
    assert "arithmetic" not in found, "it makes no difference on a CPU"


def test_what_a_gpu_computes_with_is_chosen_and_locked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", True)
    torch.backends.cuda.matmul.allow_tf32 = True
    said = lock_of(3, "d", "cuda:0")["arithmetic"]
    others = {"tf32_convolutions": False, "tf32_products": True, "cudnn_benchmark": True}
    assert said == {**others, "deterministic": False}
    choose_arithmetic()
    chosen = {"tf32_convolutions": True, "tf32_products": False, "cudnn_benchmark": False}
    assert lock_of(3, "d", "cuda:0")["arithmetic"] == {**chosen, "deterministic": False}


# Events


class Plugins:
    """Three plugins: one that listens, one that fails once, and one that is interrupted."""

    def __init__(self) -> None:
        self.ok = [SimpleNamespace(name=name) for name in ("a", "failing", "b")]
        self.augmentation_parameters: list[tuple[str, str, Any]] = []
        self.interrupt = False

    def tell(self, plugin: Any, hook: str, facts: Any) -> None:
        self.augmentation_parameters.append((plugin.name, hook, facts))
        if plugin.name == "failing":
            raise KeyboardInterrupt if self.interrupt else SystemExit("no more")


def test_events_reach_every_plugin_and_one_that_fails_no_more(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: Any
) -> None:
    found = Plugins()
    monkeypatch.setattr(telling, "plugins", lambda: found)
    events = Events(tmp_path)
    events.tell("step_ended", 5, metrics={"a": 1})
    facts = {"run": tmp_path, "samples": 5, "metrics": {"a": 1}}
    assert found.augmentation_parameters == [
        (name, "mmgan_step_ended", facts) for name in ("a", "failing", "b")
    ]
    said = " ".join(capsys.readouterr().err.split())
    assert (
        said
        == "plugin failing failed in mmgan_step_ended and is not called again: SystemExit: no more"
    )
    events.tell("run_ended", 6)
    assert [name for name, _, _ in found.augmentation_parameters[3:]] == ["a", "b"]
    Events(tmp_path, quiet=True).tell("run_ended", 6)
    assert len(found.augmentation_parameters) == 5
    found.interrupt = True
    with pytest.raises(KeyboardInterrupt):
        Events(tmp_path).tell("run_ended", 6)


# Signals


def test_a_signal_is_remembered_and_a_second_ctrl_c_ends() -> None:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        seen: list[int] = []
        signal.signal(number, lambda number, frame, seen=seen: seen.append(number))
        handler = signal.getsignal(number)
        with Interruption() as interruption:
            assert interruption.signal is None
            signal.raise_signal(number)
            assert interruption.signal == number
            assert seen == []
            signal.raise_signal(number)
            assert seen == ([number] if number == signal.SIGINT else [])
        assert signal.getsignal(number) is handler
        signal.signal(number, before[number])
    assert {number: signal.getsignal(number) for number in before} == before


def test_in_another_thread_signals_are_left_alone() -> None:
    before, found = signal.getsignal(signal.SIGINT), []

    def work() -> None:
        with Interruption() as interruption:
            found.append((interruption.signal, signal.getsignal(signal.SIGINT)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [(None, before)]


# The display


def display(monkeypatch: pytest.MonkeyPatch, *, show: bool = True, terminal: bool = False) -> Any:
    console = Console(force_terminal=terminal, width=200, record=True, file=io.StringIO())
    monkeypatch.setattr(displaying, "console", lambda: console)
    recipe = Recipe.model_validate(
        {
            "name": "one",
            "data": "a/b",
            "train": {"samples": 1_000},
            "make": {"x": {"generator": "a/b", "discriminator": "a/b", "loss": "a/b"}},
        }
    )
    return Display(recipe, 100, show=show), console


METRICS = {"x/d": 0.12345, "x/g": 2.0, "y/auxiliary": 0.5}


def test_lines_come_twenty_times_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    shown, console = display(monkeypatch)
    with shown:
        for samples in (49, 50, 60, 99, 100, 400, 401):
            shown.advance(samples)
            shown.say(METRICS, {"x": "healthy"})
    assert console.export_text().splitlines() == [
        f"{samples}/1,000  x D 0.123 G 2.000 [healthy]" for samples in (50, 100, 400)
    ]


def test_terms_alone_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    shown, console = display(monkeypatch)
    with shown:
        shown.advance(1_000)
        shown.say(METRICS, {"x": "healthy", "y": "auxiliary losses alone"})
    assert console.export_text().strip() == (
        "1,000/1,000  x D 0.123 G 2.000 [healthy]  y auxiliary 0.500 [auxiliary losses alone]"
    )


def test_nothing_is_shown_where_nothing_is_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    for terminal in (False, True):
        shown, console = display(monkeypatch, show=False, terminal=terminal)
        with shown:
            shown.advance(1_000)
            shown.say(METRICS, {"x": "healthy"})
        assert console.export_text() == ""


def test_a_terminal_has_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    shown, console = display(monkeypatch, terminal=True)
    task = shown._bar.tasks[0]
    assert (task.completed, task.total) == (100, 1_000)
    with shown as inside:
        assert inside is shown
        assert shown._bar.live.is_started
        shown.advance(1_234 - 734)
        shown.say(METRICS, {"x": "healthy"})
        assert task.completed == 500
        assert task.fields["words"] == r"x D 0.123 G 2.000 \[healthy]"
    assert not shown._bar.live.is_started
    text = console.export_text()
    assert "one" in text
    assert "500/1,000" in text
    assert "[healthy]" in text
    assert text.count("0.123") <= 3, "no line of its own"


def test_a_log_file_gets_a_line_now_and_then_with_the_time_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After 10 seconds, 20 more, 40 more; 2 samples a second were seen since the first step."""
    now = iter(range(1_000))
    monkeypatch.setattr(displaying, "time", SimpleNamespace(monotonic=lambda: seconds))
    monkeypatch.setattr(waiting, "time", SimpleNamespace(monotonic=lambda: seconds))
    shown, console = display(monkeypatch)
    monkeypatch.setattr(shown, "_total", 100_000)
    with shown:
        for seconds in now:
            shown.advance(102 + 2 * seconds)
            if seconds == 20:
                shown.say(METRICS, {"x": "healthy"})
            if seconds == 75:
                break
    assert console.export_text().splitlines() == [
        "122/100,000  2/s, 13:52:19 left",
        "162/100,000  2/s, 13:51:59 left  x D 0.123 G 2.000 [healthy]",
        "242/100,000  2/s, 13:51:19 left  x D 0.123 G 2.000 [healthy]",
    ]


def test_a_last_batch_beyond_the_end_leaves_no_time_of_less_than_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seconds = 0.0
    monkeypatch.setattr(displaying, "time", SimpleNamespace(monotonic=lambda: seconds))
    shown, console = display(monkeypatch)
    with shown:
        shown.advance(100)
        seconds = 50.0
        shown.advance(1_010)
        shown.say(METRICS, {"x": "healthy"})
    assert ", 0:00:00 left" in console.export_text()


@pytest.mark.parametrize("terminal", [True, False])
def test_a_word_that_is_not_healthy_points_once_at_its_page(
    monkeypatch: pytest.MonkeyPatch, terminal: bool
) -> None:
    shown, console = display(monkeypatch, terminal=terminal)
    with shown:
        for samples, word in ((10, "starting"), (20, "D lost"), (30, "collapsing")):
            shown.advance(samples)
            shown.say(METRICS, {"x": word})
    text = console.export_text()
    assert text.count("what 'D lost' means, and what helps: docs/how-to/health.md") == 1
    assert text.count("what helps") == 1


def test_progress_in_a_log_file_is_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in the first ten seconds, and no empty lines; steps beyond the end are cut."""
    console = Console(force_terminal=False, width=200, record=True, file=io.StringIO())
    monkeypatch.setattr(waiting, "console", lambda: console)
    seconds = 0.0
    monkeypatch.setattr(waiting, "time", SimpleNamespace(monotonic=lambda: seconds))
    with waiting.progress("preparing [x]", 1_250) as advance:
        for seconds in (1.0, 9.0, 11.0, 12.0, 29.0, 32.0):  # noqa: B007
            advance(250)
    assert console.export_text().splitlines() == [
        "preparing [x]: 750 of 1,250, 68.2/s, 0:00:07 left",
        "preparing [x]: 1,250 of 1,250, 39.1/s, 0:00:00 left",
    ]


def test_the_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    rate = displaying._Rate()
    assert rate.render(SimpleNamespace(speed=1_234.6)).plain == "1,235/s"  # type: ignore[arg-type]
    assert rate.render(SimpleNamespace(speed=None)).plain == "0/s"  # type: ignore[arg-type]


# TensorBoard


def test_a_board_is_written_where_it_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    calls: list[Any] = []

    class Writer:
        def __init__(self, folder: str) -> None:
            calls.append(folder)

        def add_scalar(self, *what: Any) -> None:
            calls.append(what)

        def add_image(self, name: str, page: Any, samples: int, dataformats: str) -> None:
            calls.append((name, page.shape, samples, dataformats))

        def close(self) -> None:
            calls.append("close")

    for name, module in (("torch.utils.tensorboard", SimpleNamespace(SummaryWriter=Writer)),):
        monkeypatch.setitem(sys.modules, name, module)  # type: ignore[arg-type]
    for wanted in (False, True):
        board = TensorBoard(tmp_path, wanted=wanted)
        board.log(5, {"a": 1.0, "b": 2.0})
        board.show(6, Image.new("RGB", (3, 2)))
        board.close()
    assert calls == [
        str(tmp_path / "tensorboard"),
        ("a", 1.0, 5),
        ("b", 2.0, 5),
        ("samples", (2, 3, 3), 6, "HWC"),
        "close",
    ]
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    TensorBoard(tmp_path, wanted=False)
    with pytest.raises(MmganError, match="needs the tensorboard package"):
        TensorBoard(tmp_path, wanted=True)


# Another model's weights


class Two(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Parameter(torch.zeros(2))
        self.two = nn.Parameter(torch.zeros(2))
        self.count = nn.Buffer(torch.zeros(()))


def test_what_fits_in_name_and_shape_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = {
        "one": torch.ones(2),
        "two": torch.ones(3),
        "count": torch.ones(()),
        "three": torch.ones(2),
    }
    asked: list[str] = []
    monkeypatch.setattr(tuning, "_weights", lambda name: asked.append(name) or theirs)
    gan: Any = Two()
    found = take_over(gan, "other")
    assert asked == ["other"]
    assert found == TakenOver("other", ("count", "one"), ("two",))
    assert (gan.one.tolist(), gan.two.tolist(), gan.count.item()) == ([1, 1], [0, 0], 1)
    assert str(found) == "began with 2 weights of other; 1 are new, such as two"
    theirs["two"] = torch.ones(2)
    assert str(take_over(gan, "other")) == "began with 3 weights of other"
    monkeypatch.setattr(tuning, "_weights", lambda name: {"three": torch.ones(2)})
    with pytest.raises(UsageError, match="nothing of other fits this recipe"):
        take_over(gan, "other")


def test_weights_of_a_run_are_its_newest_averages_and_its_discriminators(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no checkpoint in"):
        tuning._weights(f"run:{tmp_path}")
    saved(tmp_path, "000000000050")
    newest = {**TENSORS, "ema": {"g": torch.tensor(7.0)}}
    save_checkpoint(tmp_path / "checkpoints" / "000000000100", newest, {})
    found = tuning._weights(f"run:{tmp_path}")
    assert {name: tensor.tolist() for name, tensor in found.items()} == {
        "g": 7.0,
        "discriminators.x.d": [1, 2],
    }
