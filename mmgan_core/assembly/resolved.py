"""The resolved recipe: what a blueprint has chosen, as plain data, for ``resolved.yaml``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mmgan_core.foundation.plain import Plain
from mmgan_core.recipe.choices import ComponentChoice

if TYPE_CHECKING:
    from mmgan_core.assembly.blueprint import Blueprint
    from mmgan_core.assembly.parts import DiscriminatorPart


def resolved_recipe(blueprint: Blueprint) -> Plain:
    """The recipe with every default filled in, also those that were inferred from the data."""
    plain = blueprint.recipe.plain()
    for name, given in blueprint.given.items():
        plain["given"][name].update(
            modality=given.modality.plain(), column=given.column, encoder=given.encoder.plain()
        )
    for name, make in blueprint.make.items():
        entry = plain["make"][name]
        entry.update(
            modality=make.modality.plain(),
            column=make.column,
            generator=make.generator.plain(),
            loss=make.loss.plain() if make.loss else None,
            inference=make.inference.plain() if make.inference else None,
        )
        if isinstance(entry["discriminator"], list):
            for row, one in zip(entry["discriminator"], make.several, strict=True):
                _resolve(row, one)
        elif make.discriminator:
            entry["discriminator"] = make.discriminator.plain()
        for key in ("penalties", "auxiliary_losses", "augment", "data_augment"):
            for row, chosen in zip(entry[key], getattr(make, key), strict=True):
                row.update(chosen.part.plain())
        for row in entry["augment"]:
            if row["adaptive"]:
                del row["probability"]
    for name, joint in blueprint.joint.items():
        _resolve(plain["joint"][name], joint.discriminator, joint.discriminator.part.plain())
    if blueprint.fusion:
        plain["fusion"] = blueprint.fusion.plain()
    if blueprint.align:
        plain["align"].update(blueprint.align.plain())
        made = {name: part.plain() for name, part in blueprint.align_made.items()}
        plain["align"]["made"] = made
    if blueprint.optimizer and isinstance(blueprint.recipe.train.optimizer, ComponentChoice):
        plain["train"]["optimizer"] = blueprint.optimizer.plain()
        del plain["train"]["betas"]  # which only the short spelling reads
    return plain


def _resolve(row: Plain, chosen: DiscriminatorPart, apart: dict[str, object] | None = None) -> None:
    """Fill in the defaults of a discriminator, which stands in ``row`` or apart from the rest."""
    row.update(chosen.part.plain() if apart is None else {"discriminator": apart})
    if row["loss"]:
        row["loss"] = chosen.loss.plain()
    for said, penalty in zip(row["penalties"] or (), chosen.penalties, strict=False):
        said.update(penalty.part.plain())
