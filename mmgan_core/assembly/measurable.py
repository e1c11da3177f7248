"""What can be measured of a model: which metrics have what they need, on which made entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from mmgan_core.assembly.choosing import chosen_part
from mmgan_core.assembly.parts import Part
from mmgan_core.contracts import Evaluated, Metric, Modality
from mmgan_core.errors import MmganError, RecipeError, UsageError, nearest
from mmgan_core.plugins.catalogue import Catalogue, catalogue
from mmgan_core.recipe.choices import Choice, choice_of
from mmgan_core.recipe.schema import Evaluate, Make, Recipe

EVALUATOR = frozenset({"features", "predicted", "asked", "encode", "probabilities"})
CLASSES = frozenset({"predicted", "asked", "probabilities"})
# The target's values are known without a network, but the recipe names the target.
TARGET = CLASSES | {"labels"}
# What needs no network of ours, and is measured by default beside what does.
BY_FEATURES = ("core/independent-reader", "core/variety")
_ADD_EVALUATOR = (
    "add to make.NAME: evaluator: {encoder: {use: ENCODER}, target: label}; "
    "mmgan-zoo ls encoders lists the encoders"
)
WHAT_TO_ADD = (
    f"{_ADD_EVALUATOR}; or a matcher; or evaluate: {{metrics: [...]}} with metrics that need none, "
    "such as core/l1 where something is given"
)
_OTHERS = "mmgan-zoo ls metrics lists metrics, some of which need none, such as core/l1"


@dataclass(frozen=True)
class Chosen:
    """A metric that is to be measured.

    Attributes:
        metric: the metric.
        part: how it was chosen.
        encoder: the encoder that it brings, or None.
    """

    metric: Metric
    part: Part
    encoder: Part | None = None


@dataclass(frozen=True)
class Kinds:
    """The kinds of data of a made entry, as metrics see it.

    Attributes:
        samples: that of its samples as tensors, such as vectors of codes.
        values: that of what they are decoded into, such as texts.
    """

    samples: str
    values: str

    @classmethod
    def of(cls, modality: Modality) -> Kinds:
        """The kinds of a modality."""
        return cls(modality.kind, modality.shown.kind)

    def seen_by(self, metric: Metric) -> str:
        """The kind that a metric has to fit."""
        return self.samples if "samples" in metric.needs else self.values


def chosen_metric(choice: Choice, where: str, known: Catalogue | None = None) -> Chosen:
    """Choose and build a metric, and choose the encoder that it brings."""
    part = chosen_part("metric", choice.use, choice.options, where, known)
    metric: Metric = part.build()
    if metric.encoder is None:
        return Chosen(metric, part)
    brought = choice_of(metric.encoder)
    encoder = chosen_part("encoder", brought.use, brought.options, f"{where}.encoder", known)
    return Chosen(metric, part, encoder)


def fitted(chosen: Chosen, kind: str, known: Catalogue | None = None) -> Chosen:
    """Return a metric with the features that a kind of data suggests, if it takes such ones."""
    if chosen.encoder or not chosen.metric.takes_features:
        return chosen
    choice = features_of(kind, known)
    if choice is None:
        return chosen
    where = f"{chosen.part.where}.encoder"
    return replace(chosen, encoder=chosen_part("encoder", choice.use, choice.options, where, known))


def features_of(kind: str, known: Catalogue | None = None) -> Choice | None:
    """Return the encoder of features that a kind of data suggests; None if it suggests none."""
    try:
        starter = (known or catalogue()).modality_for(kind, where="evaluate").starter
    except MmganError:
        return None
    if not starter or not starter.features:
        return None
    suggested = starter.features
    return choice_of({"use": suggested} if isinstance(suggested, str) else suggested)


def measured_entries(
    recipe: Recipe, kinds: Mapping[str, Kinds], metrics: Sequence[Chosen]
) -> dict[str, list[Chosen]]:
    """Return the metrics that can be measured of each made entry.

    Args:
        recipe: the recipe of the model.
        kinds: the kinds of data of each made entry.
        metrics: the metrics that were asked for.

    Raises:
        UsageError: if a metric can be measured of no entry: says why, and what to add.
    """
    found: dict[str, list[Chosen]] = {name: [] for name in recipe.make}
    for chosen in metrics:
        for name in _entries_of(chosen, recipe, kinds):
            found[name].append(fitted(chosen, kinds[name].values))
    return found


def refuse_unmeasurable(recipe: Recipe, kinds: Mapping[str, Kinds], known: Catalogue) -> None:
    """Refuse metrics of a recipe that ``evaluate`` could measure of no entry.

    Args:
        recipe: the recipe that is to be trained.
        kinds: the kinds of data of each made entry.
        known: the components to choose from.

    Raises:
        RecipeError: if there is one: says why, and what to add.
    """
    metrics = [
        chosen_metric(choice, f"evaluate.metrics.{number}", known)
        for number, choice in enumerate(recipe.evaluate.metrics)
    ]
    if are_default(recipe):
        return  # what cannot be measured of those is left out
    for chosen in metrics:
        try:
            _entries_of(chosen, recipe, kinds, known)
        except UsageError as error:
            raise RecipeError(f"{chosen.part.where}: {error.message}", hint=error.hint) from None


def _entries_of(
    chosen: Chosen, recipe: Recipe, kinds: Mapping[str, Kinds], known: Catalogue | None = None
) -> list[str]:
    """The made entries that a metric can be measured of; there is one, or it is refused."""
    lacks = {
        name: _lack(fitted(chosen, kinds[name].values, known), recipe, name, kinds[name])
        for name in recipe.make
    }
    if all(lacks.values()):
        # An entry of the right kind says more about what to add.
        spec, metric = chosen.part.spec, chosen.metric
        fitting = [n for n in lacks if spec.fits(kinds[n].seen_by(metric))] or list(lacks)
        reason, hint = lacks[fitting[0]] or ("", "")
        raise UsageError(f"{spec.id} {reason}", hint=hint)
    return [name for name, lack in lacks.items() if lack is None]


def default_entries(
    recipe: Recipe, kinds: Mapping[str, Kinds] | None = None
) -> dict[str, list[Choice]]:
    """Return what is measured of each made entry if the recipe chooses no metrics.

    Args:
        recipe: the recipe.
        kinds: the kinds of data of each made entry; None if they are not known: then what some
            kinds of data alone can have is there too.
    """
    return {
        name: list(_defaults(entry, kinds is None or features_of(kinds[name].values) is not None))
        for name, entry in recipe.make.items()
    }


def are_default(recipe: Recipe) -> bool:
    """Whether the recipe's metrics are those that a recipe has if it chooses none."""
    return recipe.evaluate.metrics == Evaluate().metrics


def _defaults(entry: Make, features: bool) -> Iterator[Choice]:
    if entry.evaluator:
        yield from (
            choice
            for choice in Evaluate().metrics
            if entry.evaluator.target is not None or choice.use != "core/condition-accuracy"
        )
        if features and entry.evaluator.target is not None:
            # What is known of a repaired sample holds samples apart, as nothing given does.
            several = BY_FEATURES[:1] if entry.repair else BY_FEATURES
            yield from (choice_of({"use": use}) for use in several)
    elif entry.repair:
        yield from (choice_of({"use": use}) for use in ("core/l1", "core/psnr"))
    if entry.matcher:
        yield choice_of({"use": "core/retrieval"})


def _lack(chosen: Chosen, recipe: Recipe, name: str, kinds: Kinds) -> tuple[str, str] | None:
    """Return why a metric cannot be measured of a made entry, and what to do; or None."""
    metric, spec, entry, where = chosen.metric, chosen.part.spec, recipe.make[name], f"make.{name}"
    needs, kind = metric.needs, kinds.values
    unknown = sorted(needs - set(Evaluated.PARTS))
    if unknown:
        return f"needs {unknown[0]!r}, which no samples have", nearest(unknown[0], Evaluated.PARTS)
    if not spec.fits(seen := kinds.seen_by(metric)):
        return f"measures {' and '.join(spec.modalities)}, not {seen}", _OTHERS
    if chosen.encoder and not chosen.encoder.spec.fits(kind):
        reads = " and ".join(chosen.encoder.spec.modalities)
        return f"measures with {chosen.encoder.spec.id}, which reads {reads}, not {kind}", (
            f"choose another encoder: mmgan-zoo ls encoders --modality {kind}"
        )
    if metric.takes_features and not chosen.encoder:
        return f"needs an encoder of features without weights, and none is known for {kind}", (
            f"name one: {{use: {spec.id}, encoder: {{use: ENCODER}}}}; "
            f"mmgan-zoo ls encoders --modality {kind}"
        )
    from_evaluator = needs & (EVALUATOR - {"encode"} if chosen.encoder else EVALUATOR)
    if (from_evaluator or needs & TARGET) and not entry.evaluator:
        return f"needs an evaluator, and the recipe names no evaluator for {name}", (
            f"{_ADD_EVALUATOR.replace('NAME', name)}; {_OTHERS}"
        )
    if needs & TARGET and entry.evaluator and entry.evaluator.target is None:
        return "needs classes, and the evaluator has no target", (
            f"set {where}.evaluator.target to the column that it predicts, or leave this metric out"
        )
    if "matched" in needs and not entry.matcher:
        return f"needs a matcher, and the recipe names no matcher for {name}", (
            f"add to {where}: matcher: {{encoder: {{use: ENCODER}}, given: ENTRY}}"
        )
    given = recipe.given_of(name)
    if "given" in needs and not given:
        return "compares samples with what was given, and nothing can be given", (
            "leave this metric out"
        )
    if "references" in needs and not given and not entry.repair:
        return "compares each sample with a real one, but nothing is given that decides which", (
            "leave this metric out; core/frechet compares all samples with all real ones"
        )
    return None
