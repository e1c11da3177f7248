"""Broken components: metrics."""

from __future__ import annotations

import random
from dataclasses import replace

import torch

from mmgan_core import contracts as c

from .. import healthy as h
from .registry import caught_by

# Metrics and data sources.


@caught_by("metric", "its numbers have a name and a direction, and are finite")
class NotANumber(h.Metric):
    def measure(self, fake, real, held_out):
        return [c.Measurement("distance", float("nan"))]


@caught_by("metric", "good samples score better than bad ones")
class WrongWay(h.Metric):
    def measure(self, fake, real, held_out):
        (row,) = super().measure(fake, real, held_out)
        return [c.Measurement(row.name, row.value, better="higher")]


@caught_by("metric", "good samples score better than bad ones")
class AdmiresCopies(h.Metric):
    needs_training_set = True

    def measure(self, fake, real, held_out):
        return super().measure(fake, held_out, held_out)


@caught_by("metric", "it accepts very few samples, and samples without a class that was asked for")
class NeedsMany(h.Metric):
    def measure(self, fake, real, held_out):
        if len(fake.features) < 5:
            raise ValueError("too few")
        return super().measure(fake, real, held_out)


@caught_by("data_source", "its tables have rows, columns and a digest of their content")
class NewDigest(h.DataSource):
    def tables(self, split):
        (table,) = super().tables(split)
        table.digest = str(random.SystemRandom().random())
        return [table]


@caught_by("data_source", "its splits share no content")
class OneSplit(h.DataSource):
    def tables(self, split):
        super().tables(split)
        return super().tables("train")


@caught_by("data_source", "another split is refused by a DataError")
class AnySplit(h.DataSource):
    def tables(self, split):
        return super().tables("test" if split == "test" else "train")


NUMBERS = "its numbers have a name and a direction, and are finite"


class Says(h.Metric):
    """The healthy measurement with changes."""

    changes: dict[str, object] = {}  # noqa: RUF012

    def measure(self, fake, real, held_out):
        (row,) = super().measure(fake, real, held_out)
        return [replace(row, **self.changes)]


@caught_by("metric", NUMBERS)
class ReturnsATensor(h.Metric):
    def measure(self, fake, real, held_out):
        (row,) = super().measure(fake, real, held_out)
        return [replace(row, value=torch.tensor(row.value))]


@caught_by("metric", NUMBERS)
class FloorIsATensor(Says):
    changes = {"floor": torch.tensor(1.0)}  # noqa: RUF012


@caught_by("metric", NUMBERS)
class Endless(Says):
    changes = {"high": float("inf")}  # noqa: RUF012


@caught_by("metric", NUMBERS)
class OutsideItsInterval(Says):
    changes = {"low": 100.0, "high": 101.0}  # noqa: RUF012


@caught_by("metric", NUMBERS)
class UpOrDown(Says):
    changes = {"better": "up"}  # noqa: RUF012


@caught_by("metric", NUMBERS)
class Nameless(Says):
    changes = {"name": ""}  # noqa: RUF012


@caught_by("metric", NUMBERS)
class CountsByHalves(Says):
    changes = {"n": 32.5}  # noqa: RUF012


@caught_by("metric", NUMBERS)
class SameNameTwice(h.Metric):
    def measure(self, fake, real, held_out):
        return super().measure(fake, real, held_out) * 2


@caught_by("metric", NUMBERS)
class ReturnsADictionary(h.Metric):
    def measure(self, fake, real, held_out):
        return {row.name: row.value for row in super().measure(fake, real, held_out)}


FLOOR = "its floor compares real samples with real ones, and its value made ones with real ones"


@caught_by("metric", FLOOR)
class ComparesWithTheTrainingSet(h.Metric):
    def measure(self, fake, real, held_out):
        return super().measure(fake, held_out, real)


@caught_by("metric", FLOOR)
class FloorOfWhatIsMade(h.Metric):
    def measure(self, fake, real, held_out):
        (row,) = super().measure(fake, real, held_out)
        return [replace(row, floor=row.value / 2)]


@caught_by("metric", "good samples score better than bad ones")
class LooksAtRealOnly(h.Metric):
    def measure(self, fake, real, held_out):
        return super().measure(real, real, held_out)


@caught_by("metric", "it accepts very few samples, and samples without a class that was asked for")
class SpreadOfOneSample(h.Metric):
    def measure(self, fake, real, held_out):
        (row,) = super().measure(fake, real, held_out)
        scale = float(fake.features.std(0).mean())
        return [replace(row, value=row.value * (1 + 0 * scale))]


@caught_by("metric", "it accepts very few samples, and samples without a class that was asked for")
class DividesByTheSpread(h.Metric):
    def measure(self, fake, real, held_out):
        (row,) = super().measure(fake, real, held_out)
        return [replace(row, value=row.value * float(1 + 0 / fake.features.std(0).sum()))]


@caught_by("metric", "it declares what it reads, and leaves it as it is")
class WritesIntoSamples(h.Metric):
    def measure(self, fake, real, held_out):
        found = super().measure(fake, real, held_out)
        real.features[0] += 1
        return found


@caught_by("metric", "it declares what it reads, and leaves it as it is")
class ReadsWhatItDoesNotDeclare(h.Metric):
    def measure(self, fake, real, held_out):
        assert len(fake.references.samples)
        return super().measure(fake, real, held_out)


@caught_by("metric", "it declares what it reads, and leaves it as it is")
class NeedsWhatThereIsNot(h.Metric):
    needs = frozenset({"features", "taste"})
