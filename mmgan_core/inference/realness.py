"""How real the discriminators of a model hold samples of one made entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from mmgan_core.inference.model import Model

_AT_ONCE = 64


def realness_of(
    model: Model, name: str, given: Mapping[str, object], seed: int
) -> Callable[[Tensor], Tensor] | None:
    """What says how real samples (B, *shape) of a made entry are, (B,): the higher, the more real.

    It is the mean logit of all discriminators of the entry, under the condition of the first of the
    samples that are made of the given values. The zero of logits means nothing: many losses compare
    real samples with made ones, so that differences alone count.

    Args:
        model: the model.
        name: the made entry.
        given: one value for each entry that is given.
        seed: draws the entries that are not given, if the model has a prior.

    Returns:
        None if the discriminators are not at hand, or need more than a whole sample and its
        condition: those that saw windows, or the noise that a sample is made from.
    """
    part = model.blueprint.make[name]
    names = [one.name for one in part.discriminators(name)]
    whole = not part.inference and model.blueprint.recipe.make[name].window is None
    if model.critics is None or not names or not whole:
        return None
    gan = model.critics().eval().requires_grad_(False).to(model.device)
    with torch.no_grad():
        one = {entry: [value] for entry, value in given.items()}
        condition = model.conditions(one, 1, seed=seed)[name]
    condition = gan.condition_for(name, condition, None)
    # Of augmentations there are none, which their parameters say by zeros.
    unchanged = gan.discriminator(names[0]).condition.dim - condition.pooled.shape[1]
    condition = condition.extended(condition.pooled.new_zeros(1, unchanged))

    @torch.no_grad()
    def realness(samples: Tensor) -> Tensor:
        parts = []
        for rows in samples.split(min(model.at_once, _AT_ONCE)):
            same = condition.take(torch.zeros(len(rows), dtype=torch.long, device=model.device))
            seen = gan.cut(name, rows.to(model.device), same)
            critiques = [gan.discriminate(one, seen, same) for one in names]
            logits = [one.row_means(one.logits.float()) for one in critiques]
            parts.append(torch.stack(logits).mean(0).cpu())
        return torch.cat(parts)

    return realness
