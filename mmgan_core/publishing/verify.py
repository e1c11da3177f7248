"""Verification: checks a model's hashes, its recorded samples and one of its recorded numbers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from mmgan_core.errors import IntegrityError, MmganError
from mmgan_core.foundation.devices import device_of
from mmgan_core.inference.model import Model
from mmgan_core.publishing.proof import digests, measured_again
from mmgan_core.zoo.directory import ModelDirectory
from mmgan_core.zoo.manifest import PROOF, Manifest
from mmgan_core.zoo.weights import read_weights


@dataclass(frozen=True)
class Finding:
    """One check that passed: what was checked, and with what result."""

    what: str
    how: str


def verify(path: Path, device: str | torch.device = "cpu") -> Iterator[Finding]:
    """Check the directory of a model, and yield each finding as soon as it is known.

    The frozen models that it carries are checked in the same way, after it.

    Raises:
        IntegrityError: at the first check that fails.
    """
    directory = ModelDirectory.open(path)
    manifest = directory.manifest
    count = len(manifest.files)
    yield Finding("files", f"{count} files, {manifest.size:,} bytes, all hashes as recorded")
    model = directory.model(device=device_of(device))
    yield Finding("weights", f"{manifest.cost.weights:,} numbers, all finite, fit the recipe")
    tensors = read_weights(directory.path / PROOF)
    with _usable(directory.path):
        worst = digests(model, manifest.proof, tensors)
        if worst > manifest.proof.tolerance:
            raise IntegrityError(
                f"{path} does not make the samples that it was published with: they differ by "
                f"{worst:.2g}, and the tolerance is {manifest.proof.tolerance:.2g}",
                hint="its weights or a plugin have changed; it was made with "
                + ", ".join(f"{name} {version}" for name, version in manifest.plugins.items()),
            )
        difference = f"differing by {worst:.1g} (tolerance {manifest.proof.tolerance:.1g})"
        yield Finding(
            "samples", f"{manifest.proof.samples} recorded samples made again, {difference}"
        )
        yield from _number(path, model, manifest, tensors)
    for name, part in directory.models.items():
        for finding in verify(part.path, device):
            yield Finding(f"part {name}: {finding.what}", finding.how)


def _number(
    path: Path, model: Model, manifest: Manifest, tensors: dict[str, torch.Tensor]
) -> Iterator[Finding]:
    recorded = manifest.proof.measured
    if recorded is None:
        yield Finding("number", "none was recorded: its recipe names no evaluator with a target")
        return
    value = measured_again(model, manifest.proof, tensors)
    number = f"{recorded.name} of {recorded.entry} given {recorded.given}, n = {recorded.n}"
    if not recorded.low <= value <= recorded.high:
        raise IntegrityError(
            f"{path}: {number}: {value:.4g} now, outside the recorded range "
            f"{recorded.low:.4g} to {recorded.high:.4g}",
            hint="trust neither its numbers nor its weights",
        )
    yield Finding(
        "number",
        f"{number}: {value:.4g}, recorded {recorded.value:.4g} "
        f"({recorded.low:.4g} to {recorded.high:.4g})",
    )


@contextmanager
def _usable(path: Path) -> Iterator[None]:
    """Turn any error that a damaged or forged proof causes into an ``IntegrityError``."""
    try:
        yield
    except MmganError as error:
        raise IntegrityError(error.message, hint=error.hint) from error
    except Exception as error:
        raise IntegrityError(
            f"the proof of {path} cannot be used: {type(error).__name__}: {str(error)[:200]}"
        ) from error
