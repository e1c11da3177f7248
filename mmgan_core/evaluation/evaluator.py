"""Measures a run: every subset of what may be given, true against shuffled."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mmgan_core.assemble import Part, find_column
from mmgan_core.catalogue import catalogue
from mmgan_core.component import options_of
from mmgan_core.contracts import Judged, Metric, Modality
from mmgan_core.data.feed import Feed, open_feed
from mmgan_core.data.opening import open_source
from mmgan_core.data.pairing import Rows
from mmgan_core.errors import UsageError
from mmgan_core.evaluation.judge import Judge, Lesson, trained_judge
from mmgan_core.loading import load_run
from mmgan_core.model import Model
from mmgan_core.progress import progress
from mmgan_core.recipe import Judge as JudgeChoice
from mmgan_core.training.events import Events

NOTHING = "nothing"


@dataclass(frozen=True)
class Evaluation:
    """The numbers of one run, each with its conditions.

    Attributes:
        rows: one mapping a number.
        path: the JSON file that holds them.
    """

    rows: list[dict[str, Any]] = field(repr=False)
    path: Path

    def table(self) -> str:
        """The numbers as a Markdown table."""
        head = (
            "| makes | given | number | value | 95 % | floor | n |\n|---|---|---|---|---|---|---|"
        )
        lines = []
        for row in self.rows:
            interval = "" if row["low"] is None else f"{row['low']:.3f}-{row['high']:.3f}"
            floor = "" if row["floor"] is None else f"{row['floor']:.3f}"
            lines.append(
                f"| {row['entry']} | {row['given']} | {row['name']} | {row['value']:.3f} "
                f"| {interval} | {floor} | {row['n']} |"
            )
        notes = {
            f"{row['entry']}: judged on {row['split']} by {row['judge']} ({row['judge_hash']}), "
            f"which reads {row['judge_accuracy']:.1%} of real samples right; seed {row['seed']}, "
            f"{row['samples']:,} samples trained."
            for row in self.rows
        }
        return "\n".join([head, *lines, "", *sorted(notes)])


def evaluate(run: Path, *, count: int | None = None, seed: int = 0) -> Evaluation:
    """Measure the newest checkpoint of a run and write ``evaluation.json`` into it.

    Args:
        count: samples made for each number; default: the recipe's.
        seed: decides the noise and the shuffling.

    Raises:
        UsageError: if the recipe names no judge.
    """
    model = load_run(run, device=torch.device("cpu"))
    recipe = model.blueprint.recipe
    judges = {name: entry.judge for name, entry in recipe.make.items() if entry.judge}
    if not judges:
        raise UsageError(
            f"the recipe of {run} names no judge",
            hint="add to make.NAME: judge: {encoder: {use: image/conv}, target: label}",
        )
    source = open_source(recipe.data.model_dump(), catalogue())
    feeds = [open_feed(model.blueprint, model.gan, source, split) for split in ("test", "train")]
    samples = model.samples
    wanted = count or recipe.evaluate.count
    rows = []
    for name, choice in judges.items():
        measured = _Measured(model, name, choice, *feeds)
        common = {"split": "test", "seed": seed, "samples": samples}
        rows += [{"entry": name, **row, **common} for row in measured.rows(wanted, seed)]
    path = run / "evaluation.json"
    path.write_text(json.dumps(rows, indent=1), encoding="utf-8")
    Events(run).tell("evaluated", samples, measurements=rows)
    return Evaluation(rows, path)


class _Measured:
    """One made entry under its judge."""

    def __init__(
        self, model: Model, name: str, choice: JudgeChoice, test: Feed, train: Feed
    ) -> None:
        self.model, self.name, self.target = model, name, choice.target
        self.test, self.train = test, train
        self.modality: Modality = model.gan.modalities[name]
        where = f"make.{name}.judge.encoder"
        cls = catalogue().load("encoder", choice.encoder.use, where=where)
        spec = catalogue().get("encoder", choice.encoder.use)
        self.part = Part(spec, cls, options_of(cls, choice.encoder.options, where=where), where)
        self.column = model.blueprint.make[name].column
        lesson = Lesson(self.column, choice.target, choice.samples)
        self.judge: Judge = trained_judge(
            self.part, self.modality, lesson, train.tables, test.tables
        )
        self.metrics: list[Metric] = [
            cls(options_of(cls, metric.options, where="evaluate.metrics"))
            for metric in model.blueprint.recipe.evaluate.metrics
            for cls in [catalogue().load("metric", metric.use, where="evaluate.metrics")]
        ]

    def rows(self, count: int, seed: int) -> Iterator[dict[str, Any]]:
        """Every number of this entry."""
        drawn = self.test.rows(0, count)
        real = self._real(self.test, min(count, len(self.test)))
        held_out = self._real(self.train, min(len(real.features), len(self.train)))
        plans = list(self._plans())
        with progress(f"evaluating {self.name}", len(plans)) as advance:
            for label, given, shuffled in plans:
                fake = self._fake(drawn, given, seed, shuffled)
                for metric in self.metrics:
                    for measurement in metric.measure(fake, real, held_out):
                        yield self._row(label, count, asdict(measurement))
                advance(1)

    def _plans(self) -> Iterator[tuple[str, tuple[str, ...], bool]]:
        """What is given, and whether it is shuffled against what is asked."""
        entries = self.model.given
        everything = tuple(entries)
        if len(entries) <= 3:
            subsets = [s for n in range(len(entries) + 1)
                       for s in itertools.combinations(entries, n)]  # fmt: skip
        else:
            subsets = [(), *((name,) for name in entries), everything]
        for subset in subsets:
            yield " + ".join(subset) or NOTHING, subset, False
        if entries:
            yield f"{' + '.join(everything)}, shuffled", everything, True

    def _fake(self, drawn: Sequence[Rows], given: Sequence[str], seed: int, shuffled: bool
              ) -> Judged:  # fmt: skip
        values: dict[str, Any] = {name: self.test.raw(name, drawn) for name in given}
        asked = self._asked(self.test, drawn)
        count = len(asked)
        if shuffled:
            order = np.random.Generator(np.random.PCG64(seed)).permutation(count)
            asked = [asked[k] for k in order]
        made = self.model.generate(count=count, seed=seed, **values)[self.name]
        return self.judge.read(made, asked if given else [None] * count)

    def _asked(self, feed: Feed, rows: Sequence[Rows]) -> list[str | None]:
        """The target beside each sample; another table may have a column of the same name."""
        table, _ = find_column(feed.tables, self.column, "judge")
        at = rows[feed.tables.index(table)]
        return [str(value) for value in table.values(self.target, at.tolist())]

    def _real(self, feed: Feed, count: int) -> Judged:
        """Real samples as the modality can carry them: through its tensors and back."""
        rows = feed.rows(0, count)
        asked = self._asked(feed, rows)
        values: list[object] = []
        raw = feed.raw(self.name, rows)
        for start in range(0, count, 64):
            prepared = self.modality.prepare(raw[start : start + 64])
            values += self.modality.present(self.modality.to_sample(prepared))
        return self.judge.read(values, asked)

    def _row(self, given: str, count: int, measurement: dict[str, Any]) -> dict[str, Any]:
        return {
            "given": given,
            **measurement,
            "n": measurement["n"] or count,
            "judge": self.part.spec.id,
            "judge_hash": self.judge.digest,
            "judge_accuracy": round(self.judge.accuracy, 4),
        }
