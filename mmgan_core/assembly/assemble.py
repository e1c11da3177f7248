"""Makes a blueprint from a recipe and the catalogue; refuses combinations that cannot work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from mmgan_core.assembly.blueprint import Blueprint
from mmgan_core.assembly.choosing import (
    OpenFile,
    OpenModel,
    chosen_part,
    evaluator_modality,
)
from mmgan_core.assembly.chosen_optimizer import chosen_optimizer
from mmgan_core.assembly.columns import find_column, rows_to_read_off
from mmgan_core.assembly.fitted import FEW, fitted
from mmgan_core.assembly.measurable import Kinds, refuse_unmeasurable
from mmgan_core.assembly.parts import (
    AugmentPart,
    DiscriminatorPart,
    GivenPart,
    JointPart,
    MakePart,
    Part,
    WeightedPart,
)
from mmgan_core.assembly.scheduled import Clock
from mmgan_core.assembly.taken_names import refuse_taken
from mmgan_core.contracts import Column, Modality, Table
from mmgan_core.errors import RecipeError, nearest
from mmgan_core.plugins.catalogue import Catalogue
from mmgan_core.recipe.choices import Choice, Penalties
from mmgan_core.recipe.schedule import ends
from mmgan_core.recipe.schema import (
    DiscriminatorChoice,
    Evaluator,
    Given,
    Joint,
    Make,
    Matcher,
    Recipe,
)
from mmgan_core.spec import Kind, Spec


def make_blueprint(
    recipe: Recipe,
    catalogue: Catalogue,
    tables: Sequence[Table] = (),
    open_model: OpenModel | None = None,
    open_file: OpenFile | None = None,
) -> Blueprint:
    """Choose and check every component of a recipe.

    Args:
        tables: the training tables; options that the recipe leaves open, such as the names of
            labels, are inferred from them. A resolved recipe needs no tables.
        open_model: loads the frozen models that components name.
        open_file: reads the files that components name.

    Raises:
        RecipeError: if a component does not exist, does not fit its place or cannot work with
            another; names the place and the nearest valid choice.
        PluginMissing: if the plugin of a component is not installed.
    """
    for section in ("given", "make", "joint"):
        for name in getattr(recipe, section):
            refuse_taken(name, section)
    chooser = _Chooser(catalogue, tables, recipe, open_model, open_file)
    given = {name: chooser.given(name, entry) for name, entry in recipe.given.items()}
    make = {name: chooser.make(name, entry) for name, entry in recipe.make.items()}
    joint = {name: chooser.joint(name, entry) for name, entry in recipe.joint.items()}
    fusion = chooser.part("fusion", recipe.fusion, "fusion") if recipe.fusion and given else None
    align = chooser.part("alignment", recipe.align, "align") if recipe.align else None
    _refuse_missing(recipe, align)
    align_made = chooser.aligned(recipe, make)
    chooser.refuse_unused_columns(recipe)
    chosen: list[tuple[str, GivenPart | MakePart]] = [*given.items(), *make.items()]
    modalities = {name: entry.modality.build() for name, entry in chosen}
    if tables:  # a trained model is used without its metrics
        chooser.refuse_what_cannot_measure(recipe, given, make, modalities)
    optimizer = chosen_optimizer(recipe.train, catalogue, chooser.clock, needed=bool(tables))
    return Blueprint(
        recipe, given, make, fusion, align, modalities, chooser.clock, joint, align_made, optimizer
    )


def _refuse_missing(recipe: Recipe, align: Part | None) -> None:
    """Refuse values that may be missing if the alignment cannot leave them out."""
    lacking = [name for name in recipe.aligned() if recipe.given[name].may_be_missing]
    if not align or align.cls.takes_present:
        return
    if recipe.align and any(ends(recipe.align.generator_weight)):
        raise RecipeError(
            f"align.generator_weight: {align.spec.id} cannot leave out rows whose values were not "
            "given to the generator",
            hint="choose an alignment that can, such as objectives/contrastive",
        )
    if lacking:
        raise RecipeError(
            f"given.{lacking[0]}.may_be_missing: {align.spec.id} cannot leave out rows without a "
            "value",
            hint="choose an alignment that can, such as objectives/contrastive",
        )


class _Chooser:
    def __init__(
        self,
        catalogue: Catalogue,
        tables: Sequence[Table],
        recipe: Recipe,
        open_model: OpenModel | None,
        open_file: OpenFile | None,
    ) -> None:
        self.catalogue = catalogue
        self.open_model, self.open_file = open_model, open_file
        self.tables = tables
        self.recipe = recipe
        self.used: set[str] = set()
        self.clock = Clock()

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
        penalties = self.penalties(entry.penalties, where)
        loss = self.part("loss", entry.loss, f"{where}.loss") if entry.loss else None
        several = self.several(name, entry, (loss, penalties), kind)
        single = None
        if entry.discriminator is not None and not several:
            single = self.part(
                "discriminator", entry.discriminators[0], f"{where}.discriminator", kind
            )
            _refuse_undifferentiable(penalties, single)
        inference = None
        if entry.inference:
            inference = self.part("encoder", entry.inference, f"{where}.inference", kind)
            self.refuse_no_samples(inference, kind)
        auxiliary_losses = []
        for number, loss_choice in enumerate(entry.auxiliary_losses):
            part = self.part("auxiliary_loss", loss_choice, f"{where}.auxiliary_losses.{number}")
            self.refuse_unpaired(part, name)
            self.refuse_untaught_condition(part, name)
            auxiliary_losses.append(WeightedPart(part, loss_choice.weight, loss_choice.every))
        augment = [
            AugmentPart(
                self.part("augmentation", choice, f"{where}.augment.{number}", kind),
                choice.probability,
                choice.adaptive,
                choice.condition_discriminator,
            )
            for number, choice in enumerate(entry.augment)
        ]
        data_augment = [
            AugmentPart(
                self.part("augmentation", choice, f"{where}.data_augment.{number}", kind),
                choice.probability,
            )
            for number, choice in enumerate(entry.data_augment)
        ]
        generator = self.part("generator", entry.generator, f"{where}.generator", kind)
        if entry.repair:
            self.refuse_no_repair(entry, generator, modality, kind)
        for chosen in auxiliary_losses:
            self.refuse_unknown_likelihood(chosen.part, generator, kind)
        return MakePart(
            column,
            modality,
            generator,
            several[0].part if several else single,
            loss,
            penalties,
            tuple(auxiliary_losses),
            tuple(augment),
            tuple(data_augment),
            several,
            inference,
        )

    def aligned(self, recipe: Recipe, make: Mapping[str, MakePart]) -> dict[str, Part]:
        """The encoders of made entries that the alignment names."""
        found = {}
        for name, choice in (recipe.align.made if recipe.align else {}).items():
            kind = make[name].modality.spec.modalities[0]
            part = self.part("encoder", choice, f"align.made.{name}", kind)
            self.refuse_no_samples(part, kind)
            if part.models:
                raise RecipeError(
                    f"{part.where}: an encoder of samples that are aligned cannot have a frozen "
                    "model",
                    hint="choose an encoder that learns all of its weights",
                )
            found[name] = part
        return found

    def several(
        self,
        name: str,
        entry: Make,
        default: tuple[Part | None, tuple[WeightedPart, ...]],
        kind: str,
    ) -> tuple[DiscriminatorPart, ...]:
        """The discriminators that a made entry lists; ``default``: the entry's loss, penalties."""
        found = []
        for number, choice in enumerate(entry.discriminators):
            if not isinstance(choice, DiscriminatorChoice):
                return ()
            where = f"make.{name}.discriminator.{number}"
            part = self.part("discriminator", choice, where, kind)
            loss, penalties = default
            if choice.loss is not None:
                loss = self.part("loss", choice.loss, f"{where}.loss")
            if choice.penalties is not None:
                penalties = self.penalties(choice.penalties, where)
            assert loss is not None, "the recipe was checked"
            _refuse_undifferentiable(penalties, part)
            named = f"{name}-{choice.name or number + 1}" if number else name
            found.append(DiscriminatorPart(named, part, loss, penalties, choice.weight))
        return tuple(found)

    def joint(self, name: str, entry: Joint) -> JointPart:
        where = f"joint.{name}"
        part = self.part("joint_discriminator", entry.discriminator, f"{where}.discriminator")
        penalties = self.penalties(entry.penalties, where)
        _refuse_undifferentiable(penalties, part)
        loss = self.part("loss", entry.loss, f"{where}.loss")
        chosen = DiscriminatorPart(name, part, loss, penalties, entry.weight)
        return JointPart(tuple(entry.of), chosen)

    def penalties(self, choices: Penalties, where: str) -> tuple[WeightedPart, ...]:
        found = []
        for number, choice in enumerate(choices):
            part = self.part("penalty", choice, f"{where}.penalties.{number}")
            found.append(WeightedPart(part, choice.weight, choice.every))
        return tuple(found)

    def refuse_no_samples(self, encoder: Part, kind: str) -> None:
        """Refuse an encoder that cannot infer anything from samples that were made."""
        if not encoder.cls.encodes_samples():
            specs = self.catalogue.of("encoder", kind)
            able = [s.id for s in specs if self.catalogue.load("encoder", s.id).encodes_samples()]
            raise RecipeError(
                f"{encoder.where}: {encoder.spec.id} cannot encode samples",
                hint=f"encoders that can: {', '.join(able) or 'none installed'}",
            )

    def modality(self, name: str, entry: Given | Make, where: str) -> tuple[Part, str]:
        where = f"{where}.modality"
        use, options = entry.modality.use, entry.modality.options
        if use:
            spec = self.catalogue.get("modality", use, where=where)
        else:
            spec = self.catalogue.modality_for(name, where=where)
        column = entry.column or name
        if not self.tables:
            return self._modality_part(spec, options, where), column
        cls = self.catalogue.load("modality", spec.id, where=where)
        found, values = self._known_of(column, where)
        part = self._modality_part(spec, {**cls.suggest(found, values), **options}, where)

        def first_values(columns: Sequence[str], count: int) -> list[object]:
            return [v for one in columns for v in self._known_of(one, where, count)[1]]

        return fitted(part, column, first_values), column

    def _modality_part(self, spec: Spec, options: Mapping[str, object], where: str) -> Part:
        choose = partial(chosen_part, open_model=self.open_model, open_file=self.open_file)
        return choose("modality", spec.id, options, where, self.catalogue)

    def part(
        self,
        kind: Kind,
        choice: Choice,
        where: str,
        modality: str | None = None,
        *,
        in_training: bool = True,
    ) -> Part:
        spec = self.catalogue.get(kind, choice.use, where=where)
        if modality is not None and not spec.fits(modality):
            fitting = ", ".join(s.id for s in self.catalogue.of(kind, modality)) or "none installed"
            raise RecipeError(
                f"{where}: {spec.id} works on {' and '.join(spec.modalities)}, not on {modality}",
                hint=f"for {modality}: {fitting}",
            )
        clock = self.clock if in_training else None
        return chosen_part(
            kind,
            spec.id,
            choice.options,
            where,
            self.catalogue,
            clock=clock,
            open_model=self.open_model,
            # What only measures is carried by no model, and neither are its files.
            open_file=self.open_file if in_training else None,
        )

    def _known_of(self, column: str, where: str, count: int = FEW) -> tuple[Column, list[object]]:
        """What the data know of a column, and its first values."""
        table, found = find_column(self.tables, column, where.rsplit(".", 1)[0])
        self.used.add(column)
        return found, table.values(column, rows_to_read_off(table, count))

    def refuse_no_repair(self, entry: Make, generator: Part, modality: Part, kind: str) -> None:
        """Refuse a generator that cannot repair, and kinds of masks that the modality lacks."""
        assert entry.repair is not None
        if not generator.spec.repairs:
            able = [spec.id for spec in self.catalogue.of("generator", kind) if spec.repairs]
            raise RecipeError(
                f"{generator.where}: {generator.spec.id} cannot repair",
                hint=f"generators that can: {', '.join(able) or 'none installed'}",
            )
        known = (*modality.cls.mask_kinds, "centre")
        for mask_kind in entry.repair.masks:
            if mask_kind not in known:
                where = modality.where.removesuffix(".modality")
                raise RecipeError(
                    f"{where}.repair.masks: {modality.spec.id} has no kind of mask {mask_kind!r}",
                    hint=nearest(mask_kind, known),
                )

    def refuse_unpaired(self, loss: Part, name: str) -> None:
        """Refuse a loss that compares rows if nothing decides what a sample should be."""
        decided = self.recipe.given_of(name) or self.recipe.make[name].repair
        if loss.cls.paired and not decided:
            raise RecipeError(
                f"{loss.where}: {loss.spec.id} compares each sample with a real one, but nothing "
                "is given that decides which",
                hint="add an entry to given, add repair, or leave this loss out",
            )

    def refuse_untaught_condition(self, loss: Part, name: str) -> None:
        """Refuse a loss of the condition alone if nothing that makes the condition hears it."""
        if not loss.cls.of_condition:
            return
        if not self.recipe.given_of(name):
            raise RecipeError(
                f"{loss.where}: {loss.spec.id} teaches how the condition is made, but nothing is "
                "given",
                hint="add an entry to given, or leave this loss out",
            )
        if not self.recipe.encoders_with_generator:
            raise RecipeError(
                f"{loss.where}: {loss.spec.id} teaches encoders and fusion, which learn in the "
                "discriminator phase, where it is not heard",
                hint="add train: {encoders: generator}",
            )

    def refuse_unknown_likelihood(self, loss: Part, generator: Part, kind: str) -> None:
        """Refuse a loss that needs a likelihood on a generator that knows none."""
        if loss.cls.needs_likelihood and not generator.spec.knows_likelihood:
            known = [s.id for s in self.catalogue.of("generator", kind) if s.knows_likelihood]
            raise RecipeError(
                f"{loss.where}: {loss.spec.id} needs to know how likely a sample is, which "
                f"{generator.spec.id} does not",
                hint=f"generators that do: {', '.join(known) or 'none installed'}",
            )

    def refuse_what_cannot_measure(
        self,
        recipe: Recipe,
        given: Mapping[str, GivenPart],
        make: Mapping[str, MakePart],
        modalities: Mapping[str, Modality],
    ) -> None:
        """Refuse metrics and evaluators that cannot work, before training and not after it."""
        for name, entry in recipe.make.items():
            if entry.evaluator:
                where = f"make.{name}.evaluator"
                self.refuse_evaluator(entry.evaluator, make[name], modalities[name], where)
            if entry.matcher:
                kind = modalities[name].shown.kind
                self.refuse_matcher(entry.matcher, kind, given, f"make.{name}.matcher")
        kinds = {name: Kinds.of(modalities[name]) for name in make}
        refuse_unmeasurable(recipe, kinds, self.catalogue)

    def refuse_evaluator(
        self, evaluator: Evaluator, made: MakePart, modality: Modality, where: str
    ) -> None:
        """Refuse an encoder that does not read such samples, and a target that is no column."""
        kind = modality.shown.kind
        if evaluator.modality is not None:
            own = evaluator_modality(evaluator, made.modality, where, self.catalogue)
            kind = own.spec.modalities[0]
        encoder = evaluator.encoder
        part = self.part("encoder", encoder, f"{where}.encoder", kind, in_training=False)
        _refuse_frozen(part)
        if evaluator.target is not None:
            table, _ = find_column(self.tables, made.column, where)
            find_column([table], evaluator.target, f"{where}.target")

    def refuse_matcher(
        self, matcher: Matcher, kind: str, given: Mapping[str, GivenPart], where: str
    ) -> None:
        """Refuse encoders that do not read such made values or such given values."""
        self.part("encoder", matcher.encoder, f"{where}.encoder", kind, in_training=False)
        if matcher.given_encoder:
            (kind,) = given[matcher.given].modality.spec.modalities
            encoder = matcher.given_encoder
            self.part("encoder", encoder, f"{where}.given_encoder", kind, in_training=False)

    def refuse_unused_columns(self, recipe: Recipe) -> None:
        declared = recipe.data.options.get("columns")
        needed = self.used | _targets(recipe) | _same(recipe)
        unused = sorted(set(declared) - needed) if isinstance(declared, dict) else []
        if unused and self.tables:
            raise RecipeError(
                f"data.columns declares {unused[0]!r}, which nothing uses",
                hint=f"remove it, or use it: given.{unused[0]} or column: {unused[0]}",
            )


def _refuse_frozen(evaluator: Part) -> None:
    """Refuse an evaluator with a frozen model: the proof of a model carries evaluators alone."""
    if evaluator.models:
        raise RecipeError(
            f"{evaluator.where}: an evaluator cannot have a frozen model",
            hint="choose an encoder that learns all of its weights",
        )


def _same(recipe: Recipe) -> set[str]:
    return {recipe.align.same} if recipe.align else set()


def _targets(recipe: Recipe) -> set[str]:
    found = (entry.evaluator.target for entry in recipe.make.values() if entry.evaluator)
    return {target for target in found if target is not None}


def _refuse_undifferentiable(penalties: Sequence[WeightedPart], discriminator: Part) -> None:
    for penalty in (weighted.part for weighted in penalties):
        if penalty.cls.differentiates_twice and not discriminator.spec.twice_differentiable:
            raise RecipeError(
                f"{penalty.where}: {penalty.spec.id} differentiates twice, "
                f"which {discriminator.spec.id} cannot",
                hint="use objectives/finite-difference, or another discriminator",
            )
