"""Claims: what a manifest and a card say is derived again, and compared with what they say.

Recipe, weights and installed components decide nearly all of it. Numbers that need the data must at
least agree with one another, and with the number that a proof measures again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import metadata
from typing import get_args

from mmgan_core.assembly.scheduled import Clock, scheduled_options
from mmgan_core.contracts import Measurement
from mmgan_core.errors import IntegrityError, MmganError
from mmgan_core.evaluation.evaluate import conditions
from mmgan_core.explaining.direction_file import directions_in
from mmgan_core.foundation.plain import Plain
from mmgan_core.inference.model import Model
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.publishing.card import card
from mmgan_core.publishing.contradictions import contradictions
from mmgan_core.publishing.described import (
    described_count,
    described_evaluator,
    described_given,
    described_licences,
    described_makes,
    described_parts,
    is_rounded,
)
from mmgan_core.publishing.hub_config import hub_config
from mmgan_core.publishing.naming import is_address_of
from mmgan_core.publishing.proof import COUNT, provable_entry
from mmgan_core.publishing.usage import address_in, example_of
from mmgan_core.recipe.old_spellings import present_card, present_component
from mmgan_core.spec import Kind
from mmgan_core.zoo.directory import ModelDirectory
from mmgan_core.zoo.manifest import CARD, CONFIG, WEIGHTS, Makes, Manifest, PartUsed, Recorded
from mmgan_core.zoo.weights import read_weights


def refuse_false_claims(directory: ModelDirectory, model: Model) -> None:
    """Refuse a model whose manifest or card says what does not follow from its other files.

    Raises:
        IntegrityError: names the first false claim, what is said and what was found.
    """
    manifest = directory.manifest
    _refuse_unequal(directory, _claims(directory, model))
    for what in contradictions(manifest, model):
        raise IntegrityError(f"{directory.path}: model.json contradicts itself: {what}", hint=_HINT)
    _refuse_other_card(directory, model)
    _refuse_other_config(directory)


def refuse_false_proof(directory: ModelDirectory, model: Model) -> None:
    """Refuse a proof that says of itself what does not follow from the recipe.

    Raises:
        IntegrityError: names the first false claim.
    """
    _refuse_unequal(directory, _proof(directory.manifest, model))


def refuse_other_range(directory: ModelDirectory, recorded: Recorded, again: Measurement) -> None:
    """Refuse a recorded number, or a range of it, that is another one when measured again.

    Raises:
        IntegrityError: names what differs.
    """
    assert again.low is not None
    assert again.high is not None
    # On other machines a few samples may be classified otherwise.
    room = max(3 / recorded.n, (again.high - again.low) / 20)
    for end in ("value", "low", "high"):
        said, found = getattr(recorded, end), getattr(again, end)
        if not abs(said - found) <= room:
            raise _false(directory, f"proof.measured.{end}", said, found)


def measured_claims(
    manifest: Manifest, model: Model, again: Callable[[Sequence[str], bool], Measurement]
) -> Iterator[tuple[int, Plain, float]]:
    """Yield each number in a manifest that its proof can measure, too: its place, and both values.

    Args:
        manifest: what `model.json` says.
        model: the model.
        again: measures a share with the entries to give, and whether their values are shuffled.
    """
    recorded = manifest.proof.measured
    if recorded is None or recorded.entry in model.repairable:
        return
    entries = model.blueprint.recipe.given_of(recorded.entry)
    for title, given, shuffled in conditions(entries):
        if not given or not set(given) <= set(manifest.proof.given):
            continue
        for number, row in enumerate(manifest.metrics):
            if (row["entry"], row["given"], row["name"]) == (recorded.entry, title, recorded.name):
                yield number, row, again(given, shuffled).value


def refuse_other_share(directory: ModelDirectory, number: int, row: Plain, again: float) -> None:
    """Refuse a share in a manifest's numbers that is far from that of the proof's samples.

    Raises:
        IntegrityError: names it.
    """
    proof = directory.manifest.proof.measured
    assert proof is not None
    share = (row["value"] * row["n"] + again * proof.n + 2) / (row["n"] + proof.n + 4)
    deviation = math.sqrt(share * (1 - share) * (1 / row["n"] + 1 / proof.n))
    if not abs(row["value"] - again) <= 5 * deviation + 0.01:
        raise _false(directory, f"metrics.{number}.value", row["value"], again)


def _refuse_unequal(
    directory: ModelDirectory, claims: Iterator[tuple[str, object, object]]
) -> None:
    for what, said, found in claims:
        if said != found:
            raise _false(directory, what, said, found)


_HINT = "do not trust what it says of itself: ask its author, or pull it again"


def _false(directory: ModelDirectory, what: str, said: object, found: object) -> IntegrityError:
    return IntegrityError(
        f"{directory.path}: model.json says {what}: {_short(said)}, but its files say "
        f"{_short(found)}",
        hint=_HINT,
    )


def _claims(directory: ModelDirectory, model: Model) -> Iterator[tuple[str, object, object]]:
    """Yield what is claimed, the claim, and what was derived again."""
    manifest, blueprint = directory.manifest, model.blueprint
    recipe, resolved = blueprint.recipe, blueprint.resolved()
    yield "summary", manifest.summary, recipe.summary
    yield "seed", manifest.seed, recipe.seed
    yield "limits", manifest.limits, list(recipe.about.limits)
    yield "licences", manifest.licences, described_licences(recipe)
    weights = read_weights(directory.path / WEIGHTS)
    yield "cost.weights", manifest.cost.weights, described_count(weights)
    yield "half", manifest.half, is_rounded(weights)
    yield "given", set(manifest.given), set(blueprint.given)
    for name, takes in manifest.given.items():
        entry = resolved["given"][name]
        for kind, said in (("modality", takes.modality), ("encoder", takes.encoder)):
            yield f"given.{name}.{kind}", _whole(kind, said), entry[kind]
        yield f"given.{name}.example", takes.example, example_of(takes.example)
    yield "made", set(manifest.made), set(blueprint.make)
    for name, makes in described_makes(model, resolved).items():
        made = manifest.made[name]
        unlisted = made.endings == Makes.model_fields["endings"].default
        yield (
            f"made.{name}",
            made.model_copy(
                update={
                    "modality": _whole("modality", made.modality),
                    "endings": makes.endings if unlisted else made.endings,
                }
            ),
            makes,
        )
    found = described_parts(blueprint, directory.path)
    said_parts = [_present(part) for part in manifest.parts]
    yield "parts", sorted(map(_key, said_parts)), sorted(map(_key, found))


def _proof(manifest: Manifest, model: Model) -> Iterator[tuple[str, object, object]]:
    proof, recorded = manifest.proof, manifest.proof.measured
    known = [name for name in model.given if name in proof.given]
    yield "proof.given", proof.given, known
    measurable = provable_entry(model.blueprint.recipe) is not None
    yield "whether a number was measured", recorded is not None, measurable
    if recorded is None:
        return
    yield "proof.measured.entry", recorded.entry in model.made, True
    yield (
        "proof.measured.given",
        recorded.given,
        described_given(model, recorded.entry, proof.given),
    )
    evaluator = described_evaluator(model.blueprint.recipe, recorded)
    said = _whole("encoder", recorded.evaluator)
    yield "proof.measured.evaluator", said, evaluator and _whole("encoder", evaluator)
    yield "proof.measured.seed", recorded.seed, proof.seed
    yield "proof.measured.n", recorded.n, COUNT
    yield "proof.measured.classes", len(set(recorded.classes)), len(recorded.classes)
    names = _names(model, recorded)
    yield "proof.measured.classes", set(recorded.classes) - names if names else set(), set()


def _names(model: Model, recorded: Recorded) -> set[str]:
    """The names of the classes, if an entry of the model has those of the evaluator's target."""
    make = model.blueprint.recipe.make[recorded.entry]
    target = make.evaluator and make.evaluator.target
    entries = [
        *((given.column, given.modality) for given in model.blueprint.given.values()),
        *((part.column, part.modality) for part in model.blueprint.make.values()),
    ]
    for column, part in entries:
        names = getattr(part.options, "names", None)
        if column == target and isinstance(names, (list, tuple)):
            return set(names)
    return set()


def _present(part: PartUsed) -> PartUsed:
    """A part under its present name; what was renamed may have come from another distribution."""
    id_ = present_component(part.id)
    for kind in get_args(Kind):
        if id_ != part.id and (kind, id_) in _owners():
            owner = catalogue().owner(kind, id_)
            return part.model_copy(update={"id": id_, "distribution": owner})
    return part


def _owners() -> set[tuple[str, str]]:
    return {(kind, spec.id) for kind in get_args(Kind) for spec in catalogue().of(kind)}


def _key(part: PartUsed) -> tuple[str, str, int, str]:
    return part.slot, part.id, part.version, part.distribution


def _whole(kind: str, choice: Mapping[str, object]) -> Plain:
    """A component as a manifest names it, with the defaults of options that came later."""
    options = {key: value for key, value in choice.items() if key != "use"}
    use = present_component(str(choice.get("use")))
    try:
        cls = catalogue().load("modality" if kind == "modality" else "encoder", use)
        checked = scheduled_options(cls, options, where=kind, clock=Clock())
    except MmganError:
        return dict(choice)
    return {"use": use, **checked.model_dump(mode="json")}


def _refuse_other_card(directory: ModelDirectory, model: Model) -> None:
    """Refuse a card that is not what this version writes of the manifest.

    Raises:
        IntegrityError: shows the first line that differs.
    """
    manifest = directory.manifest
    text = present_card((directory.path / CARD).read_text(encoding="utf-8"))
    address = address_in(text)
    if not is_address_of(address, manifest.name):
        raise _false(directory, "the address in the card", address, manifest.name)
    kept = directions_in(model.directions) if model.directions else ()
    wanted = card(manifest, model.blueprint, manifest.samples, address, kept)
    if text == wanted:
        return
    there, here = text.splitlines(), wanted.splitlines()
    differs = next((pair for pair in zip(there, here, strict=False) if pair[0] != pair[1]), None)
    said = differs or ("", "") if len(there) == len(here) else differs or (text[-80:], wanted[-80:])
    raise IntegrityError(
        f"{directory.path / CARD} is not the card of this model: it says {said[0][:160]!r}, and "
        f"its manifest {said[1][:160]!r}",
        hint="it was edited after export, or written by another version of mmgan-zoo: it was made "
        f"with {manifest.plugins.get('mmgan-zoo', 'an unknown one')}, and this is "
        f"{metadata.version('mmgan-zoo')}",
    )


def _refuse_other_config(directory: ModelDirectory) -> None:
    """Refuse a file for the Hub that says other things than the manifest does.

    Raises:
        IntegrityError: names the file.
    """
    file = directory.path / CONFIG
    if CONFIG not in directory.manifest.files:
        return  # a model from before there was this file
    if file.read_text(encoding="utf-8") != hub_config(directory.manifest):
        raise IntegrityError(f"{file} is not what export writes of this model", hint=_HINT)


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 160 else f"{text[:157]}..."
