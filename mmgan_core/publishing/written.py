"""Writing the files of a model: its tensors, and the manifest with what is read beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor

from mmgan_core.assembly.blueprint import Blueprint
from mmgan_core.explaining.direction_file import Found
from mmgan_core.foundation.files import file_hash
from mmgan_core.publishing.card import card
from mmgan_core.publishing.hub_config import hub_config
from mmgan_core.zoo.manifest import CARD, CONFIG, MANIFEST, File, Manifest


def save_tensors(tensors: Mapping[str, Tensor], file: Path) -> None:
    """Write named tensors, so that others may read them."""
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, file)
    file.chmod(0o644)  # as every other file of a model


def recorded_files(folder: Path) -> dict[str, File]:
    """The sizes and hashes of all files of a model that has no manifest yet, by name."""
    found = (p for p in sorted(folder.rglob("*")) if p.is_file())
    return {p.relative_to(folder).as_posix(): _recorded(p) for p in found}


def write_manifest(
    folder: Path,
    manifest: Manifest,
    blueprint: Blueprint,
    samples: Sequence[str],
    address: str,
    directions: Sequence[Found] = (),
) -> None:
    """Write the card, what the Hub reads, and the manifest that records both.

    Args:
        folder: the directory of the model.
        manifest: what is recorded of its other files.
        blueprint: the parts of the model.
        samples: the names of the files below ``samples/``.
        address: the address in the card.
        directions: those that are kept with it.
    """
    text = card(manifest, blueprint, samples, address, directions)
    (folder / CARD).write_text(text, encoding="utf-8")
    (folder / CONFIG).write_text(hub_config(manifest), encoding="utf-8")
    manifest.files |= {name: _recorded(folder / name) for name in (CARD, CONFIG)}
    text = json.dumps(manifest.model_dump(mode="json"), indent=1, ensure_ascii=False)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def _recorded(file: Path) -> File:
    return File(sha256=file_hash(file), bytes=file.stat().st_size)
