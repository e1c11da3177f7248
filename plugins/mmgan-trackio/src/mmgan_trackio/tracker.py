"""Logs the events of a run to trackio."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from mmgan_trackio.identity import Identity, identity_of


@dataclass
class _Tracked:
    """An open run of trackio and its identity."""

    handle: Any
    identity: Identity


_open: dict[Path, _Tracked] = {}


def start(run: Path, recipe: Mapping[str, Any]) -> None:
    """Open the tracked run of a directory."""
    if run in _open:
        _close(run)
    identity = identity_of(run, recipe)
    with _quietly() as trackio:
        handle = trackio.init(
            project=identity.project,
            name=identity.name,
            config=dict(recipe),
            resume="allow",
            embed=False,
            # Its threads would query the hardware while training is timed.
            auto_log_cpu=False,
            auto_log_gpu=False,
        )
    _open[run] = _Tracked(handle, identity)


def log_metrics(run: Path, samples: int, metrics: Mapping[str, float]) -> None:
    """Log a line of metrics at its number of samples."""
    _log(run, "metrics", samples, dict(metrics))


def log_sheet(run: Path, samples: int, sheet: Path) -> None:
    """Log a sample sheet, which trackio copies."""
    with _quietly() as trackio:
        _log(run, "sheets", samples, {"samples": trackio.Image(str(sheet))})


def log_checkpoint(run: Path, samples: int) -> None:
    """Log that a checkpoint is complete."""
    _log(run, "checkpoints", samples, {"checkpoint": samples})


def log_measurements(run: Path, samples: int, measurements: Sequence[Mapping[str, Any]]) -> None:
    """Log what `evaluate` measured, each number with its floor if it has one."""
    found: dict[str, float] = {}
    for row in measurements:
        key = f"evaluation/{row['entry']}/{row['given']}/{row['name']}"
        found[key] = row["value"]
        if row.get("floor") is not None:
            found[f"{key}, floor"] = row["floor"]
    alone = run not in _open  # the usual case: `evaluate` runs in a process of its own
    if alone:
        start(run, _recipe_of(run))
    _open[run].handle.log(found, step=samples)
    if alone:
        _close(run)


def end(run: Path, samples: int, outcome: str) -> None:
    """Log the outcome; everything is on disk afterwards."""
    if run in _open:
        _open[run].handle.log({"outcome": outcome}, step=samples)
        _close(run)


def _log(run: Path, what: str, samples: int, values: dict[str, Any]) -> None:
    tracked = _open[run]
    if not tracked.identity.has(what, samples):
        tracked.handle.log(values, step=samples)
        tracked.identity = tracked.identity.noted(run, what, samples)


def _close(run: Path) -> None:
    handle = _open.pop(run).handle
    with _quietly() as trackio:
        if trackio.context_vars.current_run.get() is handle:
            trackio.finish()
        else:
            handle.finish()


def _recipe_of(run: Path) -> Mapping[str, Any]:
    from mmgan_core.foundation.yaml_text import from_yaml

    return from_yaml((run / "resolved.yaml").read_text(encoding="utf-8"))


@contextlib.contextmanager
def _quietly() -> Iterator[Any]:
    """The library, with its printing suppressed."""
    with contextlib.redirect_stdout(io.StringIO()):
        yield import_module("trackio")
