"""What a model was seen to do when it was made, so that anyone can see it do so again.

Recorded are given values as the encoder prepares them, digests of samples, and the evaluator that
measured one number: nothing has to be downloaded or trained to measure it again. The evaluator is
its author's: that a number comes out again says that it was not made up, not that it was earned.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from mmgan_core.assembly.blueprint import Part
from mmgan_core.assembly.choosing import chosen_part
from mmgan_core.assembly.columns import find_column
from mmgan_core.components.condition_accuracy import ConditionAccuracy, ConditionAccuracyOptions
from mmgan_core.components.frechet import Frechet, FrechetOptions
from mmgan_core.contracts import Evaluated, Measurement, Modality
from mmgan_core.data.feed import Feed
from mmgan_core.errors import IntegrityError
from mmgan_core.evaluation.evaluator import Evaluator, Lesson, trained_evaluator
from mmgan_core.inference.model import Model
from mmgan_core.inference.samples import Samples
from mmgan_core.zoo.digest import digest_of
from mmgan_core.zoo.manifest import Proof, Recorded
from mmgan_core.zoo.planning import planned
from mmgan_core.zoo.weights import refuse_other_shapes, shapes_of

DIGESTS = 8
COUNT = 256
ROOM = 50_000
TOLERANCE = 1e-3
LARGEST = 2**28
# How the evaluator's tensors are named; the second as models did until 0.1.
_EVALUATORS = ("evaluator.", "judge.")
Prepared = Mapping[str, Mapping[str, Tensor]]


@dataclass(frozen=True)
class Evidence:
    """The entry ``proof`` of a manifest, and the tensors of proof.safetensors."""

    proof: Proof
    tensors: dict[str, Tensor]


def gather(model: Model, test: Feed, train: Feed) -> Evidence:
    """Watch a model, and write down what it does."""
    batch = test.batch(0, 0, COUNT, torch.device("cpu"))
    given = _small(batch.given)
    made = model.generate_prepared(given, count=COUNT, seed=0)
    tensors = {f"given.{name}.{k}": t for name, found in given.items() for k, t in found.items()}
    tensors |= {f"digest.{name}": digest_of(t[:DIGESTS]) for name, t in made.tensors.items()}
    proof = Proof(given=list(given), seed=0, samples=DIGESTS, tolerance=TOLERANCE)
    judged = next((n for n, e in model.blueprint.recipe.make.items() if e.evaluator), "")
    if judged:
        measured, evaluator = _measured(model, judged, test, train, given, made)
        proof = proof.model_copy(update={"measured": measured})
        tensors |= evaluator
    return Evidence(proof, {name: t.detach().contiguous() for name, t in tensors.items()})


def digests(model: Model, proof: Proof, tensors: Mapping[str, Tensor]) -> float:
    """By how much samples that are made now differ from those that were recorded."""
    made = model.generate_prepared(_given(proof, tensors), count=proof.samples, seed=proof.seed)
    worst = 0.0
    for name, samples in made.tensors.items():
        now, then = digest_of(samples), tensors[f"digest.{name}"]
        if now.shape != then.shape:
            raise IntegrityError(f"the recorded digests of {name} are of another shape")
        difference = float((now - then).abs().max())
        worst = max(worst, difference if math.isfinite(difference) else math.inf)
    return worst


def measured_again(model: Model, proof: Proof, tensors: Mapping[str, Tensor]) -> float:
    """The recorded number, measured now with the recorded evaluator."""
    recorded = proof.measured
    assert recorded is not None
    modality = model.gan.modalities[recorded.entry]
    if recorded.n * math.prod(modality.space.shape) > LARGEST:
        raise IntegrityError(f"{recorded.n} samples of {modality.space.shape} are too many to make")
    evaluator = _evaluator(recorded, modality, tensors)
    made = model.generate_prepared(_given(proof, tensors), count=recorded.n, seed=recorded.seed)
    found = _number(evaluator, made[recorded.entry], tensors)
    if found is None or found.name != recorded.name:
        raise IntegrityError(f"nothing recorded allows {recorded.name!r} to be measured again")
    return found.value


def _measured(
    model: Model, name: str, test: Feed, train: Feed, given: Prepared, made: Samples
) -> tuple[Recorded, dict[str, Tensor]]:
    choice = model.blueprint.recipe.make[name].evaluator
    assert choice is not None
    modality = model.gan.modalities[name]
    part = _part(choice.encoder.model_dump(), f"make.{name}.evaluator.encoder")
    column = model.blueprint.make[name].column
    lesson = Lesson(column, choice.target, choice.samples)
    evaluator = trained_evaluator(part, modality, lesson, train.tables, test.tables)
    tensors = {}
    for key, tensor in evaluator.state_dict().items():
        # Half precision tells digits apart as well; what measures must be what is recorded.
        small = tensor.half() if tensor.dtype == torch.float32 else tensor
        tensors[f"evaluator.{key}"] = small
        tensor.copy_(small)
    rows = test.rows(0, COUNT)
    if given:
        table, _ = find_column(test.tables, column, "evaluator")
        asked = table.values(choice.target, rows[test.tables.index(table)].tolist())
        number = {label: at for at, label in enumerate(evaluator.names)}
        tensors["asked"] = torch.tensor([number.get(str(label), -1) for label in asked])
    else:
        real = modality.present(test.batch(0, 0, COUNT, torch.device("cpu")).real[name])
        tensors["real"] = evaluator.read(real, [None] * COUNT).features
    found = _number(evaluator, made[name], tensors)
    assert found is not None
    low, high = found.low, found.high
    if low is None or high is None:
        low, high = _spread(model, evaluator, name, given, tensors, found.value)
    told = " + ".join(given) or "nothing"
    if name in model.repairable:
        told += ", all of it missing"
    recorded = Recorded(
        entry=name,
        name=found.name,
        given=told,
        value=found.value,
        low=low,
        high=high,
        n=COUNT,
        seed=0,
        evaluator=part.plain(),
        classes=list(evaluator.names),
    )
    return recorded, tensors


def _spread(
    model: Model,
    evaluator: Evaluator,
    name: str,
    given: Prepared,
    tensors: dict[str, Tensor],
    value: float,
) -> tuple[float, float]:
    """Four standard deviations over other seeds: where the same model comes out again."""
    values = [value]
    for seed in range(1, 6):
        made = model.generate_prepared(given, count=COUNT, seed=seed)
        again = _number(evaluator, made[name], tensors)
        assert again is not None
        values.append(again.value)
    centre, reach = statistics.mean(values), 4 * statistics.stdev(values)
    return min(centre - reach, value), max(centre + reach, value)


def _number(
    evaluator: Evaluator, values: Sequence[object], tensors: Mapping[str, Tensor]
) -> Measurement | None:
    """Condition accuracy where something was asked for, else the Fréchet distance to real ones."""
    judged = evaluator.read(values, [None] * len(values))
    if "asked" in tensors:
        fake = Evaluated(judged.features, judged.predicted, tensors["asked"][: len(values)])
        found = ConditionAccuracy(ConditionAccuracyOptions()).measure(fake, fake, fake)
    elif "real" in tensors:
        real = Evaluated(tensors["real"], judged.predicted, judged.asked)
        found = Frechet(FrechetOptions()).measure(judged, real, real)
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
    with planned(len(state), numbers, "proof.measured.evaluator"):
        wanted = shapes_of(Evaluator(part.build(modality), recorded.classes).state_dict())
    refuse_other_shapes(shapes_of(state), wanted, "the evaluator in proof.safetensors")
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
    """The entries that take little room, or the one that takes least."""
    sizes = {n: sum(t.nbytes for t in tensors.values()) for n, tensors in given.items()}
    small = [name for name, size in sizes.items() if size <= ROOM]
    chosen = small or sorted(sizes, key=lambda name: sizes[name])[:1]
    return {name: given[name] for name in chosen}
