"""Whole trainings: what they leave, how they go on, how they stop."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from mmgan_core import hookimpl
from mmgan_core.assembly.opening import open_recipe
from mmgan_core.errors import IntegrityError, MmganError, RecipeError, UsageError
from mmgan_core.plugins.manager import Plugin, plugins
from mmgan_core.recipe.schema import Recipe
from mmgan_core.runs.checkpoint import checkpoints, load_checkpoint, save_checkpoint
from mmgan_core.runs.run_directory import RunDirectory, read_metrics
from mmgan_core.training.phases import Networks, Phases
from mmgan_core.training.run import train
from mmgan_core.training.snapshot import Snapshot
from mmgan_core.training.trainer import Trainer
from mmgan_core.zoo.loading import load

Small = Callable[..., Recipe]


def tensors(run: Path, name: str) -> dict[str, torch.Tensor]:
    return load_file(checkpoints(run)[-1] / f"{name}.safetensors")


def same(one: Path, other: Path) -> bool:
    names = ["weights", "ema", "discriminator_optimizer", "generator_optimizer"]
    pairs = [(tensors(one, name), tensors(other, name)) for name in names]
    return all(a.keys() == b.keys() and all(torch.equal(a[k], b[k]) for k in a) for a, b in pairs)


def test_a_run_is_complete(small: Small, tmp_path: Path) -> None:
    result = train(small(), tmp_path / "run", cpu=True)
    assert (result.outcome, result.samples) == ("finished", 128)
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert {"recipe.yaml", "resolved.yaml", "lock.json", "metrics.jsonl"} <= names
    assert "tensorboard" not in names, "only if the recipe wants it"
    assert [path.name for path in checkpoints(tmp_path / "run")] == ["000000000064", "000000000128"]
    rows = read_metrics(tmp_path / "run")
    assert [row["samples"] for row in rows] == [32, 64, 96, 128]
    assert not any("alone" in row["health"]["image"] for row in rows), "of these metrics"
    assert result.sheet is not None
    assert result.sheet.is_file()
    lock = json.loads((tmp_path / "run" / "lock.json").read_text())
    assert lock["plugins"]["mmgan-image"]


def test_what_the_last_step_saved_is_not_saved_again(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[int] = []
    snapshot = Trainer.snapshot

    def noting(self: Trainer) -> Snapshot | None:
        saved.append(self.samples)
        return snapshot(self)

    monkeypatch.setattr(Trainer, "snapshot", noting)
    train(small(), tmp_path / "run", cpu=True)
    assert saved == [64, 128]


def test_both_networks_and_the_encoders_learn(small: Small, tmp_path: Path) -> None:
    train(small(train__samples=16, train__checkpoint_every=16), tmp_path / "a", cpu=True)
    train(small(train__samples=48, train__checkpoint_every=48), tmp_path / "b", cpu=True)
    one, other = tensors(tmp_path / "a", "weights"), tensors(tmp_path / "b", "weights")
    unchanged = {name for name in one if torch.equal(one[name], other[name])}
    learned = {name.split(".")[1] for name in one if name not in unchanged}
    assert {"generators", "discriminators", "encoders", "fusion"} <= learned
    averaged = tensors(tmp_path / "b", "ema")
    assert any(not torch.equal(averaged[n], other[f"gan.{n}"]) for n in averaged)


def test_auxiliary_losses_alone_train_until_the_adversarial_start(
    small: Small, tmp_path: Path
) -> None:
    late = {
        "make__image__terms": [{"use": "objectives/reconstruction", "weight": 3.0}],
        "make__image__adversarial_start": 64,
        "align": None,
    }
    train(small(**late), tmp_path / "whole", cpu=True)
    alone, _, both, _ = read_metrics(tmp_path / "whole")
    assert alone["health"] == {"image": "auxiliary losses alone"}
    assert alone["image/auxiliary"] > 0
    assert "image/d" not in alone
    assert {"image/d", "image/g", "image/auxiliary", "image/discriminator_accuracy"} <= set(both)

    first = load_file(checkpoints(tmp_path / "whole")[0] / "weights.safetensors")
    last = tensors(tmp_path / "whole", "weights")
    untaught = Networks(open_recipe(small(**late))[0]).state_dict()
    moved = [
        {name.split(".")[1] for name in one if not torch.equal(one[name], other[name])}
        for one, other in ((untaught, first), (first, last))
    ]
    assert moved[0] == {"generators"}
    assert {"generators", "discriminators", "encoders"} <= moved[1]

    train(small(**late, train__samples=64), tmp_path / "parts", cpu=True)
    train(small(**late), tmp_path / "parts", resume=True, cpu=True)
    assert same(tmp_path / "whole", tmp_path / "parts")


def test_the_same_seed_gives_the_same_weights(small: Small, tmp_path: Path) -> None:
    for name in ("a", "b"):
        torch.manual_seed(hash(name))
        train(small(), tmp_path / name, cpu=True)
    train(small(seed=1), tmp_path / "c", cpu=True)
    assert same(tmp_path / "a", tmp_path / "b")
    assert not same(tmp_path / "a", tmp_path / "c")


def test_n_and_n_more_steps_are_2n_steps(small: Small, tmp_path: Path) -> None:
    train(small(), tmp_path / "whole", cpu=True)
    train(small(train__samples=64), tmp_path / "parts", cpu=True)
    train(small(), tmp_path / "parts", resume=True, cpu=True)
    assert same(tmp_path / "whole", tmp_path / "parts")
    assert [row["samples"] for row in read_metrics(tmp_path / "parts")] == [32, 64, 96, 128]


def test_bf16_trains(small: Small, tmp_path: Path) -> None:
    train(small(train__precision="bf16", train__samples=32), tmp_path / "run", cpu=True)
    assert all(w.isfinite().all() for w in tensors(tmp_path / "run", "weights").values())


def test_sgd_with_clipping_and_different_rates(small: Small, tmp_path: Path) -> None:
    recipe = small(
        train__samples=32,
        train__optimizer="sgd",
        train__clip_gradient=1.0,
        train__learning_rate={"generator": 0.0, "discriminator": 0.1},
    )
    train(recipe, tmp_path / "a", cpu=True)
    train(
        small(
            train__samples=16,
            train__checkpoint_every=16,
            train__optimizer="sgd",
            train__learning_rate=0.0,
        ),
        tmp_path / "b",
        cpu=True,
    )
    one, other = tensors(tmp_path / "a", "weights"), tensors(tmp_path / "b", "weights")
    # Batch normalisation also counts while nothing is learned.
    counted = ("running_mean", "running_var", "num_batches_tracked")
    moved = {
        n.split(".")[1]
        for n in one
        if n.rpartition(".")[2] not in counted and not torch.equal(one[n], other[n])
    }
    assert "generators" not in moved
    assert "discriminators" in moved


def test_an_existing_run_is_not_overwritten(small: Small, tmp_path: Path) -> None:
    train(small(train__samples=16), tmp_path / "run", cpu=True)
    with pytest.raises(UsageError, match="--resume"):
        train(small(), tmp_path / "run", cpu=True)


def test_a_resume_with_another_recipe_shows_the_difference(small: Small, tmp_path: Path) -> None:
    train(small(train__samples=16), tmp_path / "run", cpu=True)
    before = (tmp_path / "run" / "resolved.yaml").read_text()
    with pytest.raises(RecipeError) as caught:
        train(small(train__batch_size=32), tmp_path / "run", resume=True, cpu=True)
    assert "-  batch_size: 16" in str(caught.value)
    assert "+  batch_size: 32" in str(caught.value)
    assert (tmp_path / "run" / "resolved.yaml").read_text() == before


def test_two_trainings_in_one_directory(small: Small, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, filelock; lock = filelock.FileLock(sys.argv[1]); lock.acquire();"
            "print('held', flush=True); sys.stdin.read()",
            str(tmp_path / "run" / ".lock"),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(UsageError, match="another training"):
            train(small(), tmp_path / "run", cpu=True)
        holder.terminate()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_unwritable_directory(small: Small, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(MmganError, match="cannot be written"):
        train(small(), tmp_path / "run", cpu=True)


def test_a_file_in_the_way(small: Small, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MmganError, match="cannot be written"):
        train(small(), tmp_path / "file" / "run", cpu=True)


def test_divergence_stops_with_the_batch_and_the_last_good(small: Small, tmp_path: Path) -> None:
    train(small(train__samples=64), tmp_path / "run", cpu=True)
    folder = checkpoints(tmp_path / "run")[-1]
    # A learning rate that nobody can survive, on a run that was healthy until here.
    recipe = small(train__samples=1_000, train__learning_rate=1e30, train__log_every=16)
    run = RunDirectory(tmp_path / "run")
    from mmgan_core.assembly.opening import open_recipe
    from mmgan_core.recipe.reading import dump

    run.write("resolved.yaml", dump(open_recipe(recipe)[0].resolved()))
    with pytest.raises(MmganError) as caught:
        train(recipe, tmp_path / "run", resume=True, cpu=True)
    assert str(folder) in str(caught.value)
    (dumped,) = (tmp_path / "run" / "failed").glob("*.safetensors")
    assert load_file(dumped)["real.image"].shape == (16, 1, 16, 16)
    assert checkpoints(tmp_path / "run")[-1] == folder


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_saves_and_stops(small: Small, tmp_path: Path, number: signal.Signals) -> None:
    recipe = small(train__samples=1_000_000, train__checkpoint_every=1_000_000)

    def stop() -> None:
        while not read_metrics(tmp_path / "run"):
            time.sleep(0.01)
        os.kill(os.getpid(), number)

    thread = threading.Thread(target=stop)
    thread.start()
    result = train(recipe, tmp_path / "run", cpu=True)
    thread.join()
    assert (result.outcome, result.signal) == ("stopped", number)
    assert int(checkpoints(tmp_path / "run")[-1].name) == result.samples
    whole = small(train__samples=result.samples, train__checkpoint_every=1_000_000)
    train(whole, tmp_path / "whole", cpu=True)
    assert same(tmp_path / "run", tmp_path / "whole")


def test_a_run_without_a_checkpoint_says_that_it_begins_anew(
    small: Small, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    train(small(train__samples=32), tmp_path / "run", cpu=True)
    shutil.rmtree(tmp_path / "run" / "checkpoints")
    capsys.readouterr()
    train(small(train__samples=32), tmp_path / "run", resume=True, cpu=True)
    said = " ".join(capsys.readouterr().err.split())
    assert "has no checkpoint yet: its training begins anew" in said


def test_loads_without_the_data(small: Small, tmp_path: Path, monkeypatch) -> None:
    train(small(train__samples=32), tmp_path / "run", cpu=True)
    monkeypatch.setattr(
        "mmgan_core.assembly.opening.open_source", lambda *a, **k: pytest.fail("it read the data")
    )
    model = load(f"run:{tmp_path / 'run'}")
    made = model.generate(text=["three", "seven"], label="three", seed=1)
    assert [image.size for image in made.image] == [(16, 16)] * 2
    files = made.save(tmp_path / "out")
    assert [file.suffix for file in files] == [".png", ".png"]


def test_sample_k_depends_on_the_seed_alone(small: Small, tmp_path: Path) -> None:
    train(small(train__samples=32), tmp_path / "run", cpu=True)
    model = load(f"run:{tmp_path / 'run'}")
    few = model.generate(label="two", count=2, seed=3).tensors["image"]
    many = model.generate(label="two", count=9, seed=3, batch=4).tensors["image"]
    other = model.generate(label="two", count=2, seed=4).tensors["image"]
    torch.testing.assert_close(many[:2], few, atol=1e-5, rtol=0)
    assert not torch.allclose(few, other)


def test_generate_refuses_what_it_cannot_use(small: Small, tmp_path: Path) -> None:
    train(small(train__samples=32), tmp_path / "run", cpu=True)
    model = load(f"run:{tmp_path / 'run'}")
    with pytest.raises(UsageError, match="did you mean 'audio'"):
        model.generate(audoi="x.wav")
    with pytest.raises(UsageError, match="different lengths"):
        model.generate(text=["one", "two"], label=["one", "two", "three"])
    with pytest.raises(UsageError, match=r"nothere\.wav"):
        model.generate(audio="nothere.wav")
    with pytest.raises(UsageError, match="label"):
        model.generate(label="eleven")
    with pytest.raises(UsageError, match="text: an empty list"):
        model.generate(text=[])
    with pytest.raises(UsageError, match="at least 1"):
        model.generate(batch=0)
    for device in ("cuda:99", "cdua", "meta"):
        with pytest.raises(UsageError, match=f"device '{device}' cannot be used"):
            load(f"run:{tmp_path / 'run'}", device=device)


def test_two_values_are_distinguished_from_samples_with_their_rate(
    small: Small, tmp_path: Path
) -> None:
    train(small(train__samples=16), tmp_path / "run", cpu=True)
    model = load(f"run:{tmp_path / 'run'}")
    assert len(model.generate(label=(3, 5)).image) == 2
    assert len(model.generate(label=("three", 5)).image) == 2
    sound = np.full(800, 0.1, np.float32)
    assert len(model.generate(audio=(sound, np.int64(8_000))).image) == 1
    assert len(model.generate(audio=((sound, 8_000), (sound, 8_000))).image) == 2


class Watcher:
    """A plugin that records its notifications, and fails once."""

    def __init__(self) -> None:
        self.notified: list[str] = []

    @hookimpl
    def mmgan_run_started(self, samples: int) -> None:
        self.notified.append(f"started {samples}")

    @hookimpl
    def mmgan_checkpoint_saved(self, samples: int) -> None:
        self.notified.append(f"saved {samples}")

    @hookimpl
    def mmgan_step_ended(self, metrics: dict[str, float]) -> None:
        assert metrics["image/d"] > 0
        raise RuntimeError("no more")

    @hookimpl
    def mmgan_run_ended(self, outcome: str) -> None:
        self.notified.append(outcome)


def test_plugins_are_notified_and_a_failing_one_is_not_called_again(
    small: Small, tmp_path: Path, capsys
):
    good, bad = Watcher(), Watcher()
    good.mmgan_step_ended = lambda metrics: None  # type: ignore[method-assign]
    found = plugins()
    for name, module in (("good", good), ("bad", bad)):
        found.manager.register(module, name)
        found.all.append(Plugin(name, name, module=module))  # type: ignore[arg-type]
    try:
        train(small(), tmp_path / "run", cpu=True)
    finally:
        for name in ("good", "bad"):
            found.manager.unregister(name=name)
        found.all[:] = [plugin for plugin in found.all if plugin.name not in ("good", "bad")]
    assert good.notified == ["started 0", "saved 64", "saved 128", "finished"]
    assert bad.notified == ["started 0"]
    assert "plugin bad failed in mmgan_step_ended" in capsys.readouterr().err


def test_tensorboard(small: Small, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    train(small(train__samples=32, train__tensorboard=True), tmp_path / "run", cpu=True)
    (file,) = (tmp_path / "run" / "tensorboard").iterdir()
    written = file.read_bytes()
    assert b"image/discriminator_accuracy" in written
    assert b"samples" in written


def test_batches_of_one(small: Small, tmp_path: Path) -> None:
    train(small(train__batch_size=1, train__samples=3, train__log_every=1), tmp_path / "run")
    rows = read_metrics(tmp_path / "run")
    assert len(rows) == 3
    assert "image/diversity" not in rows[0]
    assert "NaN" not in (tmp_path / "run" / "metrics.jsonl").read_text()


def test_clipping_may_be_a_schedule(small: Small, tmp_path: Path) -> None:
    common = {"train__samples": 32, "train__checkpoint_every": 16, "train__optimizer": "sgd"}
    schedule = {"from": 1e-3, "to": 1e9, "over": 16, "shape": "linear"}
    train(small(train__clip_gradient=1e-3, **common), tmp_path / "tight", cpu=True)
    train(small(train__clip_gradient=schedule, **common), tmp_path / "loosened", cpu=True)
    first, second = (
        [load_file(step / "weights.safetensors") for step in checkpoints(tmp_path / name)]
        for name in ("tight", "loosened")
    )
    assert all(torch.equal(first[0][name], second[0][name]) for name in first[0])
    assert any(not torch.equal(first[1][name], second[1][name]) for name in first[1])


def test_the_batch_of_the_phase_that_diverged_is_kept(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[torch.Tensor] = []

    def broken(self: Phases, batch, noise, **when):
        seen.append(batch.real["image"])
        loss = sum(weight.sum() for weight in self.networks.generator_side())
        return loss * float("nan"), {"image/g": loss.detach()}

    monkeypatch.setattr(Phases, "generator", broken)
    with pytest.raises(MmganError, match="the generator's loss was not finite in step 0"):
        train(small(), tmp_path / "run", cpu=True)
    (dumped,) = (tmp_path / "run" / "failed").iterdir()
    assert torch.equal(load_file(dumped)["real.image"], seen[0])


def test_broken_weights_are_not_saved(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    update = Trainer._step

    def breaking(self: Trainer, side: str) -> None:
        update(self, side)
        if self.step == 7 and side == "generator":  # the last; no loss will ever tell
            with torch.no_grad():
                self.sides[side][0].fill_(float("nan"))

    monkeypatch.setattr(Trainer, "_step", breaking)
    with pytest.raises(MmganError, match="a weight was not finite in step 7"):
        train(small(train__log_every=1_000), tmp_path / "run", cpu=True)
    assert [path.name for path in checkpoints(tmp_path / "run")] == ["000000000064"]


def test_a_checkpoint_of_other_components_is_refused(small: Small, tmp_path: Path) -> None:
    train(small(train__samples=64), tmp_path / "run", cpu=True)
    (folder,) = checkpoints(tmp_path / "run")
    tensors, state = load_checkpoint(folder)
    tensors["weights"].popitem()
    save_checkpoint(folder, tensors, state)
    with pytest.raises(IntegrityError, match="does not fit its recipe"):
        train(small(), tmp_path / "run", resume=True, cpu=True)


def test_a_resume_with_other_data_prints_a_warning(small: Small, tmp_path: Path, capsys) -> None:
    train(small(train__samples=16), tmp_path / "run", cpu=True)
    train(small(train__samples=32), tmp_path / "run", resume=True, cpu=True)
    assert "data have changed" not in capsys.readouterr().err
    lock = json.loads((tmp_path / "run" / "lock.json").read_text())
    (tmp_path / "run" / "lock.json").write_text(json.dumps({**lock, "data": "other"}))
    train(small(train__samples=48), tmp_path / "run", resume=True, cpu=True)
    assert "the data have changed" in capsys.readouterr().err
    assert "at 32 samples: the data have changed" in (tmp_path / "run" / "run.log").read_text()


def test_a_run_from_before_an_average_could_warm_up_goes_on_without(
    small: Small, tmp_path: Path
) -> None:
    train(small(), tmp_path / "whole", cpu=True)
    train(small(train__samples=64), tmp_path / "parts", cpu=True)
    file = tmp_path / "parts" / "resolved.yaml"
    later = ("    warm_up: 0.0\n", "  warm_up: 0\n", "  rates: {}\n", "  accumulate: 1\n")
    text = file.read_text().replace("every: 32", "every: 5000")
    for line in later:
        assert line in text
        text = text.replace(line, "")
    assert "warm_up" not in text
    file.write_text(text)
    with pytest.raises(RecipeError, match=r"\+ .*warm_up: 0\.05"):
        train(small(train__ema__warm_up=0.05), tmp_path / "parts", resume=True, cpu=True)
    train(small(train__log_every=None), tmp_path / "parts", resume=True, cpu=True)
    assert same(tmp_path / "whole", tmp_path / "parts")


def test_a_resume_without_a_checkpoint_prints_a_note(small: Small, tmp_path: Path, capsys) -> None:
    train(small(train__samples=16), tmp_path / "run", resume=True, cpu=True)
    assert "nothing to go on from" in capsys.readouterr().err
    train(small(train__samples=32, bad_rows=0.5), tmp_path / "run", resume=True, cpu=True)
    assert "nothing to go on from" not in capsys.readouterr().err


def test_files_that_cannot_be_written_are_named(small: Small, tmp_path: Path) -> None:
    (tmp_path / "a" / "metrics.jsonl").mkdir(parents=True)
    with pytest.raises(MmganError, match=r"metrics\.jsonl cannot be written"):
        train(small(), tmp_path / "a", cpu=True)
    (tmp_path / "b" / "samples" / "000000000016.png").mkdir(parents=True)
    with pytest.raises(MmganError, match=r"16\.png cannot be written"):
        train(small(train__samples=16), tmp_path / "b", cpu=True)


def test_a_signal_ends_the_preparation_of_data(
    small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, handlers = signal.getsignal(signal.SIGINT), []

    def interrupted(*args: object) -> None:
        handlers.append(signal.getsignal(signal.SIGINT))
        raise KeyboardInterrupt

    monkeypatch.setattr("mmgan_core.training.run.open_feed", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train(small(), tmp_path / "run", cpu=True)
    assert handlers == [before]


def test_without_auxiliary_losses_nothing_trains_before_the_adversarial_start(small: Small) -> None:
    with pytest.raises(RecipeError, match=r"adversarial_start: there are no auxiliary losses"):
        small(make__image__adversarial_start=64)
