"""Rounding: weights in half precision, and what a model says of itself once they are rounded."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from torch import Tensor

from mmgan_core.inference.model import Model
from mmgan_core.publishing.proof import gathered_again
from mmgan_core.publishing.usage import address_in
from mmgan_core.publishing.written import recorded_files, save_tensors, write_manifest
from mmgan_core.zoo.directory import ModelDirectory
from mmgan_core.zoo.manifest import CARD, MANIFEST, PARTS, PROOF, WEIGHTS, read_manifest
from mmgan_core.zoo.weights import read_weights


def rounded(tensor: Tensor) -> Tensor:
    """A tensor as a file in half precision holds it."""
    return tensor.half() if tensor.dtype == torch.float32 else tensor


@torch.no_grad()
def round_weights(model: Model) -> None:
    """Round the weights as the file will hold them, before samples are recorded."""
    for tensor in model.gan.maker_state().values():
        tensor.copy_(rounded(tensor))


def round_directory(folder: Path) -> None:
    """Round the weights of a model where it lies, those of its parts first.

    Its proof, its card and its manifest are written again; nothing of it needs its data.

    Raises:
        IntegrityError: if it is not sound.
    """
    said = read_manifest(folder)
    if said.half and not said.models:
        return
    for name in said.models:
        round_directory(folder / PARTS / name)
    if said.models:
        _record_parts(folder)
    directory = ModelDirectory.open(folder)
    model = directory.model(device=torch.device("cpu"))
    round_weights(model)
    weights = model.gan.maker_state()
    save_tensors({name: rounded(tensor) for name, tensor in weights.items()}, folder / WEIGHTS)
    evidence = gathered_again(model, directory.manifest.proof, read_weights(folder / PROOF))
    save_tensors(evidence.tensors, folder / PROOF)
    manifest = directory.manifest.model_copy(update={"half": True, "proof": evidence.proof})
    address = address_in((folder / CARD).read_text(encoding="utf-8"))
    (folder / MANIFEST).unlink()
    manifest.files = recorded_files(folder)
    write_manifest(folder, manifest, model.blueprint, manifest.samples, address)


def _record_parts(folder: Path) -> None:
    """Let a manifest record the parts that are there, which have been rounded."""
    file = folder / MANIFEST
    said = json.loads(file.read_text(encoding="utf-8"))
    parts = recorded_files(folder / PARTS)
    said["files"] |= {f"{PARTS}{name}": one.model_dump() for name, one in parts.items()}
    file.write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
