"""Broken components: data sources."""

from __future__ import annotations

from mmgan_core import contracts as c

from .. import healthy as h
from .registry import caught_by

TABLES = "its tables have rows, columns and a digest of their content"


def changed(**members):
    """A table with other members."""
    return type("Changed", (h.Table,), members)


class OfTables(h.DataSource):
    table = h.Table

    def tables(self, split):
        super().tables(split)
        return [self.table(split)]


@caught_by("data_source", TABLES)
class NoRows(OfTables):
    table = changed(__len__=lambda self: 0)


@caught_by("data_source", TABLES)
class NoTables(OfTables):
    def tables(self, split):
        super().tables(split)
        return []


class BackwardsTable(h.Table):
    def values(self, column, rows):
        return super().values(column, sorted(rows))


@caught_by("data_source", TABLES)
class InItsOwnOrder(OfTables):
    table = BackwardsTable


class TupleTable(h.Table):
    def values(self, column, rows):
        return tuple(super().values(column, rows))


@caught_by("data_source", TABLES)
class ReturnsTuples(OfTables):
    table = TupleTable


class NumberedTable(h.Table):
    def values(self, column, rows):
        return list(rows) if column == "label" else super().values(column, rows)


@caught_by("data_source", TABLES)
class LabelsAsNumbers(OfTables):
    table = NumberedTable


class NowhereTable(h.Table):
    def where(self, row):
        return "somewhere"


@caught_by("data_source", TABLES)
class SaysTheSameOfAll(OfTables):
    table = NowhereTable


class HandleTable(h.Table):
    def __init__(self, split):
        super().__init__(split)
        self.open = open(h.HERE)  # noqa: SIM115

    def __del__(self):
        self.open.close()


@caught_by("data_source", TABLES)
class HoldsAFile(OfTables):
    table = HandleTable


class ForgetfulTable(h.Table):
    def __getstate__(self):
        return {"split": self.split, "columns": self.columns, "digest": self.digest, "few": True}

    def __len__(self):
        return 2 if getattr(self, "few", False) else 10


@caught_by("data_source", TABLES)
class LosesRowsOnTheWay(OfTables):
    table = ForgetfulTable


class RenamedTable(h.Table):
    def __init__(self, split):
        super().__init__(split)
        self.columns = {"number": c.Column("numbers", h.KIND)}


@caught_by("data_source", TABLES)
class OtherNames(OfTables):
    table = RenamedTable


class LeakyTable(h.Table):
    def values(self, column, rows):
        return h.Table("train").values(column, rows)


@caught_by("data_source", "its splits share no content")
class TestsOnTheTrainingSet(OfTables):
    def tables(self, split):
        super().tables(split)
        return [h.Table(split) if split == "train" else LeakyTable(split)]


class WithoutLabels(h.Table):
    def __init__(self, split):
        super().__init__(split)
        if split == "test":
            del self.columns["label"]


@caught_by("data_source", "its splits share no content")
class OtherColumnsInTest(OfTables):
    table = WithoutLabels


@caught_by("data_source", "another split is refused by a DataError")
class KeyErrorOfASplit(h.DataSource):
    def tables(self, split):
        return [{"train": h.Table("train"), "test": h.Table("test")}[split]]
