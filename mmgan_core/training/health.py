"""One word on how training goes, since GAN losses alone say nothing."""

from __future__ import annotations

from collections.abc import Mapping


def health(metrics: Mapping[str, float], entry: str) -> str:
    """A word for one made entry's averaged metrics.

    ``discriminator_accuracy`` is how often a real sample gets the higher logit than a fake one: about .5 to
    .9 while both networks learn. ``variety`` is the spread of a batch of fakes over that of reals.
    Neither is known before the discriminator plays.
    """
    if f"{entry}/discriminator_accuracy" not in metrics:
        return "terms alone"
    variety = metrics.get(f"{entry}/diversity", 1.0)
    discriminator_accuracy = metrics[f"{entry}/discriminator_accuracy"]
    if variety > 4:
        return "exploding"
    if variety < 0.25:
        return "collapsing"
    if discriminator_accuracy > 0.99:
        return "D far ahead"
    if discriminator_accuracy < 0.35:
        return "D lost"
    return "healthy"
