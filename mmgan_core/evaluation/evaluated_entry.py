"""One made entry of a model under its evaluator, and the real samples that it is compared with."""

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
    """What is made and what is real, as the evaluator sees them.

    Attributes:
        part: the evaluator's encoder, chosen and checked.
        lesson: what the evaluator was trained on.
        evaluator: the trained evaluator.
    """

    def __init__(
        self, model: Model, name: str, choice: EvaluatorChoice, test: Feed, train: Feed
    ) -> None:
        """``choice`` may name another target than the recipe.

        Raises:
            DataError: if what is evaluated has no column of that name beside it.
        """
        self.model, self.name = model, name
        self.test, self.train = test, train
        self.modality: Modality = model.gan.modalities[name]
        where = f"make.{name}.evaluator.encoder"
        self.part = chosen_part("encoder", choice.encoder.use, choice.encoder.options, where)
        self.lesson = Lesson(model.blueprint.make[name].column, choice.target, choice.samples)
        self.evaluator: Evaluator = trained_evaluator(
            self.part, self.modality, self.lesson, train.tables, test.tables
        )

    def refuse_unreadable(self) -> None:
        """Refuse a target of whose values in the test split the evaluator has learned none.

        Raises:
            DataError: says so.
        """
        target, rows = self.lesson.target, np.arange(len(self._table(self.test)))
        if (self.evaluator.classes(self.asked(self.test, rows)) < 0).all():
            raise DataError(
                f"no {target!r} of the test split is in the training split: "
                "no evaluator can read it",
                hint="choose another --target",
            )

    def made(
        self, drawn: Sequence[Rows], given: Sequence[str], seed: int, shuffled: bool
    ) -> Evaluated:
        """Samples made of what these test rows give, of other rows' asked for if ``shuffled``.

        Where samples are repaired, the middle of the test samples themselves is missing.
        """
        values: dict[str, object] = {name: self.test.raw(name, drawn) for name in given}
        asked = self.asked(self.test, self.rows_of(self.test, drawn))
        count = len(asked)
        if shuffled:
            order = np.random.Generator(np.random.PCG64(seed)).permutation(count)
            asked = [asked[k] for k in order]
        if self.repairs:
            values[self.name] = self.test.raw(self.name, drawn)
        made = self.generated(values, count, seed)
        known = given or self.repairs
        return self.evaluator.read(made[self.name], asked if known else [None] * count)

    def generated(self, values: Mapping[str, Any], count: int, seed: int) -> Samples:
        """Samples of what is given; of the entry's own values, if they are here, repaired."""
        if self.name in values:
            return self.model.repair(mask_kind="centre", count=count, seed=seed, **values)
        return self.model.generate(count=count, seed=seed, **values)

    @property
    def repairs(self) -> bool:
        """Whether samples are filled in, and not made of nothing."""
        return self.model.gan.generator(self.name).condition.mask_shape is not None

    def real(self, feed: Feed, count: int) -> Evaluated:
        """The first real samples of a split, as the feed draws them."""
        rows = self.rows_of(feed, feed.rows(0, count))
        return self.evaluator.read(self.carried(feed, rows), self.asked(feed, rows))

    def all_real(self, feed: Feed, evaluator: Evaluator | None = None) -> Evaluated:
        """Every readable sample of a split, as the evaluator sees it, or as another does."""
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
        """Real samples as the modality can carry them: through its tensors and back."""
        values: list[object] = []
        raw = self._table(feed).values(self.lesson.column, rows.tolist())
        for start in range(0, len(rows), BATCH):
            prepared = self.modality.prepare(raw[start : start + BATCH])
            values += self.modality.present(self.modality.to_sample(prepared))
        return values

    def asked(self, feed: Feed, rows: Rows) -> list[str | None]:
        """The target beside each sample; another table may have a column of the same name."""
        return [str(v) for v in self._table(feed).values(self.lesson.target, rows.tolist())]

    def rows_of(self, feed: Feed, drawn: Sequence[Rows]) -> Rows:
        """Of the rows that were drawn of every table, those of what is evaluated."""
        return drawn[feed.tables.index(self._table(feed))]

    def _table(self, feed: Feed) -> Table:
        return find_column(feed.tables, self.lesson.column, "evaluator")[0]


def chunks(rows: Rows) -> list[Rows]:
    """Rows, some at a time: of many, only what is made of them is kept."""
    return np.split(rows, range(CHUNK, len(rows), CHUNK))
