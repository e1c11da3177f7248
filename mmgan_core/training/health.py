"""A short verdict on how training goes, because the losses of a GAN alone say little."""

from __future__ import annotations

from collections.abc import Mapping


def health(metrics: Mapping[str, float], entry: str, discriminator: str = "") -> str:
    """A word or two for the averaged metrics of one made entry.

    ``discriminator_accuracy`` is the share of pairs in which the real sample gets a higher logit
    than the made one: about 0.5 to 0.9 while both networks learn. ``diversity`` is the standard
    deviation of a batch of made samples, divided by that of real samples. Neither is known before
    ``adversarial_start``.

    Args:
        discriminator: what the metrics of its discriminator are called; default: as the entry is.
    """
    discriminator = discriminator or entry
    if f"{discriminator}/discriminator_accuracy" not in metrics:
        return "auxiliary losses alone"
    diversity = metrics.get(f"{entry}/diversity", 1.0)
    accuracy = metrics[f"{discriminator}/discriminator_accuracy"]
    if diversity > 4:
        return "exploding"
    if diversity < 0.25:
        return "collapsing"
    if accuracy > 0.99:
        return "D far ahead"
    if accuracy < 0.35:
        return "D lost"
    return "healthy"
