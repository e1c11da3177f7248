"""A training run: the loop from a recipe to a run directory with a usable model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from mmgan_core.assembly.blueprint import Blueprint
from mmgan_core.assembly.opening import open_recipe
from mmgan_core.contracts import DataSource
from mmgan_core.data.feed import Feed, open_feed
from mmgan_core.data.found import Found, found_in
from mmgan_core.errors import DataError, UsageError
from mmgan_core.foundation.arithmetic import choose_arithmetic
from mmgan_core.foundation.devices import AUTO
from mmgan_core.foundation.files import writing
from mmgan_core.foundation.kept_files import KeptFiles, kept_name, open_file
from mmgan_core.foundation.progress import console
from mmgan_core.health.advice import advise, teacher
from mmgan_core.health.words import health
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.plugins.events import Events
from mmgan_core.recipe.reading import dump
from mmgan_core.recipe.schema import Recipe
from mmgan_core.runs.checkpoint import checkpoints
from mmgan_core.runs.own_code import own_code, refuse_other_code
from mmgan_core.runs.read_off import with_what_was_read_off
from mmgan_core.runs.run_directory import (
    RunDirectory,
    lock_of,
    read_metrics,
    refuse_other_models,
)
from mmgan_core.training.callbacks import Callback, Callbacks
from mmgan_core.training.display import Display
from mmgan_core.training.ema import Ema
from mmgan_core.training.fine_tuning import TakenOver, take_over
from mmgan_core.training.interruption import Interruption
from mmgan_core.training.minutes import recipe_for_minutes
from mmgan_core.training.pace import LOG_EVERY, SAMPLE_EVERY, Patience, due, passed
from mmgan_core.training.phases import Networks
from mmgan_core.training.preview import Preview
from mmgan_core.training.processes import Processes
from mmgan_core.training.snapshot import Writing
from mmgan_core.training.tensorboard import TensorBoard
from mmgan_core.training.trainer import Metrics, Stopwatch, Trainer, describe
from mmgan_core.training.watching import Watch
from mmgan_core.zoo.loading import frozen_model

# This share of the weights of the start in the average can be seen in samples.
_MUCH = 0.05


@dataclass(frozen=True)
class Run:
    """How a training run ended.

    Attributes:
        path: the run directory.
        samples: how many samples training has seen.
        outcome: ``"finished"`` or ``"stopped"``.
        signal: the signal that stopped it, or None.
        sheet: the newest sample sheet, or None.
        main: whether this is the process that prints and writes.
    """

    path: Path
    samples: int
    outcome: str
    signal: int | None
    sheet: Path | None
    main: bool = True


def train(
    recipe: Recipe,
    run: Path,
    *,
    resume: bool = False,
    cpu: bool = False,
    device: str = AUTO,
    init_from: str = "",
    minutes: float | None = None,
    callbacks: Sequence[Callback] = (),
) -> Run:
    """Train a recipe, and write checkpoints, metrics and sample sheets into a run directory.

    Args:
        run: the run directory.
        resume: continue from the newest checkpoint in it.
        cpu: short for the device ``cpu``.
        device: ``cpu``, ``cuda``, ``cuda:1``, ``mps``; or ``auto``, a GPU if there is one.
        init_from: a model, named as for ``load``, from which weights that fit are copied.
        minutes: how long training may take on this machine, in place of the recipe's samples;
            what follows from it stands in the recipe of the run.
        callbacks: functions that see each line of metrics; see ``TrainingProgress``.

    Raises:
        MmganError: if the recipe, the data or the directory cannot be used; nothing is left
            half-written.
    """
    if minutes is not None and resume:
        raise UsageError(
            "a training that goes on is as long as its recipe says: leave out --minutes",
            hint=f"mmgan-zoo train {run}/recipe.yaml --run {run} --resume; for longer: "
            "--set train.samples=N",
        )
    if not resume and RunDirectory(run).started:
        raise UsageError(
            f"{run} holds a training already",
            hint="go on with --resume, or name another: --run DIR",
        )
    if resume and init_from:
        raise UsageError("a training that goes on has weights already: leave out --init-from")
    if minutes is not None:
        recipe = recipe_for_minutes(recipe, minutes, device="cpu" if cpu else device)
    read_file = open_file
    if resume and RunDirectory(run).started:
        recipe = with_what_was_read_off(recipe, run)
        read_file = KeptFiles(run).open_either
    blueprint, source = open_recipe(recipe, frozen_model, read_file)
    processes = Processes(cpu=cpu, device=device)
    # Denormal numbers, which become frequent late in training, make a CPU several times slower.
    torch.set_flush_denormal(True)
    choose_arithmetic()
    with torch.random.fork_rng(devices=[]):
        networks = Networks(blueprint)
        taken = take_over(networks.gan, init_from) if init_from else None
        feed = open_feed(blueprint, networks.gan, source, "train")
        trainer = Trainer(blueprint, networks, feed, processes)
        with _directory(run, processes) as directory:
            told = Callbacks(callbacks, trainer, directory.path)
            session = _Session(blueprint, trainer, directory, source, taken, told)
            # Not earlier: while data are prepared, Ctrl-C must end the program at once.
            with Interruption() as interruption:
                session.start(resume)
                return session.go(interruption)


def default_run(recipe: Recipe) -> Path:
    """The run directory of a recipe if none is named."""
    return Path("runs") / (recipe.name or "run")


class _Unlocked(RunDirectory):
    """The run directory in the other processes; only the main process locks and writes it."""

    def __enter__(self) -> RunDirectory:
        return self

    def __exit__(self, *error: object) -> None:
        return None


def _directory(run: Path, processes: Processes) -> RunDirectory:
    return RunDirectory(run) if processes.main else _Unlocked(run)


class _Session:
    """One session of a run: from its start or a checkpoint until it is finished or stopped."""

    def __init__(
        self,
        blueprint: Blueprint,
        trainer: Trainer,
        directory: RunDirectory,
        source: DataSource,
        taken: TakenOver | None,
        callbacks: Callbacks | None = None,
    ) -> None:
        self.blueprint, self.trainer, self.directory = blueprint, trainer, directory
        self.recipe = blueprint.recipe
        self.main = trainer.processes.main
        self.path = directory.path
        self.taken = taken
        self.callbacks = callbacks or Callbacks((), trainer, self.path)
        self.events = Events(self.path, quiet=not self.main)
        self.shown = _shown(blueprint, trainer, source, directory)
        self.found = found_in(source, blueprint, trainer.feed.tables) if self.main else Found()
        self.preview = Preview(blueprint, trainer.gan, self.shown)
        self.watch = Watch(blueprint, trainer, self.shown)
        # What was last watched, which later lines are read with, and the samples of the last line.
        self.watched: Metrics = {}
        self.logged = 0
        self.sheet: Path | None = None
        self.noted: set[str] = set()
        self.saved_at: int | None = None
        self.writing = Writing(self.path, trainer.device, self._tell_saved)
        wanted = self.main and self.recipe.train.tensorboard
        self.board = TensorBoard(self.path, wanted=wanted)

    def start(self, resume: bool) -> None:
        """Begin the run directory, or restore the newest checkpoint in it."""
        resolved = self.blueprint.resolved()
        models = {place: model.digest for place, model in self.blueprint.models().items()}
        code = own_code(self.blueprint, catalogue())
        kept, files = KeptFiles(self.path), self.blueprint.files()
        if resume and self.directory.started:
            # First: other models have other statistics, which the recipe holds.
            refuse_other_models(self.path, models)
            refuse_other_code(self.path, code)
            self.directory.refuse_other_recipe(resolved)
            for content in files.values():
                kept.open(kept_name(content))
            saved = checkpoints(self.path)
            if saved:
                self.trainer.restore(saved[-1])
                self.saved_at = self.trainer.samples
            elif self.main:
                self._say(f"{self.path} has no checkpoint yet: its training begins anew")
        if not self.main:
            return
        digest = ",".join(table.digest for table in self.trainer.feed.tables)
        if self.directory.started:
            self.directory.drop_metrics_after(self.trainer.samples)
            self._recall()
            self.directory.write("resolved.yaml", dump(resolved))
            self._note_stretch(digest)
        else:
            if resume:
                console().print(
                    f"nothing to go on from in {self.path}: starting anew", markup=False
                )
            lock = self._lock(digest)
            if models:
                lock["models"] = models
            if code:
                lock["code"] = code
            if self.taken:
                lock["begun_with"] = str(self.taken)
                console().print(str(self.taken), markup=False)
            kept.write(files.values())
            self.directory.begin(dump(self.recipe.as_given), resolved, lock)
        self.directory.write("data.json", json.dumps(self.found.plain(), indent=1))
        self._note_bad_rows()
        self._say_start()
        self.events.tell("run_started", self.trainer.samples, recipe=resolved)

    def go(self, interruption: Interruption) -> Run:
        """Train until ``train.samples`` samples have been seen or a signal comes."""
        trainer, outcome = self.trainer, "failed"
        try:
            with Display(self.recipe, trainer.samples, show=self.main) as display:
                stopped = self._loop(interruption, display)
            outcome = "stopped" if stopped else "finished"
            self._save()
            self._write_sheet()
            self.writing.finish()
            self._advise()
        finally:
            try:
                self.writing.finish()
            finally:
                self.board.close()
                self.events.tell("run_ended", trainer.samples, outcome=outcome)
        return Run(self.path, trainer.samples, outcome, interruption.signal, self.sheet, self.main)

    def _loop(self, interruption: Interruption, display: Display) -> bool:
        trainer, settings = self.trainer, self.recipe.train
        watch = Stopwatch(trainer.samples)
        patience = Patience(wanted=self.main and not any(self.directory.samples.glob("*.png")))
        while trainer.samples < settings.samples:
            before = trainer.samples
            trainer.train_step()
            self.writing.look()
            display.advance(trainer.samples)
            if due(before, trainer.samples, settings.log_every, LOG_EVERY):
                self._log(watch, display)
            overdue = patience.over(drawn=self.sheet is not None)
            if overdue or due(before, trainer.samples, settings.sample_every, SAMPLE_EVERY):
                self._write_sheet()
            if passed(before, trainer.samples, settings.checkpoint_every):
                self._save()
            if self._asked_to_stop(interruption):
                return True
        return False

    def _asked_to_stop(self, interruption: Interruption) -> bool:
        # All processes must stop after the same step, and each check costs a message.
        if self.trainer.processes.count > 1 and self.trainer.step % 20:
            return False
        return self.trainer.processes.any(interruption.signal is not None or self.callbacks.stop)

    def _log(self, watch: Stopwatch, display: Display) -> None:
        self.trainer.refuse_divergence(self.path)
        metrics = self.trainer.metrics()
        if not self.main:
            return
        if self.watch.due(self.logged, self.trainer.samples):
            self.watched = self.watch.measure()
            metrics |= self.watched
        self.logged = self.trainer.samples
        known = self.watched | metrics
        words = {
            name: health(known, name, teacher(self.recipe, name), samples=self.trainer.samples)
            for name in self.recipe.make
        }
        rate = watch.rate(self.trainer.samples)
        row = {"samples": self.trainer.samples, **describe(metrics), "rate": round(rate, 1)}
        self.directory.append_metrics({**row, "health": words})
        self.board.log(self.trainer.samples, metrics)
        display.say(metrics, words)
        self.events.tell("step_ended", self.trainer.samples, metrics=metrics)
        self.callbacks.tell(metrics, words)

    def _recall(self) -> None:
        """Recall what was watched before, so that words go on as in a training in one go."""
        for row in read_metrics(self.path):
            self.logged = int(row["samples"])
            self.watched |= self.watch.recalled(row)

    def _advise(self) -> None:
        """Say what to change, if the last part of the training was ill."""
        if not self.main:
            return
        for one in advise(read_metrics(self.path), self.recipe):
            self._say(str(one))
            self.directory.note(str(one))

    def _save(self) -> None:
        # The last step may have been saved already; writing it again would only put it at risk.
        if self.saved_at == self.trainer.samples:
            return
        self.trainer.refuse_divergence(self.path)
        snapshot = self.trainer.snapshot()
        self.saved_at = self.trainer.samples
        if self.main:  # of data that are streamed, they are found while training
            self._note_bad_rows()
        if snapshot:
            self.writing.begin(snapshot)

    def _tell_saved(self, folder: Path, samples: int) -> None:
        self.events.tell("checkpoint_saved", samples, checkpoint=folder)

    def _write_sheet(self) -> None:
        file = self.directory.samples / f"{self.trainer.samples:012d}.png"
        if not self.main or file == self.sheet:
            return
        with self.trainer.ema.applied(self.trainer.gan):
            page = self.preview.render(self.trainer.device)
        with writing(file, "the sample sheet"):
            page.save(file)
        self.board.show(self.trainer.samples, page)
        self.sheet = file
        self.events.tell("sheet_saved", self.trainer.samples, sheet=file)

    def _lock(self, digest: str) -> dict[str, object]:
        lock = lock_of(self.recipe.seed, digest, str(self.trainer.device))
        return {**lock, "rows": len(self.trainer.feed)}

    def _note_stretch(self, digest: str) -> None:
        """Note with what the training goes on, and warn where bits will differ."""
        differ = self.directory.add_stretch(self.trainer.samples, self._lock(digest))
        warnings = []
        if "data" in differ:
            warnings.append(
                "the data have changed since this run began: their order differs from here on"
            )
        others = [what for what in differ if what not in ("data", "rows")]
        if others:
            warnings.append(
                f"{', '.join(others)} differ from before: from here on the weights are not bit for "
                "bit those of a training in one go"
            )
        for warning in warnings:
            self.directory.note(f"at {self.trainer.samples} samples: {warning}")
            console().print(f"[yellow]{warning}[/yellow]")

    def _say_start(self) -> None:
        for line in self.found.lines():
            self._say(line)
        seen, rows = self.trainer.samples, len(self.trainer.feed)
        doing, of = ("continuing", f"{seen:,} of ") if seen else ("training", "")
        self._say(
            f"{doing} on {self.trainer.device}, with {rows:,} rows; "
            f"{of}{self.recipe.train.samples:,} samples; everything goes to {self.path}"
        )
        average = self.recipe.train.ema
        left = Ema.left_of_the_start(average, self.recipe.train.samples)
        if left > _MUCH and not seen:
            self._say(
                f"samples are of averaged weights, and in the end {left:.0%} of the average would "
                "still be the weights of the start: set train.ema.warm_up: 0.05"
            )

    def _note_bad_rows(self) -> None:
        found = [
            f"skipped {row.where} for {entry}: {row.reason}"
            for feed in dict.fromkeys((self.trainer.feed, self.shown))
            for entry, rows in feed.bad.items()
            for row in rows
        ]
        lines = [line for line in found if line not in self.noted]
        self.noted.update(lines)
        for line in lines:
            self.directory.note(line)
        if lines:
            count = f"{len(lines)} value{'s'[: len(lines) != 1]}"
            self._say(f"skipped {count} that cannot be read; named in {self.directory.log}")

    def _say(self, text: str) -> None:
        console().print(text, markup=False, highlight=False, soft_wrap=True)


def _shown(
    blueprint: Blueprint, trainer: Trainer, source: DataSource, directory: RunDirectory
) -> Feed:
    """The rows whose conditions sample sheets show: of the test split, if there is one."""
    try:
        return open_feed(blueprint, trainer.gan, source, "test", complete=True)
    except DataError as error:
        if trainer.processes.main:
            said = f"sample sheets show training data: {error.message}"
            directory.note(said)
            console().print(said, markup=False)
        return trainer.feed
