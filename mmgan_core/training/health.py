"""One word on how training goes, since GAN losses alone say nothing."""

from __future__ import annotations

from collections.abc import Mapping


def health(metrics: Mapping[str, float], entry: str) -> str:
    """A word for one made entry's averaged metrics.

    ``discriminator_accuracy`` is how often a real sample gets a higher
    logit than a fake one: about 0.5 to 0.9 while both networks learn. ``diversity`` is the standard
    deviation of a batch of fakes over that of reals. Neither is known before ``adversarial_start``.
    """
    if f"{entry}/discriminator_accuracy" not in metrics:
        return "auxiliary losses alone"
    diversity = metrics.get(f"{entry}/diversity", 1.0)
    accuracy = metrics[f"{entry}/discriminator_accuracy"]
    if diversity > 4:
        return "exploding"
    if diversity < 0.25:
        return "collapsing"
    if accuracy > 0.99:
        return "D far ahead"
    if accuracy < 0.35:
        return "D lost"
    return "healthy"
