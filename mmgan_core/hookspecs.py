"""Everything that a plugin can supply, and everything that it can watch.

A plugin is a module of functions marked ``@hookimpl``, named by the entry-point group
``mmgan.plugins``. It imports no torch: it returns specs, and the catalogue imports a component
only when a recipe uses it.

Example:
    >>> from mmgan_core import Spec, hookimpl
    >>> @hookimpl
    ... def mmgan_losses():
    ...     return [Spec("mine/soft", "mmgan_mine.soft:SoftLoss", "A softer loss")]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    import typer

    from mmgan_core.spec import Spec

API_VERSION = 1
"""Plugins that set a higher ``MMGAN_API`` in their module are reported as incompatible."""

hookspec = pluggy.HookspecMarker("mmgan")
hookimpl = pluggy.HookimplMarker("mmgan")

# What a plugin supplies. Called once, when the catalogue is made.


@hookspec
def mmgan_modalities() -> Sequence[Spec]:  # type: ignore[empty-body]
    """Kinds of data; see ``contracts.Modality``."""


@hookspec
def mmgan_encoders() -> Sequence[Spec]:  # type: ignore[empty-body]
    """Given value to encoding; see ``contracts.Encoder``."""


@hookspec
def mmgan_alignments() -> Sequence[Spec]:  # type: ignore[empty-body]
    """Terms that pull given modalities together; see ``contracts.Alignment``."""


@hookspec
def mmgan_fusions() -> Sequence[Spec]:  # type: ignore[empty-body]
    """Encodings to one condition; see ``contracts.Fusion``."""


@hookspec
def mmgan_generators() -> Sequence[Spec]:  # type: ignore[empty-body]
    """Noise and condition to sample; see ``contracts.Generator``."""


@hookspec
def mmgan_discriminators() -> Sequence[Spec]:  # type: ignore[empty-body]
    """Sample and condition to critique; see ``contracts.Discriminator``."""


@hookspec
def mmgan_losses() -> Sequence[Spec]:  # type: ignore[empty-body]
    """Adversarial losses; see ``contracts.Loss``."""


@hookspec
def mmgan_penalties() -> Sequence[Spec]:  # type: ignore[empty-body]
    """Penalties on the discriminator's slope; see ``contracts.Penalty``."""


@hookspec
def mmgan_auxiliary_losses() -> Sequence[Spec]:  # type: ignore[empty-body]
    """What a generator minimises beside the adversarial loss; see ``contracts.AuxiliaryLoss``."""


@hookspec
def mmgan_augmentations() -> Sequence[Spec]:  # type: ignore[empty-body]
    """Changes of samples before the discriminator sees them; see ``contracts.Augmentation``."""


@hookspec
def mmgan_metrics() -> Sequence[Spec]:  # type: ignore[empty-body]
    """Numbers that say how good samples are; see ``contracts.Metric``."""


@hookspec
def mmgan_data_sources() -> Sequence[Spec]:  # type: ignore[empty-body]
    """Where rows come from; see ``contracts.DataSource``.

    ``parquet:PATH`` in a recipe means the source whose id ends in ``/parquet``.
    """


@hookspec
def mmgan_recipes() -> Sequence[Path]:  # type: ignore[empty-body]
    """Directories of ``NAME.yaml`` recipes, to train by name."""


@hookspec
def mmgan_zoo() -> Sequence[Path]:  # type: ignore[empty-body]
    """Index files of models, to load by name: ``index.yaml``, beside which ``models/`` may lie."""


@hookspec
def mmgan_commands() -> Mapping[str, typer.Typer]:  # type: ignore[empty-body]
    """Verbs for ``mmgan-zoo``, by name. Import typer inside the function."""


# What a plugin watches. Called by the main process during training; keep them quick.


@hookspec
def mmgan_run_started(run: Path, recipe: Mapping[str, Any], samples: int) -> None:
    """A run starts or goes on; ``samples`` is how many it has seen."""


@hookspec
def mmgan_step_ended(run: Path, samples: int, metrics: Mapping[str, float]) -> None:
    """A line of metrics was logged (every ``train.log_every`` samples, not every step)."""


@hookspec
def mmgan_samples_drawn(run: Path, samples: int, sheet: Path) -> None:
    """A sample sheet was written."""


@hookspec
def mmgan_evaluated(run: Path, samples: int, measurements: Sequence[Mapping[str, Any]]) -> None:
    """The model was measured; one mapping a number, with its conditions."""


@hookspec
def mmgan_checkpoint_saved(run: Path, samples: int, checkpoint: Path) -> None:
    """A checkpoint is complete on disk."""


@hookspec
def mmgan_run_ended(run: Path, samples: int, outcome: str) -> None:
    """The run ended: ``"finished"``, ``"stopped"`` or ``"failed"``."""
