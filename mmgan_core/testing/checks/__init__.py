"""All checks, one file for each theme; importing this package fills ``check.CHECKS``."""

from mmgan_core.testing.checks import (  # noqa: F401
    announced,
    augmentations,
    auxiliary_losses,
    conditioning,
    copies,
    data_sources,
    freezing,
    fusions,
    gradients,
    inputs,
    likelihood,
    losses,
    metrics,
    modalities,
    penalties,
    rows,
    shapes,
    slopes,
)
