"""What is measured: a run, into which its numbers are written, or a model."""

from __future__ import annotations

from pathlib import Path

import torch

from mmgan_core.inference.model import Model
from mmgan_core.recipe.schema import Recipe
from mmgan_core.runs.changes import changed_recipe
from mmgan_core.zoo.addresses import Name, address_of
from mmgan_core.zoo.loading import load


def subject_of(name: Name | Model, device: str | torch.device = "cpu") -> Path | Model:
    """Return the directory of the run that a name means, or the model, loaded.

    Raises:
        UsageError: as ``load``.
    """
    if isinstance(name, Model):
        return name
    address = address_of(name)
    return address.path if address.kind == "run" else load(str(address), device=device)


def recipe_of_subject(subject: Path | Model) -> Recipe:
    """The recipe of a run or of a model."""
    return subject.blueprint.recipe if isinstance(subject, Model) else changed_recipe(subject, {})
