"""A made entry under evaluation: its made samples and the real samples they are compared with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property, partial

import numpy as np
import torch
from torch import Tensor

from mmgan_core.assembly.choosing import chosen_part, evaluator_modality
from mmgan_core.assembly.columns import find_column
from mmgan_core.assembly.parts import Part
from mmgan_core.contracts import Evaluated, Modality, Table
from mmgan_core.data.feed import Feed
from mmgan_core.data.pairing import Rows
from mmgan_core.errors import DataError, UsageError
from mmgan_core.evaluation.evaluator import (
    BATCH,
    Evaluator,
    Lesson,
    carry,
    encoding_of,
    frozen_evaluator,
    joined,
    trained_evaluator,
)
from mmgan_core.evaluation.matching import Matcher, Side, trained_matcher
from mmgan_core.foundation.plain import Plain
from mmgan_core.foundation.progress import progress
from mmgan_core.inference.model import Model
from mmgan_core.inference.samples import Samples
from mmgan_core.inference.unread import of_rows
from mmgan_core.recipe.schema import Evaluator as EvaluatorChoice
from mmgan_core.recipe.schema import Matcher as MatcherChoice

CHUNK = 1_024
TEMPERATURE = "sampling_temperature"


class EvaluatedEntry:
    """A made entry of a model: its made samples and real samples, as metrics see them.

    Attributes:
        modality: the modality of the entry.
        lesson: the data that the evaluator is trained on; its column is the entry's.
    """

    def __init__(
        self,
        model: Model,
        name: str,
        choice: EvaluatorChoice | None,
        test: Feed,
        train: Feed,
        seconds: float | None = None,
    ) -> None:
        """
        Args:
            model: the model to measure.
            name: the made entry.
            choice: the evaluator, or None; its target may differ from the recipe's.
            test: the test split.
            train: the training split.
            seconds: how long the evaluator, and the matcher, may learn; None: as long as they do.
        """
        self.model, self.name, self.choice = model, name, choice
        self.test, self.train = test, train
        self.modality: Modality = model.gan.modalities[name]
        column = model.blueprint.make[name].column
        target, samples = (choice.target or "", choice.samples) if choice else ("", 0)
        self.lesson = Lesson(column, target, samples, seconds)

    @cached_property
    def part(self) -> Part:
        """The evaluator's encoder, chosen and checked."""
        chosen = self._chosen.encoder
        where = f"make.{self.name}.evaluator.encoder"
        return chosen_part("encoder", chosen.use, chosen.options, where)

    @cached_property
    def evaluator(self) -> Evaluator:
        """The evaluator, trained or taken from the cache when it is first used.

        It learns on the CPU, so that it is the same wherever the model runs, and then reads on the
        device of the model.

        Raises:
            UsageError: if the recipe names none.
            DataError: if the table of the evaluated column has no target column.
        """
        reading, own = self.modality.shown, self._chosen.modality is not None
        if own:
            made = self.model.blueprint.make[self.name].modality
            reading = evaluator_modality(self._chosen, made, f"make.{self.name}.evaluator").build()
        if not self.lesson.target:
            return frozen_evaluator(self.part, reading).to(self.model.device)
        trained = trained_evaluator(
            self.part,
            reading,
            self.lesson,
            self.train.tables,
            self.test.tables,
            carried=self.modality.shown if own else None,
        )
        return trained.to(self.model.device)

    @property
    def matching(self) -> MatcherChoice | None:
        """The recipe's matcher of this entry."""
        return self.model.blueprint.recipe.make[self.name].matcher

    @cached_property
    def matcher(self) -> Matcher:
        """The matcher, trained or taken from the cache when it is first used."""
        choice, blueprint = self.matching, self.model.blueprint
        assert choice is not None
        where, entry = f"make.{self.name}.matcher", blueprint.given[choice.given]
        part = chosen_part(
            "encoder", choice.encoder.use, choice.encoder.options, f"{where}.encoder"
        )
        described = entry.encoder
        if choice.given_encoder:
            other = choice.given_encoder
            described = chosen_part("encoder", other.use, other.options, f"{where}.given_encoder")
        ends = (
            Side(part, self.modality.shown, self.lesson.column),
            Side(described, blueprint.modalities[choice.given], entry.column),
        )
        rows = self.train.rows(0, len(self.train))
        tables = [find_column(self.train.tables, end.column, where)[0] for end in ends]
        at, given_at = (self.train.tables.index(table) for table in tables)
        return trained_matcher(
            *ends,
            (tables[0], tables[1]),
            (rows[at], rows[given_at]),
            dim=choice.dim,
            samples=choice.samples,
            seconds=self.lesson.seconds,
        )

    @property
    def _chosen(self) -> EvaluatorChoice:
        if self.choice is None:
            raise UsageError(
                f"the recipe names no evaluator for {self.name!r}",
                hint=f"add to make.{self.name}: evaluator: {{encoder: {{use: ENCODER}}, "
                "target: label}; mmgan-zoo ls encoders lists the encoders",
            )
        return self.choice

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
        """Make samples from the given values of these test rows.

        If ``shuffled``, they are compared with the targets, the given values and the real samples
        of other rows. If the entry is repaired, the test samples are masked in the middle and
        filled in. Where nothing is given or repaired, there is nothing to compare row by row.
        """
        values: dict[str, object] = {name: self.test.raw(name, sampled) for name in given}
        count = len(sampled[0])
        compared = list(sampled)
        if shuffled:
            order = np.random.Generator(np.random.PCG64(seed)).permutation(count)
            compared = [rows[order] for rows in sampled]
        if self.repairs:
            values[self.name] = self.test.raw(self.name, sampled)
        made = self.generated(values, count, seed)
        found: list[object] = made[self.name]
        known = bool(given) or self.repairs

        def read() -> Evaluated:
            asked = self._targets(self.test, self.rows_of(self.test, compared))
            return self.evaluator.read(found, asked if known else [None] * count)

        return self._evaluated(
            lambda: found,
            read=read,
            samples=lambda: made.tensors[self.name],
            references=(lambda: self._real(self.test, compared)) if known else None,
            given={name: partial(self.test.raw, name, compared) for name in given},
            places=made.places.get(self.name),
            labels=(lambda: self.asked(self.test, self.rows_of(self.test, compared)))
            if known
            else None,
            shuffled=shuffled,
            at_temperature=self._at_temperature(values, count, seed),
        )

    def generated(self, values: Plain, count: int, seed: int) -> Samples:
        """Make samples from given values; if they include this entry's own, repair these."""
        with of_rows():
            if self.name in values:
                return self.model.repair(mask_kind="centre", count=count, seed=seed, **values)
            return self.model.generate(count=count, seed=seed, **values)

    @property
    def repairs(self) -> bool:
        """Whether the model repairs masked samples of this entry."""
        return self.model.gan.generator(self.name).condition.mask_shape is not None

    def real(self, feed: Feed, count: int) -> Evaluated:
        """Return the first real samples of a split, in the order of the feed."""
        return self._real(feed, feed.rows(0, count))

    def all_real(self, feed: Feed, evaluator: Evaluator | None = None) -> Evaluated:
        """Return every readable sample of a split; another evaluator may read them."""
        bad = [row.row for row in feed.bad[self.name]]
        good = np.setdiff1d(np.arange(len(self._table(feed))), bad)

        def read() -> Evaluated:
            parts = []
            with progress(f"reading {self.name}", len(good)) as advance:
                for rows in chunks(good):
                    values, asked = self.carried(feed, rows), self._targets(feed, rows)
                    parts.append((evaluator or self.evaluator).read(values, asked))
                    advance(len(rows))
            return joined(parts)

        return self._evaluated(
            lambda: self.carried(feed, good),
            read=read,
            samples=lambda: self._samples(feed, good),
            labels=lambda: self.asked(feed, good),
            raw=lambda: self._raw(feed, good),
        )

    def carried(self, feed: Feed, rows: Rows) -> list[object]:
        """Return real values with what the tensors of their kind lose: encoded and decoded again.

        Codes of a frozen model are compared with the real values themselves, so that what the
        model loses counts against the samples.
        """
        values: list[object] = []
        raw = self._raw(feed, rows)
        for start in range(0, len(rows), BATCH):
            values += carry(self.modality.shown, raw[start : start + BATCH])
        return values

    def asked(self, feed: Feed, rows: Rows) -> list[str | None]:
        """Return the target of each sample, from the table that holds the evaluated column."""
        return [str(v) for v in self._table(feed).values(self.lesson.target, rows.tolist())]

    def rows_of(self, feed: Feed, sampled: Sequence[Rows]) -> Rows:
        """Return the rows of the table that holds the evaluated column."""
        return sampled[feed.tables.index(self._table(feed))]

    def _real(self, feed: Feed, sampled: Sequence[Rows]) -> Evaluated:
        rows = self.rows_of(feed, sampled)
        values = cache(lambda: self.carried(feed, rows))
        return self._evaluated(
            values,
            read=lambda: self.evaluator.read(values(), self._targets(feed, rows)),
            samples=lambda: self._samples(feed, rows),
            given={name: partial(feed.raw, name, sampled) for name in self.model.given},
            labels=lambda: self.asked(feed, rows),
            raw=lambda: self._raw(feed, rows),
        )

    def _evaluated(
        self,
        values: Callable[[], Sequence[object]],
        *,
        read: Callable[[], Evaluated],
        samples: Callable[[], Tensor],
        references: Callable[[], Evaluated] | None = None,
        given: Mapping[str, Callable[[], Sequence[object]]] | None = None,
        places: Tensor | None = None,
        labels: Callable[[], Sequence[str | None]] | None = None,
        raw: Callable[[], Sequence[object]] | None = None,
        shuffled: bool = False,
        at_temperature: Callable[[float], Sequence[object]] | None = None,
    ) -> Evaluated:
        """Return samples as metrics see them; nothing is decoded or read until one asks."""
        read, chosen, matching = cache(read), self.choice is not None, self.matching
        described = given.get(matching.given) if given and matching else None
        return Evaluated(
            (lambda: read().features) if chosen else None,
            (lambda: read().predicted) if self.lesson.target else None,
            (lambda: read().asked) if self.lesson.target else None,
            modality=self.modality,
            values=values,
            samples=samples,
            references=references,
            given=(lambda: {name: raw() for name, raw in given.items()}) if given else None,
            matched=(lambda: self.matcher.match(values(), described())) if described else None,
            encode=(lambda some: encoding_of(self.evaluator.encoder, some)) if chosen else None,
            places=places,
            probabilities=(lambda: read().probabilities) if self.lesson.target else None,
            labels=labels if self.lesson.target else None,
            raw=raw,
            shuffled=shuffled,
            at_temperature=at_temperature,
        )

    def _at_temperature(
        self, values: Plain, count: int, seed: int
    ) -> Callable[[float], Sequence[object]] | None:
        """How to make samples at another temperature; None if the generator has none."""
        generator = self.model.gan.generator(self.name)
        usual = generator.options
        if not hasattr(usual, TEMPERATURE):
            return None

        def made(temperature: float) -> Sequence[object]:
            generator.options = usual.model_copy(update={TEMPERATURE: temperature})
            try:
                found: Sequence[object] = self.generated(values, count, seed)[self.name]
            finally:
                generator.options = usual
            return found

        return made

    def _raw(self, feed: Feed, rows: Rows) -> Sequence[object]:
        return self._table(feed).values(self.lesson.column, rows.tolist())

    def _samples(self, feed: Feed, rows: Rows) -> Tensor:
        raw = self._raw(feed, rows)
        return torch.cat(
            [
                self.modality.to_sample(self.modality.prepare(raw[start : start + BATCH]))
                for start in range(0, len(rows), BATCH)
            ]
        )

    def _targets(self, feed: Feed, rows: Rows) -> Sequence[str | None]:
        return self.asked(feed, rows) if self.lesson.target else [None] * len(rows)

    def _table(self, feed: Feed) -> Table:
        return find_column(feed.tables, self.lesson.column, "evaluator")[0]


def chunks(rows: Rows) -> list[Rows]:
    """Split rows into chunks, so that the raw values of only one chunk are in memory."""
    return np.split(rows, range(CHUNK, len(rows), CHUNK))
