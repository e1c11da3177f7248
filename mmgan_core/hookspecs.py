"""The hooks that a plugin can implement, to supply components and to follow a run.

A plugin is a module with functions that are marked ``@hookimpl``; an entry point of the group
``mmgan.plugins`` names the module. It does not import torch: it returns specs, and the catalogue
imports a component only when a recipe uses it.

Example:
    >>> from mmgan_core import Spec, hookimpl
    >>> @hookimpl
    ... def mmgan_losses():
    ...     return [Spec("mine/soft", "mmgan_mine.soft:SoftLoss", "A softer loss")]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    import typer

    from mmgan_core.spec import Spec

API_VERSION = 1
"""Plugins that set a higher ``MMGAN_API`` in their module are reported as incompatible."""

hookspec = pluggy.HookspecMarker("mmgan")
hookimpl = pluggy.HookimplMarker("mmgan")

# What a plugin supplies. These hooks are called once, when the catalogue is built.


@hookspec
def mmgan_modalities() -> Sequence[Spec]:  # type: ignore[empty-body]
    """Modalities: kinds of data; see ``contracts.Modality``."""


@hookspec
def mmgan_encoders() -> Sequence[Spec]:  # type: ignore[empty-body]
    """Encoders: turn given values into encodings; see ``contracts.Encoder``."""


@hookspec
def mmgan_alignments() -> Sequence[Spec]:  # type: ignore[empty-body]
    """Alignments: losses that pull given entries together; see ``contracts.Alignment``."""


@hookspec
def mmgan_fusions() -> Sequence[Spec]:  # type: ignore[empty-body]
    """Fusions: turn any subset of encodings into a condition; see ``contracts.Fusion``."""


@hookspec
def mmgan_generators() -> Sequence[Spec]:  # type: ignore[empty-body]
    """Generators: turn noise and a condition into samples; see ``contracts.Generator``."""


@hookspec
def mmgan_discriminators() -> Sequence[Spec]:  # type: ignore[empty-body]
    """Discriminators: say how real samples are; see ``contracts.Discriminator``."""


@hookspec
def mmgan_joint_discriminators() -> Sequence[Spec]:  # type: ignore[empty-body]
    """Discriminators of several made entries; see ``contracts.JointDiscriminator``."""


@hookspec
def mmgan_losses() -> Sequence[Spec]:  # type: ignore[empty-body]
    """Adversarial losses; see ``contracts.Loss``."""


@hookspec
def mmgan_penalties() -> Sequence[Spec]:  # type: ignore[empty-body]
    """Penalties on the gradient of the discriminator; see ``contracts.Penalty``."""


@hookspec
def mmgan_auxiliary_losses() -> Sequence[Spec]:  # type: ignore[empty-body]
    """Losses of the generator beside the adversarial loss; see ``contracts.AuxiliaryLoss``."""


@hookspec
def mmgan_augmentations() -> Sequence[Spec]:  # type: ignore[empty-body]
    """Augmentations: change what discriminators see; see ``contracts.Augmentation``."""


@hookspec
def mmgan_metrics() -> Sequence[Spec]:  # type: ignore[empty-body]
    """Metrics: numbers that say how good samples are; see ``contracts.Metric``."""


@hookspec
def mmgan_explainers() -> Sequence[Spec]:  # type: ignore[empty-body]
    """Explainers: say what makes samples what they are; see ``contracts.Explainer``."""


@hookspec
def mmgan_data_sources() -> Sequence[Spec]:  # type: ignore[empty-body]
    """Data sources: where rows come from; see ``contracts.DataSource``.

    ``parquet:PATH`` in a recipe names the source whose id ends in ``/parquet``.
    """


@hookspec
def mmgan_optimizers() -> Sequence[Spec]:  # type: ignore[empty-body]
    """Optimisers: how weights move along their gradients; see ``contracts.Optimizer``."""


@hookspec
def mmgan_recipes() -> Sequence[Path]:  # type: ignore[empty-body]
    """Folders with recipes, ``NAME.yaml``, which can then be trained by name."""


@hookspec
def mmgan_zoo() -> Sequence[Path]:  # type: ignore[empty-body]
    """Index files, ``index.yaml``, of models that can then be loaded by name.

    A folder ``models/`` beside an index file may hold models.
    """


@hookspec
def mmgan_commands() -> Mapping[str, typer.Typer]:  # type: ignore[empty-body]
    """Verbs of ``mmgan-zoo`` by name; import typer inside the function."""


# What a plugin is notified of. The main process calls these hooks during training: be quick.


@hookspec
def mmgan_run_started(run: Path, recipe: Mapping[str, object], samples: int) -> None:
    """A run starts or is resumed; ``samples`` is how many samples it has seen."""


@hookspec
def mmgan_step_ended(run: Path, samples: int, metrics: Mapping[str, float]) -> None:
    """A line of metrics was logged: after every ``train.log_every`` samples, not in every step."""


@hookspec
def mmgan_sheet_saved(run: Path, samples: int, sheet: Path) -> None:
    """A sample sheet was written."""


@hookspec
def mmgan_evaluated(run: Path, samples: int, measurements: Sequence[Mapping[str, object]]) -> None:
    """The model was evaluated; each measurement is a number with its n, floor and interval."""


@hookspec
def mmgan_checkpoint_saved(run: Path, samples: int, checkpoint: Path) -> None:
    """A checkpoint is complete on disk."""


@hookspec
def mmgan_run_ended(run: Path, samples: int, outcome: str) -> None:
    """The run ended: ``"finished"``, ``"stopped"`` or ``"failed"``."""
