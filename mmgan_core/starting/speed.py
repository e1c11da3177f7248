"""How fast this machine trains a recipe, from a few real steps on a few rows."""

from __future__ import annotations

import time
from collections.abc import Mapping

import torch
from torch.nn import functional

from mmgan_core.assembly.assemble import make_blueprint
from mmgan_core.assembly.blueprint import Blueprint
from mmgan_core.assembly.choosing import chosen_part, evaluator_modality
from mmgan_core.contracts import DataSource, Table
from mmgan_core.data.feed import open_feed
from mmgan_core.data.some_rows import SomeRows
from mmgan_core.evaluation.evaluator import new_evaluator
from mmgan_core.foundation.kept_files import open_file
from mmgan_core.options import Options
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.recipe.reading import check
from mmgan_core.starting.budget import Rates
from mmgan_core.starting.columns import spread
from mmgan_core.training.phases import Networks
from mmgan_core.training.processes import Processes
from mmgan_core.training.trainer import Trainer
from mmgan_core.zoo.loading import frozen_model

ROWS = 128
# Steps of one turn of the lazy penalties; new turns begin until so many seconds are over.
STEPS, ENOUGH = 4, 1.5
SMALL = 16


def rates_of(recipe: Mapping[str, object], source: DataSource, device: str = "auto") -> Rates:
    """Train a few steps of a recipe, and return how many samples a second that is."""
    few = _Few(source)
    checked = check(dict(recipe), "init")
    blueprint = make_blueprint(checked, catalogue(), few.tables("train"), frozen_model, open_file)
    networks = Networks(blueprint)
    feed = open_feed(blueprint, networks.gan, few, "train")
    torch.set_flush_denormal(True)
    trainer = Trainer(blueprint, networks, feed, Processes(device=device))
    trainer.train_step()
    trainer.metrics()  # waits for the device
    turns: list[tuple[float, float]] = []
    began = time.perf_counter()
    # The best turn: another program may have taken the machine during one of them.
    while not turns or time.perf_counter() - began < ENOUGH:
        turns.append(_turn(trainer))
    samples = STEPS * checked.train.batch_size * checked.train.n_critic
    took, worked = min(turns)
    # Threads that wait for each other are at work too, so that this is what a quiet machine takes.
    alone = samples / worked if trainer.device.type == "cpu" and worked else 0.0
    return Rates(samples / took, _evaluator(blueprint, few), alone)


def _turn(trainer: Trainer) -> tuple[float, float]:
    """Return how many seconds a turn of the lazy penalties takes, and how long threads work."""
    began, began_work = time.perf_counter(), time.process_time()
    for _ in range(STEPS):
        trainer.train_step()
    trainer.metrics()
    worked = (time.process_time() - began_work) / torch.get_num_threads()
    return time.perf_counter() - began, worked


def _evaluator(blueprint: Blueprint, source: DataSource) -> float:
    """Return how many samples a second an evaluator learns from, on the CPU."""
    ((name, made),) = blueprint.make.items()
    choice = blueprint.recipe.make[name].evaluator
    if choice is None:
        return 0.0
    part = chosen_part("encoder", choice.encoder.use, choice.encoder.options, "init")
    modality = evaluator_modality(choice, made.modality, "init").build()
    evaluator = new_evaluator(part, modality, ("a", "b"))
    table = next(t for t in source.tables("train") if made.column in t.columns)
    values = [v for v in table.values(made.column, range(min(len(table), SMALL))) if v is not None]
    tensors = evaluator.encoder.prepare(values)
    wanted = torch.zeros(len(values), dtype=torch.long)
    evaluator.train()
    took = []
    for _ in range(3):  # the first one is slow
        began = time.perf_counter()
        functional.cross_entropy(evaluator(tensors)[1], wanted).backward()
        took.append(time.perf_counter() - began)
    return len(values) / min(took)


class _Few(DataSource):
    """A few rows of each table of another source, spread over it."""

    def __init__(self, source: DataSource) -> None:
        super().__init__(Options())
        self._source = source

    def tables(self, split: str) -> list[Table]:
        return [SomeRows(table, spread(len(table), ROWS)) for table in self._source.tables(split)]

    @property
    def pair_on(self) -> str:
        return self._source.pair_on
