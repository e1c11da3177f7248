"""A short verdict on how training goes, because the losses of a GAN alone say little."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mmgan_core.health.illness import Illness
from mmgan_core.health.illnesses import ILLNESSES

# Until then most trainings look ill, for the networks are still nearly random.
STARTING = 3_000
HEALTHY = "healthy"
UNKNOWN = ("starting", "auxiliary losses alone")
WORDS = (HEALTHY, *UNKNOWN, *(one.word for one in ILLNESSES))
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
    if not plays(metrics, entry, discriminator):
        return "auxiliary losses alone"
    ill = next(ills(metrics, entry, discriminator), None)
    if ill is None:
        return HEALTHY
    return "starting" if samples is not None and samples <= STARTING else ill.word


def ills(metrics: Mapping[str, float], entry: str, discriminator: str = "") -> Iterator[Illness]:
    """Yield every illness that the metrics of a made entry show."""
    for one in ILLNESSES:
        value = metrics.get(one.key(entry, discriminator))
        if value is not None and one.holds(value):
            yield one


def plays(metrics: Mapping[str, float], entry: str, discriminator: str = "") -> bool:
    """Whether a discriminator takes part already."""
    return f"{discriminator or entry}/discriminator_accuracy" in metrics


def is_fine(word: str) -> bool:
    """Whether a word of ``health`` asks for nothing to be done."""
    return word == HEALTHY or word in UNKNOWN
