"""One made entry of a model with its evaluator, and the real samples that it is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from mmgan_core.assembly.choosing import chosen_part
from mmgan_core.assembly.columns import find_column
from mmgan_core.contracts import Evaluated, Modality, Table
from mmgan_core.data.feed import Feed
from mmgan_core.data.pairing import Rows
from mmgan_core.errors import DataError
from mmgan_core.evaluation.evaluator import BATCH, Evaluator, Lesson, trained_evaluator
from mmgan_core.foundation.progress import progress
from mmgan_core.inference.model import Model
from mmgan_core.inference.samples import Samples
from mmgan_core.recipe.schema import Evaluator as EvaluatorChoice

CHUNK = 1_024


class EvaluatedEntry:
    """A made entry of a model; it runs the evaluator on made samples and on real samples.

    Attributes:
        part: the evaluator's encoder, chosen and checked.
        lesson: the data that the evaluator was trained on.
        evaluator: the trained evaluator.
    """

    def __init__(
        self, model: Model, name: str, choice: EvaluatorChoice, test: Feed, train: Feed
    ) -> None:
        """Train the evaluator, or load it from the cache.

        Args:
            model: the model to measure.
            name: the made entry.
            choice: the evaluator; its target may differ from the recipe's.
            test: the test split.
            train: the training split.

        Raises:
            DataError: if the table of the evaluated column has no target column.
        """
        self.model, self.name = model, name
        self.test, self.train = test, train
        self.modality: Modality = model.gan.modalities[name]
        where = f"make.{name}.evaluator.encoder"
        self.part = chosen_part("encoder", choice.encoder.use, choice.encoder.options, where)
        self.lesson = Lesson(model.blueprint.make[name].column, choice.target, choice.samples)
        self.evaluator: Evaluator = trained_evaluator(
            self.part, self.modality.shown, self.lesson, train.tables, test.tables
        )

    def refuse_unreadable(self) -> None:
        """Refuse a target if the evaluator has learned none of its values in the test split.

        Raises:
            DataError: if the two splits share no value of the target.
        """
        target, rows = self.lesson.target, np.arange(len(self._table(self.test)))
        if (self.evaluator.classes(self.asked(self.test, rows)) < 0).all():
            raise DataError(
                f"the test split and the training split share no value of {target!r}: "
                "no evaluator can learn to predict it",
                hint="choose another --target",
            )

    def made(
        self, sampled: Sequence[Rows], given: Sequence[str], seed: int, shuffled: bool
    ) -> Evaluated:
        """Make samples from the given values of these test rows, and run the evaluator on them.

        If ``shuffled``, they are compared with the targets of other rows. If the entry is repaired,
        the test samples are masked in the middle and filled in.
        """
        values: dict[str, object] = {name: self.test.raw(name, sampled) for name in given}
        asked = self.asked(self.test, self.rows_of(self.test, sampled))
        count = len(asked)
        if shuffled:
            order = np.random.Generator(np.random.PCG64(seed)).permutation(count)
            asked = [asked[k] for k in order]
        if self.repairs:
            values[self.name] = self.test.raw(self.name, sampled)
        made = self.generated(values, count, seed)
        known = given or self.repairs
        return self.evaluator.read(made[self.name], asked if known else [None] * count)

    def generated(self, values: Mapping[str, Any], count: int, seed: int) -> Samples:
        """Make samples from given values; if they include this entry's own, repair these."""
        if self.name in values:
            return self.model.repair(mask_kind="centre", count=count, seed=seed, **values)
        return self.model.generate(count=count, seed=seed, **values)

    @property
    def repairs(self) -> bool:
        """Whether the model repairs masked samples of this entry."""
        return self.model.gan.generator(self.name).condition.mask_shape is not None

    def real(self, feed: Feed, count: int) -> Evaluated:
        """Run the evaluator on the first real samples of a split, in the order of the feed."""
        rows = self.rows_of(feed, feed.rows(0, count))
        return self.evaluator.read(self.carried(feed, rows), self.asked(feed, rows))

    def all_real(self, feed: Feed, evaluator: Evaluator | None = None) -> Evaluated:
        """Run the evaluator, or another one, on every readable sample of a split."""
        bad = [row.row for row in feed.bad[self.name]]
        good = np.setdiff1d(np.arange(len(self._table(feed))), bad)
        parts = []
        with progress(f"reading {self.name}", len(good)) as advance:
            for rows in chunks(good):
                values, asked = self.carried(feed, rows), self.asked(feed, rows)
                parts.append((evaluator or self.evaluator).read(values, asked))
                advance(len(rows))
        return Evaluated(
            torch.cat([part.features for part in parts]),
            torch.cat([part.predicted for part in parts]),
            torch.cat([part.asked for part in parts]),
        )

    def carried(self, feed: Feed, rows: Rows) -> list[object]:
        """Return real samples with what the modality's tensors lose: encoded and decoded again."""
        values: list[object] = []
        raw = self._table(feed).values(self.lesson.column, rows.tolist())
        for start in range(0, len(rows), BATCH):
            prepared = self.modality.prepare(raw[start : start + BATCH])
            values += self.modality.present(self.modality.to_sample(prepared))
        return values

    def asked(self, feed: Feed, rows: Rows) -> list[str | None]:
        """Return the target of each sample, from the table that holds the evaluated column."""
        return [str(v) for v in self._table(feed).values(self.lesson.target, rows.tolist())]

    def rows_of(self, feed: Feed, sampled: Sequence[Rows]) -> Rows:
        """Return the rows of the table that holds the evaluated column."""
        return sampled[feed.tables.index(self._table(feed))]

    def _table(self, feed: Feed) -> Table:
        return find_column(feed.tables, self.lesson.column, "evaluator")[0]


def chunks(rows: Rows) -> list[Rows]:
    """Split rows into chunks, so that the raw values of only one chunk are in memory."""
    return np.split(rows, range(CHUNK, len(rows), CHUNK))
