"""The proof of a model: records its samples and one of its numbers, so that anyone can check them.

It holds given values as the encoder prepares them, digests of the samples, and the evaluator that
measured the number, so that a check needs no data and no training. The evaluator comes from the
model's author: a number that can be measured again was not invented, but may still flatter.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from mmgan_core.assembly.choosing import chosen_part
from mmgan_core.assembly.columns import find_column
from mmgan_core.assembly.parts import Part
from mmgan_core.components.condition_accuracy import ConditionAccuracy, ConditionAccuracyOptions
from mmgan_core.components.frechet import Frechet, FrechetOptions
from mmgan_core.contracts import Evaluated, Measurement, Modality
from mmgan_core.data.feed import Feed
from mmgan_core.errors import IntegrityError
from mmgan_core.evaluation.evaluator import BATCH, Evaluator, Lesson, trained_evaluator
from mmgan_core.inference.model import Model
from mmgan_core.inference.samples import Samples
from mmgan_core.publishing.described import described_given
from mmgan_core.recipe.schema import Make, Recipe
from mmgan_core.zoo.budget import Cost, refuse_over_budget
from mmgan_core.zoo.costs import cost_of_modalities, cost_of_reading
from mmgan_core.zoo.digest import digest_of
from mmgan_core.zoo.directory import ModelDirectory
from mmgan_core.zoo.manifest import PROOF, Proof, Recorded
from mmgan_core.zoo.metering import Meter
from mmgan_core.zoo.planning import planned
from mmgan_core.zoo.weights import read_weights, refuse_other_shapes, shapes_of

DIGESTS = 8
COUNT = 256
ROOM = 50_000
TOLERANCE = 1e-3
LARGEST = 2**28
_DRAWN = "drawn."
_WHAT = "the evaluator in proof.safetensors, measuring again,"
# How many times as long as one sample all that is made and measured again may take.
_TIMES = 10
# The prefixes of the evaluator's tensors; models before version 0.1 have the second.
_EVALUATORS = ("evaluator.", "judge.")
Prepared = Mapping[str, Mapping[str, Tensor]]


@dataclass(frozen=True)
class Evidence:
    """The section ``proof`` of a manifest, and the tensors of ``proof.safetensors``."""

    proof: Proof
    tensors: dict[str, Tensor]


def gather(model: Model, test: Feed, train: Feed, seconds: float | None = None) -> Evidence:
    """Make samples with a model, and record them as its proof.

    Args:
        model: the model.
        test: the test split, which the given values come from.
        train: the training split, which the evaluator is trained on.
        seconds: how long the evaluator may learn, if it has not learned for ``evaluate``.
    """
    evaluated = provable_entry(model.blueprint.recipe)
    # Given values can be large, such as what a language model knows of every piece of a text.
    count = DIGESTS if evaluated is None else COUNT
    batch = test.batch(0, 0, count, torch.device("cpu"))
    given = _small(batch.given)
    made = model.generate_prepared(given, count=count, seed=0)
    tensors = {f"given.{name}.{k}": t for name, found in given.items() for k, t in found.items()}
    tensors |= {f"digest.{name}": digest_of(t[:DIGESTS]) for name, t in made.tensors.items()}
    tensors |= drawn_digests(model)
    proof = Proof(given=list(given), seed=0, samples=DIGESTS, tolerance=TOLERANCE)
    if evaluated is not None:
        measured, evaluator = _measured(model, evaluated, (test, train), given, made, seconds)
        proof = proof.model_copy(update={"measured": measured})
        tensors |= evaluator
    return Evidence(proof, {name: t.detach().contiguous() for name, t in tensors.items()})


def gathered_again(model: Model, proof: Proof, tensors: Mapping[str, Tensor]) -> Evidence:
    """Record a model whose weights have changed, with the given values and the evaluator of before.

    Args:
        model: the model.
        proof: what was recorded.
        tensors: what is in proof.safetensors.
    """
    found = dict(tensors) | _digests_now(model, proof, tensors)
    if proof.measured is None:
        return Evidence(proof, found)
    number = measured_again(model, proof, tensors)
    ends = {"value": number.value, "low": number.low, "high": number.high}
    measured = Recorded.model_validate(proof.measured.model_dump() | ends)
    return Evidence(proof.model_copy(update={"measured": measured}), found)


def provable_entry(recipe: Recipe) -> str | None:
    """The made entry of which a proof records a number; None if there is none."""
    return next((name for name, entry in recipe.make.items() if _provable(entry)), None)


def _provable(entry: Make) -> bool:
    """Whether an entry's evaluator can travel with the model: it is trained, and holds all of it.

    A frozen network would have to be fetched again by whoever verifies the model.
    """
    evaluator = entry.evaluator
    return bool(evaluator and evaluator.target is not None and evaluator.modality is None)


def drawn_digests(model: Model) -> dict[str, Tensor]:
    """Digests of samples for which every given entry is drawn; none if the model has no prior."""
    if model.prior is None:
        return {}
    made = model.generate(count=DIGESTS, seed=0)
    return {f"{_DRAWN}{name}": digest_of(samples) for name, samples in made.tensors.items()}


def refuse_long(proof: Proof, cost: Cost, at_once: int) -> None:
    """Refuse a proof of which making everything again would take too long.

    Args:
        cost: what one sample takes.
        at_once: how many may be made at once.

    Raises:
        OverBudget: says how long it would take.
    """
    count = proof.samples + (proof.measured.n if proof.measured else 0)
    what = f"making {count} recorded samples again"
    refuse_over_budget(cost.of_many(count, min(64, at_once)), what, times=_TIMES)


def digests(model: Model, proof: Proof, tensors: Mapping[str, Tensor]) -> float:
    """Make the recorded samples again, and return the largest difference of their digests."""
    worst = 0.0
    for name, now in _digests_now(model, proof, tensors).items():
        then = tensors[name]
        if now.shape != then.shape:
            raise IntegrityError(f"the recorded {name} has another shape")
        difference = float((now - then).abs().max())
        worst = max(worst, difference if math.isfinite(difference) else math.inf)
    return worst


def _digests_now(model: Model, proof: Proof, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    made = model.generate_prepared(_given(proof, tensors), count=proof.samples, seed=proof.seed)
    again = {f"digest.{name}": digest_of(samples) for name, samples in made.tensors.items()}
    return again | drawn_digests(model)


def measured_again(
    model: Model,
    proof: Proof,
    tensors: Mapping[str, Tensor],
    given: Sequence[str] | None = None,
    *,
    shuffled: bool = False,
) -> Measurement:
    """Measure the recorded number again, with the recorded evaluator.

    Args:
        model: the model.
        proof: what was recorded.
        tensors: what is in proof.safetensors.
        given: the entries to give; default: those of the proof.
        shuffled: give each sample the values of another row.

    Returns:
        The number, with both ends of the range that the same model's number lies in.

    Raises:
        IntegrityError: if the proof lacks what measuring needs.
    """
    recorded = proof.measured
    assert recorded is not None
    modality = model.gan.modalities[recorded.entry]
    if recorded.n * math.prod(modality.space.shape) > LARGEST:
        raise IntegrityError(f"{recorded.n} samples of {modality.space.shape} are too many to make")
    evaluator = _evaluator(recorded, modality.shown, tensors)
    values = _given(proof, tensors)
    if given is not None:
        values = {name: values[name] for name in given}
    if shuffled:
        values = {
            name: {key: tensor.roll(len(tensor) // 2, 0) for key, tensor in found.items()}
            for name, found in values.items()
        }
    made = model.generate_prepared(values, count=recorded.n, seed=recorded.seed)
    found = _number(evaluator, made[recorded.entry], tensors)
    if found is None or found.name != recorded.name:
        raise IntegrityError(f"the proof lacks what measuring {recorded.name!r} again needs")
    return _with_range(found, model, evaluator, recorded.entry, values, tensors)


def committed_evaluators(directory: ModelDirectory, entry: str) -> dict[str, Evaluator]:
    """The evaluator of a made entry that travels with a model, by the column that it predicts.

    Returns:
        Nothing, if the model's proof holds none of that entry.
    """
    recorded, blueprint = directory.manifest.proof.measured, directory.blueprint()
    choice = blueprint.recipe.make[entry].evaluator
    if recorded is None or recorded.entry != entry or not choice or not choice.target:
        return {}
    modality = blueprint.modalities[entry].shown
    return {choice.target: _evaluator(recorded, modality, read_weights(directory.path / PROOF))}


def _measured(
    model: Model,
    name: str,
    splits: tuple[Feed, Feed],
    given: Prepared,
    made: Samples,
    seconds: float | None,
) -> tuple[Recorded, dict[str, Tensor]]:
    test, train = splits
    choice = model.blueprint.recipe.make[name].evaluator
    assert choice is not None
    assert choice.target is not None
    modality = model.gan.modalities[name]
    part = _part(choice.encoder.model_dump(), f"make.{name}.evaluator.encoder")
    column = model.blueprint.make[name].column
    lesson = Lesson(column, choice.target, choice.samples, seconds)
    evaluator = trained_evaluator(part, modality.shown, lesson, train.tables, test.tables)
    tensors = {}
    for key, tensor in evaluator.state_dict().items():
        # Half precision is accurate enough; the evaluator that measures is the recorded one.
        small = tensor.half() if tensor.dtype == torch.float32 else tensor
        tensors[f"evaluator.{key}"] = small
        tensor.copy_(small)
    rows = test.rows(0, COUNT)
    shown = [n for n in given if n in model.blueprint.recipe.given_of(name)]
    if shown:
        table, _ = find_column(test.tables, column, "evaluator")
        asked = table.values(choice.target, rows[test.tables.index(table)].tolist())
        number = {label: at for at, label in enumerate(evaluator.names)}
        tensors["asked"] = torch.tensor([number.get(str(label), -1) for label in asked])
    else:
        real = modality.present(test.batch(0, 0, COUNT, torch.device("cpu")).real[name])
        tensors["real"] = evaluator.read(real, [None] * COUNT).features
    found = _number(evaluator, made[name], tensors)
    assert found is not None
    found = _with_range(found, model, evaluator, name, given, tensors)
    assert found.low is not None
    assert found.high is not None
    recorded = Recorded(
        entry=name,
        name=found.name,
        given=described_given(model, name, list(given)),
        value=found.value,
        low=found.low,
        high=found.high,
        n=COUNT,
        seed=0,
        evaluator=part.plain(),
        classes=list(evaluator.names),
    )
    return recorded, tensors


def _with_range(
    found: Measurement,
    model: Model,
    evaluator: Evaluator,
    name: str,
    given: Prepared,
    tensors: Mapping[str, Tensor],
) -> Measurement:
    """A number with the range in which the same model's number must lie when measured again.

    One without an interval of its own gets four standard deviations over several seeds to either
    side of their mean.
    """
    if found.low is not None and found.high is not None:
        return found
    values = [found.value]
    for seed in range(1, 6):
        made = model.generate_prepared(given, count=COUNT, seed=seed)
        again = _number(evaluator, made[name], tensors)
        assert again is not None
        values.append(again.value)
    centre, reach = statistics.mean(values), 4 * statistics.stdev(values)
    low, high = min(centre - reach, found.value), max(centre + reach, found.value)
    return replace(found, low=low, high=high)


def _number(
    evaluator: Evaluator, values: Sequence[object], tensors: Mapping[str, Tensor]
) -> Measurement | None:
    """Measure the condition accuracy or, if nothing is given, the Fréchet distance."""
    made = evaluator.read(values, [None] * len(values))
    if "asked" in tensors:
        fake = Evaluated(made.features, made.predicted, tensors["asked"][: len(values)])
        found = ConditionAccuracy(ConditionAccuracyOptions()).measure(fake, fake, fake)
    elif "real" in tensors:
        real = Evaluated(tensors["real"], made.predicted, made.asked)
        found = Frechet(FrechetOptions()).measure(made, real, real)
    else:
        return None
    return found[0] if found else None


def _evaluator(recorded: Recorded, modality: Modality, tensors: Mapping[str, Tensor]) -> Evaluator:
    part = _part(recorded.evaluator, "proof.measured.evaluator")
    state = {
        key.removeprefix(prefix): tensor
        for prefix in _EVALUATORS
        for key, tensor in tensors.items()
        if key.startswith(prefix)
    }
    numbers = sum(tensor.numel() for tensor in state.values())
    refuse_over_budget(cost_of_modalities({"": modality}), _WHAT)
    with planned(len(state), numbers, "proof.measured.evaluator"), Meter(_WHAT):
        bare = Evaluator(part.build(modality), recorded.classes)
    wanted = shapes_of(bare.state_dict())
    refuse_other_shapes(shapes_of(state), wanted, "the evaluator in proof.safetensors")
    reading = cost_of_reading(bare, bare.encoder, BATCH, _WHAT)
    refuse_over_budget(reading.of_many(math.ceil(recorded.n / BATCH), 1), _WHAT, times=_TIMES)
    evaluator = Evaluator(part.build(modality), recorded.classes)
    evaluator.load_state_dict(state)
    return evaluator


def _part(choice: Mapping[str, object], where: str) -> Part:
    options = {key: value for key, value in choice.items() if key != "use"}
    return chosen_part("encoder", str(choice.get("use")), options, where)


def _given(proof: Proof, tensors: Mapping[str, Tensor]) -> Prepared:
    given: dict[str, dict[str, Tensor]] = {}
    for name in proof.given:
        start = f"given.{name}."
        given[name] = {k.removeprefix(start): t for k, t in tensors.items() if k.startswith(start)}
    return given


def _small(given: Prepared) -> Prepared:
    """Return the entries whose tensors are small; if none are, the one with the smallest."""
    sizes = {n: sum(t.nbytes for t in tensors.values()) for n, tensors in given.items()}
    small = [name for name, size in sizes.items() if size <= ROOM]
    chosen = small or sorted(sizes, key=lambda name: sizes[name])[:1]
    return {name: given[name] for name in chosen}
