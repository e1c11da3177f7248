"""What can be measured of a model: which metrics have what they need, on which made entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mmgan_core.assembly.blueprint import Part
from mmgan_core.assembly.choosing import chosen_part
from mmgan_core.contracts import Evaluated, Metric
from mmgan_core.errors import RecipeError, UsageError, nearest
from mmgan_core.plugins.catalogue import Catalogue
from mmgan_core.recipe.choices import Choice, choice_of
from mmgan_core.recipe.schema import Evaluate, Make, Recipe

EVALUATOR = frozenset({"features", "predicted", "asked", "encode"})
CLASSES = frozenset({"predicted", "asked"})
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


def chosen_metric(choice: Choice, where: str, known: Catalogue | None = None) -> Chosen:
    """Choose and build a metric, and choose the encoder that it brings."""
    part = chosen_part("metric", choice.use, choice.options, where, known)
    metric: Metric = part.build()
    if metric.encoder is None:
        return Chosen(metric, part)
    brought = choice_of(metric.encoder)
    encoder = chosen_part("encoder", brought.use, brought.options, f"{where}.encoder", known)
    return Chosen(metric, part, encoder)


def measured_entries(
    recipe: Recipe, kinds: dict[str, str], metrics: Sequence[Chosen]
) -> dict[str, list[Chosen]]:
    """Return the metrics that can be measured of each made entry.

    Args:
        recipe: the recipe of the model.
        kinds: the kind of data of each made entry.
        metrics: the metrics that were asked for.

    Raises:
        UsageError: if a metric can be measured of no entry: says why, and what to add.
    """
    found: dict[str, list[Chosen]] = {name: [] for name in recipe.make}
    for chosen in metrics:
        for name in _entries_of(chosen, recipe, kinds):
            found[name].append(chosen)
    return found


def refuse_unmeasurable(recipe: Recipe, kinds: Mapping[str, str], known: Catalogue) -> None:
    """Refuse metrics of a recipe that ``evaluate`` could measure of no entry.

    Args:
        recipe: the recipe that is to be trained.
        kinds: the kind of data of each made entry.
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
            _entries_of(chosen, recipe, kinds)
        except UsageError as error:
            raise RecipeError(f"{chosen.part.where}: {error.message}", hint=error.hint) from None


def _entries_of(chosen: Chosen, recipe: Recipe, kinds: Mapping[str, str]) -> list[str]:
    """The made entries that a metric can be measured of; there is one, or it is refused."""
    lacks = {name: _lack(chosen, recipe, name, kinds[name]) for name in recipe.make}
    if all(lacks.values()):
        # An entry of the right kind says more about what to add.
        fitting = [n for n in lacks if chosen.part.spec.fits(kinds[n])] or list(lacks)
        reason, hint = lacks[fitting[0]] or ("", "")
        raise UsageError(f"{chosen.part.spec.id} {reason}", hint=hint)
    return [name for name, lack in lacks.items() if lack is None]


def default_entries(recipe: Recipe) -> dict[str, list[Choice]]:
    """Return what is measured of each made entry if the recipe chooses no metrics."""
    return {name: list(_defaults(entry)) for name, entry in recipe.make.items()}


def are_default(recipe: Recipe) -> bool:
    """Whether the recipe's metrics are those that a recipe has if it chooses none."""
    return recipe.evaluate.metrics == Evaluate().metrics


def _defaults(entry: Make) -> Iterator[Choice]:
    if entry.evaluator:
        yield from (
            choice
            for choice in Evaluate().metrics
            if entry.evaluator.target is not None or choice.use != "core/condition-accuracy"
        )
    elif entry.repair:
        yield from (choice_of({"use": use}) for use in ("core/l1", "core/psnr"))
    if entry.matcher:
        yield choice_of({"use": "core/retrieval"})


def _lack(chosen: Chosen, recipe: Recipe, name: str, kind: str) -> tuple[str, str] | None:
    """Return why a metric cannot be measured of a made entry, and what to do; or None."""
    metric, spec, entry, where = chosen.metric, chosen.part.spec, recipe.make[name], f"make.{name}"
    needs = metric.needs
    unknown = sorted(needs - set(Evaluated.PARTS))
    if unknown:
        return f"needs {unknown[0]!r}, which no samples have", nearest(unknown[0], Evaluated.PARTS)
    if not spec.fits(kind):
        return f"measures {' and '.join(spec.modalities)}, not {kind}", _OTHERS
    if chosen.encoder and not chosen.encoder.spec.fits(kind):
        reads = " and ".join(chosen.encoder.spec.modalities)
        return f"measures with {chosen.encoder.spec.id}, which reads {reads}, not {kind}", (
            f"choose another encoder: mmgan-zoo ls encoders --modality {kind}"
        )
    from_evaluator = needs & (EVALUATOR - {"encode"} if chosen.encoder else EVALUATOR)
    if from_evaluator and not entry.evaluator:
        return f"needs an evaluator, and the recipe names no evaluator for {name}", (
            f"{_ADD_EVALUATOR.replace('NAME', name)}; {_OTHERS}"
        )
    if needs & CLASSES and entry.evaluator and entry.evaluator.target is None:
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
