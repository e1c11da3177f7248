"""The events that this package tracks. The library is imported when a run starts."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mmgan_core import hookimpl


def wanted() -> bool:
    """Whether runs are tracked: yes, unless ``MMGAN_TRACKIO=0``."""
    return os.environ.get("MMGAN_TRACKIO", "1") not in ("", "0")


@hookimpl
def mmgan_run_started(run: Path, recipe: Mapping[str, Any], samples: int) -> None:
    """Begin a tracked run, or resume the one of this directory."""
    if wanted():
        from mmgan_trackio.tracker import start

        start(run, recipe)


@hookimpl
def mmgan_step_ended(run: Path, samples: int, metrics: Mapping[str, float]) -> None:
    """Log a line of metrics."""
    if wanted():
        from mmgan_trackio.tracker import log_metrics

        log_metrics(run, samples, metrics)


@hookimpl
def mmgan_sheet_saved(run: Path, samples: int, sheet: Path) -> None:
    """Log a sample sheet."""
    if wanted():
        from mmgan_trackio.tracker import log_sheet

        log_sheet(run, samples, sheet)


@hookimpl
def mmgan_checkpoint_saved(run: Path, samples: int, checkpoint: Path) -> None:
    """Log that a checkpoint was saved."""
    if wanted():
        from mmgan_trackio.tracker import log_checkpoint

        log_checkpoint(run, samples)


@hookimpl
def mmgan_evaluated(run: Path, samples: int, measurements: Sequence[Mapping[str, Any]]) -> None:
    """Log measurements."""
    if wanted():
        from mmgan_trackio.tracker import log_measurements

        log_measurements(run, samples, measurements)


@hookimpl
def mmgan_run_ended(run: Path, samples: int, outcome: str) -> None:
    """End this part of the tracked run."""
    if wanted():
        from mmgan_trackio.tracker import end

        end(run, samples, outcome)
