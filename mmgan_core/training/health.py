"""One word on how training goes, since GAN losses alone say nothing."""

from __future__ import annotations

from collections.abc import Mapping


def health(metrics: Mapping[str, float], entry: str) -> str:
    """A word for one made entry's averaged metrics.

    ``told_apart`` is how often a real sample gets the higher logit than a fake one: about .5 to
    .9 while both players learn. ``variety`` is the spread of a batch of fakes over that of reals.
    Neither is known before the discriminator plays.
    """
    if f"{entry}/told_apart" not in metrics:
        return "terms alone"
    variety = metrics.get(f"{entry}/variety", 1.0)
    told_apart = metrics[f"{entry}/told_apart"]
    if variety > 4:
        return "exploding"
    if variety < 0.25:
        return "collapsing"
    if told_apart > 0.99:
        return "D far ahead"
    if told_apart < 0.35:
        return "D lost"
    return "healthy"
