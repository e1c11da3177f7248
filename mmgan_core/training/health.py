"""A short verdict on how training goes, because the losses of a GAN alone say little."""

from __future__ import annotations

from collections.abc import Mapping

# Until then most trainings look ill, for the networks are still nearly random.
STARTING = 3_000
UNKNOWN = ("starting", "auxiliary losses alone")
EXPLAINED = "docs/how-to/health.md"


def health(
    metrics: Mapping[str, float], entry: str, discriminator: str = "", *, samples: int | None = None
) -> str:
    """A word or two for the averaged metrics of one made entry.

    ``discriminator_accuracy`` is the share of pairs in which the real sample gets a higher logit
    than the made one: about 0.5 to 0.9 while both networks learn. ``diversity`` is the standard
    deviation of a batch of made samples, divided by that of real samples. Neither is known before
    ``adversarial_start``.

    Args:
        discriminator: what the metrics of its discriminator are called; default: as the entry is.
        samples: how many samples training has seen; nothing bad is said of the first
            ``STARTING``.
    """
    word = _word(metrics, entry, discriminator or entry)
    early = samples is not None and samples <= STARTING
    return "starting" if early and not is_fine(word) else word


def is_fine(word: str) -> bool:
    """Whether a word of ``health`` asks for nothing to be done."""
    return word == "healthy" or word in UNKNOWN


def _word(metrics: Mapping[str, float], entry: str, discriminator: str) -> str:
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
