"""What a manifest says of a model, read off its recipe, its networks and its weights.

``export`` writes it, and ``verify`` derives it again and compares.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

import torch
from torch import Tensor

from mmgan_core.assembly.blueprint import Blueprint
from mmgan_core.assembly.parts import Part
from mmgan_core.foundation.plain import Plain
from mmgan_core.inference.model import Model
from mmgan_core.plugins.catalogue import catalogue
from mmgan_core.plugins.manager import LOCAL
from mmgan_core.recipe.schema import Recipe
from mmgan_core.spec import Kind
from mmgan_core.zoo.manifest import PARTS, Licences, Makes, PartUsed, Recorded, read_manifest

EVERYTHING_MISSING = ", all of it missing"


def described_makes(model: Model, resolved: Plain) -> dict[str, Makes]:
    """What a model makes, with the tensors of its samples."""
    found = {}
    for name in model.made:
        modality = model.gan.modalities[name]
        found[name] = Makes(
            modality=resolved["make"][name]["modality"],
            shape=list(modality.space.shape),
            low=modality.space.low,
            high=modality.space.high,
            noise=model.gan.generator(name).noise_dim,
            endings=list(modality.endings),
        )
    return found


def described_parts(blueprint: Blueprint, folder: Path) -> list[PartUsed]:
    """The components that the weights belong to, those of carried models in ``folder`` too."""
    known, found = catalogue(), []
    for slot, (kind, part) in _slots(blueprint).items():
        owner = known.owner(kind, part.spec.id)
        found.append(
            PartUsed(
                slot=slot,
                id=part.spec.id,
                version=part.spec.version,
                distribution=owner,
                distribution_version="0" if owner == LOCAL else metadata.version(owner),
            )
        )
    return [*found, *_parts_of_carried(folder)]


def described_licences(recipe: Recipe) -> Licences:
    """The licences that a recipe states."""
    return Licences(weights=recipe.about.licence, data=recipe.about.data_licence)


def described_count(weights: Mapping[str, Tensor]) -> int:
    """How many numbers the weights of a model hold."""
    return sum(tensor.numel() for tensor in weights.values())


def is_rounded(weights: Mapping[str, Tensor]) -> bool:
    """Whether weights were rounded to half precision."""
    kinds = {tensor.dtype for tensor in weights.values()}
    return torch.float16 in kinds and torch.float32 not in kinds


def described_given(model: Model, entry: str, given: list[str]) -> str:
    """What was given where the number of a proof was measured."""
    shown = [name for name in given if name in model.blueprint.recipe.given_of(entry)]
    missing = EVERYTHING_MISSING if entry in model.repairable else ""
    return (" + ".join(shown) or "nothing") + missing


def described_evaluator(recipe: Recipe, recorded: Recorded) -> Plain | None:
    """The evaluator of a recipe whose number a proof records; None if it names none."""
    make = recipe.make.get(recorded.entry)
    if make is None or make.evaluator is None or make.evaluator.modality is not None:
        return None
    return make.evaluator.encoder.model_dump()


def _slots(blueprint: Blueprint) -> dict[str, tuple[Kind, Part]]:
    slots: dict[str, tuple[Kind, Part]] = {}
    for name, given in blueprint.given.items():
        slots[f"given.{name}.modality"] = ("modality", given.modality)
        slots[f"given.{name}.encoder"] = ("encoder", given.encoder)
    if blueprint.fusion:
        slots["fusion"] = ("fusion", blueprint.fusion)
    for name, make in blueprint.make.items():
        slots[f"make.{name}.modality"] = ("modality", make.modality)
        slots[f"make.{name}.generator"] = ("generator", make.generator)
        for one in make.discriminators(name):
            slots[one.part.where] = ("discriminator", one.part)
            slots[one.loss.where] = ("loss", one.loss)
        if make.inference:
            slots[f"make.{name}.inference"] = ("encoder", make.inference)
    for name, joint in blueprint.joint.items():
        slots[f"joint.{name}.discriminator"] = ("joint_discriminator", joint.discriminator.part)
        slots[f"joint.{name}.loss"] = ("loss", joint.discriminator.loss)
    return slots


def _parts_of_carried(folder: Path) -> list[PartUsed]:
    """The components of the models that a model carries; using it needs their plugins, too."""
    return [
        part.model_copy(update={"slot": f"{PARTS}{inner.name}: {part.slot}"})
        for inner in sorted((folder / PARTS).glob("*"))
        for part in read_manifest(inner).parts
    ]
