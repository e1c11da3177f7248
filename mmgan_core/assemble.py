"""Recipe and catalogue become a GAN; combinations that cannot work are refused before building."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from mmgan_core.catalogue import Catalogue
from mmgan_core.component import options_of, placed
from mmgan_core.contracts import (
    Alignment,
    Augmentation,
    Column,
    ConditionSpace,
    Encoder,
    Loss,
    Modality,
    Penalty,
    Table,
)
from mmgan_core.errors import RecipeError, nearest
from mmgan_core.gan import GAN
from mmgan_core.options import Options
from mmgan_core.recipe import Choice, Given, Make, Recipe
from mmgan_core.spec import Kind, Spec


@dataclass(frozen=True)
class Part:
    """A chosen component: its spec, class and checked options."""

    spec: Spec
    cls: Any
    options: Options
    where: str

    def build(self, *args: Any) -> Any:
        """Make it; a size it cannot work with becomes an error that names its place."""
        with placed(self.where):
            return self.cls(self.options, *args)

    def plain(self) -> dict[str, Any]:
        """``use`` and every option, for ``resolved.yaml``."""
        return {"use": self.spec.id, **self.options.model_dump(mode="json")}


@dataclass(frozen=True)
class GivenPart:
    """One given entry, chosen and checked."""

    column: str
    modality: Part
    encoder: Part


@dataclass(frozen=True)
class PenaltyPart:
    """One penalty with how it is applied."""

    part: Part
    weight: Any
    every: int


@dataclass(frozen=True)
class MakePart:
    """One made entry, chosen and checked."""

    column: str
    modality: Part
    generator: Part
    discriminator: Part
    loss: Part
    penalties: tuple[PenaltyPart, ...]
    augment: Part | None


@dataclass(frozen=True)
class Blueprint:
    """Every part chosen, every option checked, nothing built."""

    recipe: Recipe
    given: Mapping[str, GivenPart]
    make: Mapping[str, MakePart]
    fusion: Part | None
    align: Part | None
    modalities: Mapping[str, Modality] = field(repr=False)

    def build(self, *, discriminators: bool = True) -> GAN:
        """Build the GAN, its weights drawn from the recipe's seed.

        Args:
            discriminators: False for what only makes samples.
        """
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.recipe.seed)
            return self._build(discriminators)

    def alignment(self, gan: GAN) -> Alignment | None:
        """The alignment term for a GAN built from this."""
        return self.align.build(gan.dims) if self.align else None

    def losses(self) -> dict[str, Loss]:
        """The adversarial loss of each made entry."""
        return {name: part.loss.build() for name, part in self.make.items()}

    def penalties(self) -> dict[str, list[tuple[Penalty, PenaltyPart]]]:
        """The penalties of each made entry."""
        return {
            name: [(chosen.part.build(), chosen) for chosen in part.penalties]
            for name, part in self.make.items()
        }

    def augmentations(self) -> dict[str, Augmentation]:
        """The augmentation of each made entry that has one."""
        return {
            name: part.augment.build(self.modalities[name].space)
            for name, part in self.make.items()
            if part.augment
        }

    def _build(self, with_discriminators: bool) -> GAN:
        encoders: dict[str, Encoder] = {
            name: part.encoder.build(self.modalities[name]) for name, part in self.given.items()
        }
        dims = {name: encoder.dim for name, encoder in encoders.items()}
        fusion = self.fusion.build(dims) if self.fusion else None
        space = fusion.space if fusion else ConditionSpace(dim=0)
        generators: dict[str, nn.Module] = {}
        discriminators: dict[str, nn.Module] = {}
        for name, part in self.make.items():
            sample = self.modalities[name].space
            generators[name] = part.generator.build(sample, space)
            if with_discriminators:
                discriminators[name] = part.discriminator.build(sample, space)
                _refuse_mixed_slopes(part, discriminators[name])
        return GAN(self.modalities, encoders, fusion, generators, discriminators)

    def resolved(self) -> dict[str, Any]:
        """The recipe with every default filled in, also those read off the data."""
        plain = self.recipe.plain()
        for name, given in self.given.items():
            plain["given"][name].update(
                modality=given.modality.plain(), column=given.column, encoder=given.encoder.plain()
            )
        for name, make in self.make.items():
            plain["make"][name].update(
                modality=make.modality.plain(),
                column=make.column,
                generator=make.generator.plain(),
                discriminator=make.discriminator.plain(),
                loss=make.loss.plain(),
            )
            if make.augment:
                plain["make"][name]["augment"] = make.augment.plain()
            for row, penalty in zip(plain["make"][name]["penalties"], make.penalties, strict=True):
                row.update(penalty.part.plain())
        if self.fusion:
            plain["fusion"] = self.fusion.plain()
        if self.align:
            plain["align"].update(self.align.plain())
        return plain


# What a model's samples, `generate`, `interpolate` and `invert` call by these names already.
_TAKEN = {"batch", "count", "film", "get", "noise", "save", "seed", "sheet", "starts", "steps",
          "tensors", "truncation"}  # fmt: skip


def draw_up(recipe: Recipe, catalogue: Catalogue, tables: Sequence[Table] = ()) -> Blueprint:
    """Choose and check every part of a recipe.

    Args:
        tables: the training tables; options that the recipe leaves open, such as the names of
            labels, are read off them. A resolved recipe needs none.

    Raises:
        RecipeError: for a part that does not exist, does not fit its slot or cannot work with
            another; says where, and the nearest valid choice.
        PluginMissing: for a part whose plugin is not installed.
    """
    for name in (*recipe.given, *recipe.make):
        _refuse_taken(name, "given" if name in recipe.given else "make")
    chooser = _Chooser(catalogue, tables)
    given = {name: chooser.given(name, entry) for name, entry in recipe.given.items()}
    make = {name: chooser.make(name, entry) for name, entry in recipe.make.items()}
    fusion = chooser.part("fusion", recipe.fusion, "fusion") if recipe.fusion and given else None
    align = chooser.part("alignment", recipe.align, "align") if recipe.align else None
    chooser.refuse_unused_columns(recipe)
    if tables:  # a trained model is used without what measures it
        chooser.refuse_what_cannot_measure(recipe, make)
    chosen: list[tuple[str, GivenPart | MakePart]] = [*given.items(), *make.items()]
    modalities = {name: entry.modality.build() for name, entry in chosen}
    return Blueprint(recipe, given, make, fusion, align, modalities)


class _Chooser:
    def __init__(self, catalogue: Catalogue, tables: Sequence[Table]) -> None:
        self.catalogue = catalogue
        self.tables = tables
        self.used: set[str] = set()

    def given(self, name: str, entry: Given) -> GivenPart:
        where = f"given.{name}"
        modality, column = self.modality(name, entry, where)
        kind = modality.spec.modalities[0]
        encoder = self.part("encoder", entry.encoder, f"{where}.encoder", kind)
        return GivenPart(column, modality, encoder)

    def make(self, name: str, entry: Make) -> MakePart:
        where = f"make.{name}"
        modality, column = self.modality(name, entry, where)
        kind = modality.spec.modalities[0]
        discriminator = self.part(
            "discriminator", entry.discriminator, f"{where}.discriminator", kind
        )
        penalties = []
        for number, choice in enumerate(entry.penalties):
            part = self.part("penalty", choice, f"{where}.penalties.{number}")
            _refuse_undifferentiable(part, discriminator)
            penalties.append(PenaltyPart(part, choice.weight, choice.every))
        augment = (
            self.part("augmentation", entry.augment, f"{where}.augment", kind)
            if entry.augment
            else None
        )
        generator = self.part("generator", entry.generator, f"{where}.generator", kind)
        loss = self.part("loss", entry.loss, f"{where}.loss")
        return MakePart(column, modality, generator, discriminator, loss, tuple(penalties), augment)

    def modality(self, name: str, entry: Given | Make, where: str) -> tuple[Part, str]:
        where = f"{where}.modality"
        use, options = entry.modality.use, entry.modality.options
        if use:
            spec = self.catalogue.get("modality", use, where=where)
        else:
            spec = self.catalogue.modality_for(name, where=where)
        cls = self.catalogue.load("modality", spec.id, where=where)
        column = entry.column or name
        if self.tables:
            options = {**self._suggested(cls, column, where), **options}
        return Part(spec, cls, options_of(cls, options, where=where), where), column

    def part(self, kind: Kind, choice: Choice, where: str, modality: str | None = None) -> Part:
        spec = self.catalogue.get(kind, choice.use, where=where)
        if modality is not None and not spec.fits(modality):
            fitting = ", ".join(s.id for s in self.catalogue.of(kind, modality)) or "none installed"
            raise RecipeError(
                f"{where}: {spec.id} works on {' and '.join(spec.modalities)}, not on {modality}",
                hint=f"for {modality}: {fitting}",
            )
        cls = self.catalogue.load(kind, spec.id, where=where)
        return Part(spec, cls, options_of(cls, choice.options, where=where), where)

    def _suggested(self, cls: type[Modality], column: str, where: str) -> dict[str, object]:
        table, found = find_column(self.tables, column, where.rsplit(".", 1)[0])
        self.used.add(column)
        return cls.suggest(found, table.values(column, range(min(256, len(table)))))

    def refuse_what_cannot_measure(self, recipe: Recipe, make: Mapping[str, MakePart]) -> None:
        """Better said now than after days of training."""
        for number, metric in enumerate(recipe.evaluate.metrics):
            self.part("metric", metric, f"evaluate.metrics.{number}")
        for name, entry in recipe.make.items():
            if entry.judge:
                where = f"make.{name}.judge"
                kind = make[name].modality.spec.modalities[0]
                self.part("encoder", entry.judge.encoder, f"{where}.encoder", kind)
                table, _ = find_column(self.tables, make[name].column, where)
                find_column([table], entry.judge.target, f"{where}.target")

    def refuse_unused_columns(self, recipe: Recipe) -> None:
        declared = recipe.data.options.get("columns") or {}
        needed = self.used | {judge.target for judge in _judges(recipe)} | _same(recipe)
        unused = sorted(set(declared) - needed)
        if unused and self.tables:
            raise RecipeError(
                f"data.columns declares {unused[0]!r}, which nothing uses",
                hint=f"drop it, or use it: given.{unused[0]} or column: {unused[0]}",
            )


def find_column(tables: Sequence[Table], column: str, where: str) -> tuple[Table, Column]:
    """The first table that has a column.

    Raises:
        RecipeError: if none has it; names the nearest.
    """
    for table in tables:
        if column in table.columns:
            return table, table.columns[column]
    known = [name for table in tables for name in table.columns]
    raise RecipeError(
        f"{where}: the data have no column {column!r}",
        hint=f"{nearest(column, known)} Name it: column: ...",
    )


def _same(recipe: Recipe) -> set[str]:
    return {recipe.align.same} if recipe.align else set()


def _judges(recipe: Recipe) -> list[Any]:
    return [entry.judge for entry in recipe.make.values() if entry.judge]


def is_taken(name: str) -> bool:
    """Whether an entry cannot have a name because it means something else."""
    # Entries become attributes of modules, beside those that every module has.
    return name in _TAKEN or hasattr(nn.ModuleDict(), name)


def _refuse_taken(name: str, section: str) -> None:
    if is_taken(name):
        raise RecipeError(
            f"{section}.{name}: an entry cannot be named {name!r}, which means something else",
            hint=f"name it {name}_, and say modality: and column: {name}",
        )


def _refuse_undifferentiable(penalty: Part, discriminator: Part) -> None:
    if penalty.cls.differentiates_twice and not discriminator.spec.twice_differentiable:
        raise RecipeError(
            f"{penalty.where}: {penalty.spec.id} differentiates twice, "
            f"which {discriminator.spec.id} cannot",
            hint="use objectives/finite-difference, or another discriminator",
        )


def _refuse_mixed_slopes(part: MakePart, discriminator: nn.Module) -> None:
    if not any(isinstance(module, _BatchNorm) for module in discriminator.modules()):
        return
    for penalty in part.penalties:
        if penalty.part.cls.differentiates_twice:
            raise RecipeError(
                f"{penalty.part.where}: {penalty.part.spec.id} takes each sample's own slope, and "
                f"{part.discriminator.spec.id} normalises over the batch, which mixes them",
                hint=f"turn that off (mmgan-zoo show {part.discriminator.spec.id}; image/dcgan: "
                "normalise: false), or leave the penalty out",
            )
