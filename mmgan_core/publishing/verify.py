"""Verification: checks a model's hashes, what it says of itself, its samples and its numbers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch

from mmgan_core.errors import IntegrityError, MmganError
from mmgan_core.explaining.direction_file import directions_of
from mmgan_core.foundation.devices import device_of
from mmgan_core.inference.model import Model
from mmgan_core.publishing.claims import (
    measured_claims,
    refuse_false_claims,
    refuse_false_proof,
    refuse_other_range,
    refuse_other_share,
)
from mmgan_core.publishing.proof import digests, measured_again, refuse_long
from mmgan_core.zoo.directory import ModelDirectory
from mmgan_core.zoo.manifest import PROOF
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
    with _usable(f"what {path} says of itself"):
        if model.directions is not None:
            directions_of(model, model.directions)
        refuse_false_claims(directory, model)
    yield Finding(
        "weights",
        f"{manifest.cost.weights:,} numbers, all finite, fit the recipe; "
        "what the manifest and the card say of them follows from both",
    )
    refuse_long(manifest.proof, directory.cost, model.at_once)
    tensors = read_weights(directory.path / PROOF)
    with _usable(f"the proof of {path}"):
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
        refuse_false_proof(directory, model)
        yield from _number(directory, model, tensors)
    for name, part in directory.models.items():
        for finding in verify(part.path, device):
            yield Finding(f"part {name}: {finding.what}", finding.how)


def _number(
    directory: ModelDirectory, model: Model, tensors: dict[str, torch.Tensor]
) -> Iterator[Finding]:
    manifest = directory.manifest
    recorded, told = manifest.proof.measured, len(manifest.metrics)
    rest = f"; {told} numbers of its author's cannot be measured without the data" if told else ""
    if recorded is None:
        none = "none was recorded: its recipe names no evaluator with a target"
        yield Finding("number", none + rest)
        return
    again = partial(measured_again, model, manifest.proof, tensors)
    found = again()
    number = f"{recorded.name} of {recorded.entry} given {recorded.given}, n = {recorded.n}"
    if not recorded.low <= found.value <= recorded.high:
        raise IntegrityError(
            f"{directory.path}: {number}: {found.value:.4g} now, outside the recorded range "
            f"{recorded.low:.4g} to {recorded.high:.4g}",
            hint="trust neither its numbers nor its weights",
        )
    refuse_other_range(directory, recorded, found)
    near = 0
    for place, row, value in measured_claims(
        manifest,
        model,
        lambda given, shuffled: (
            found
            if not shuffled and set(given) == set(manifest.proof.given)
            else again(given, shuffled=shuffled)
        ),
    ):
        refuse_other_share(directory, place, row, value)
        near += 1
    if near:
        rest = (
            f"; {near} of its author's {told} numbers agree with its samples, the others cannot be "
            "measured without the data"
        )
    yield Finding(
        "number",
        f"{number}: {found.value:.4g}, recorded {recorded.value:.4g} "
        f"({recorded.low:.4g} to {recorded.high:.4g}){rest}",
    )


@contextmanager
def _usable(what: str) -> Iterator[None]:
    """Turn any error that damaged or forged files cause into an ``IntegrityError``."""
    try:
        yield
    except MmganError as error:
        raise IntegrityError(error.message, hint=error.hint) from error
    except Exception as error:
        raise IntegrityError(
            f"{what} cannot be used: {type(error).__name__}: {str(error)[:200]}"
        ) from error
