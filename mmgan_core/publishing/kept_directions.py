"""Keeping directions with a model, so that whoever uses it can move samples along them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

from mmgan_core.errors import UsageError
from mmgan_core.explaining.direction_file import Found, directions_of
from mmgan_core.foundation.files import atomically, file_hash, writing
from mmgan_core.inference.model import Model
from mmgan_core.publishing.card import card
from mmgan_core.publishing.usage import address_in
from mmgan_core.zoo.addresses import Name, address_of
from mmgan_core.zoo.loading import load
from mmgan_core.zoo.manifest import CARD, DIRECTIONS, MANIFEST, File, read_manifest


def keep_directions(name: Name, file: Path) -> Path:
    """Put a file of directions into the folder of a run or of an exported model.

    What is exported of a run carries them; the manifest of a model lists their hash.

    Returns:
        The file in that folder; it replaces one that was kept there before.

    Raises:
        UsageError: if the model has no folder of the user's, or the file does not fit it.
    """
    address = address_of(name)
    if address.kind not in ("run", "dir"):
        raise UsageError(
            f"{name} lies in no folder of yours, so that nothing can be kept with it",
            hint=f"write a file, and name it: generate {name} --directions FILE; or copy the model "
            f"first, in Python: load({str(name)!r}).save(FOLDER)",
        )
    model = load(str(address))
    found = list(directions_of(model, file)[1].values())
    kept = address.path / DIRECTIONS
    with writing(kept, "the directions", training=False), atomically(kept) as beside:
        shutil.copyfile(file, beside)
    if address.kind == "dir":
        _list(address.path, model, found)
    return kept


def _list(folder: Path, model: Model, found: Sequence[Found]) -> None:
    """List directions in the card of an exported model, and the hashes of both in its manifest."""
    manifest, text = read_manifest(folder), (folder / CARD).read_text(encoding="utf-8")
    listed = card(manifest, model.blueprint, manifest.samples, address_in(text), found)
    with writing(folder, "the card", training=False), atomically(folder / CARD) as beside:
        beside.write_text(listed, encoding="utf-8")
    for name in (DIRECTIONS, CARD):
        file = folder / name
        manifest.files[name] = File(sha256=file_hash(file), bytes=file.stat().st_size)
    content = json.dumps(manifest.model_dump(mode="json"), indent=1, ensure_ascii=False)
    with writing(folder, "the manifest", training=False), atomically(folder / MANIFEST) as beside:
        beside.write_text(content + "\n", encoding="utf-8")
