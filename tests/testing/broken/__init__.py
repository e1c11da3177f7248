"""For each check, components that it must catch: (kind, check, class, changes of the spec)."""

from . import (  # noqa: F401
    alignments,
    announced,
    augmentations,
    conditioning,
    devices,
    encoders,
    explainers,
    frozen_models,
    fusions,
    lengths,
    likelihood,
    losses,
    metrics,
    modalities,
    networks,
    objectives,
    optimizers,
    padding,
    sizes,
    sources,
    surroundings,
)
from .registry import BROKEN

__all__ = ["BROKEN"]
