"""The optimiser that a recipe chooses, by its short or its long spelling."""

from __future__ import annotations

from mmgan_core.assembly.choosing import chosen_part
from mmgan_core.assembly.parts import Part
from mmgan_core.assembly.scheduled import Clock
from mmgan_core.errors import MmganError
from mmgan_core.plugins.catalogue import Catalogue
from mmgan_core.recipe.choices import ComponentChoice
from mmgan_core.recipe.training_keys import Train

WHERE = "train.optimizer"


def chosen_optimizer(
    train: Train, known: Catalogue, clock: Clock, *, needed: bool = True
) -> Part | None:
    """The optimiser of a recipe, ready to be built.

    Args:
        clock: what options that are schedules follow.
        needed: whether it trains; a trained model works without the optimiser that taught it, so
            that one which is not installed is None.

    Raises:
        PluginMissing: if its plugin is known, but not installed or not in order.
        RecipeError: if there is no such optimiser, or it has no such options.
    """
    use, options = _spelt_out(train)
    try:
        return chosen_part("optimizer", use, options, WHERE, known, clock)
    except MmganError:
        if needed:
            raise
        return None


def _spelt_out(train: Train) -> tuple[str, dict[str, object]]:
    chosen = train.optimizer
    if isinstance(chosen, ComponentChoice):
        return chosen.use, chosen.options
    if chosen == "adam":
        return "core/adam", {"betas": train.model_dump(mode="json", by_alias=True)["betas"]}
    return "core/sgd", {}
