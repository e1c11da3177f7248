"""Is a model what it says? Its hashes, then its samples, then one of its numbers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from mmgan_core.errors import IntegrityError, MmganError
from mmgan_core.inference.model import Model
from mmgan_core.publishing.proof import digests, measured_again
from mmgan_core.zoo.directory import ModelDirectory
from mmgan_core.zoo.manifest import PROOF, Manifest
from mmgan_core.zoo.weights import read_weights


@dataclass(frozen=True)
class Finding:
    """One thing that was checked and holds."""

    what: str
    how: str


def verify(path: Path) -> Iterator[Finding]:
    """Check a model directory; every finding as it is made.

    Raises:
        IntegrityError: at the first that does not hold.
    """
    directory = ModelDirectory.open(path)
    manifest = directory.manifest
    count = len(manifest.files)
    yield Finding("files", f"{count} files, {manifest.size:,} bytes, all of the recorded hashes")
    model = directory.model(device=torch.device("cpu"))
    yield Finding("weights", f"{manifest.cost.weights:,} numbers, all finite, fit the recipe")
    tensors = read_weights(directory.path / PROOF)
    with _usable(directory.path):
        worst = digests(model, manifest.proof, tensors)
        if worst > manifest.proof.tolerance:
            raise IntegrityError(
                f"{path} does not make the samples that it was published with: they differ by "
                f"{worst:.2g}, the tolerance is {manifest.proof.tolerance:.2g}",
                hint="its weights or a plugin have changed; it was made with "
                + ", ".join(f"{name} {version}" for name, version in manifest.plugins.items()),
            )
        told = f"differing by {worst:.1g} (tolerance {manifest.proof.tolerance:.1g})"
        yield Finding("samples", f"{manifest.proof.samples} recorded ones made again, {told}")
        yield from _number(path, model, manifest, tensors)


def _number(
    path: Path, model: Model, manifest: Manifest, tensors: dict[str, torch.Tensor]
) -> Iterator[Finding]:
    recorded = manifest.proof.measured
    if recorded is None:
        yield Finding("number", "none was recorded: its recipe names no evaluator")
        return
    value = measured_again(model, manifest.proof, tensors)
    told = f"{recorded.name} of {recorded.entry} given {recorded.given}, n = {recorded.n}"
    if not recorded.low <= value <= recorded.high:
        raise IntegrityError(
            f"{path}: {told}: {value:.4g} now, outside the recorded "
            f"{recorded.low:.4g} to {recorded.high:.4g}",
            hint="trust neither its numbers nor its weights",
        )
    yield Finding(
        "number",
        f"{told}: {value:.4g}, recorded {recorded.value:.4g} "
        f"({recorded.low:.4g} to {recorded.high:.4g})",
    )


@contextmanager
def _usable(path: Path) -> Iterator[None]:
    """What a tampered proof can break becomes a refusal."""
    try:
        yield
    except MmganError as error:
        raise IntegrityError(error.message, hint=error.hint) from error
    except Exception as error:
        raise IntegrityError(
            f"what {path} recorded of itself cannot be used: "
            f"{type(error).__name__}: {str(error)[:200]}"
        ) from error
