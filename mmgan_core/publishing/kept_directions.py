"""Keeping directions with a model, so that whoever uses it can move samples along them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from mmgan_core.errors import UsageError
from mmgan_core.explaining.direction_file import directions_of
from mmgan_core.foundation.files import atomically, file_hash, writing
from mmgan_core.zoo.addresses import Name, address_of
from mmgan_core.zoo.loading import load
from mmgan_core.zoo.manifest import DIRECTIONS, MANIFEST, File, read_manifest


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
    directions_of(load(str(address)), file)
    kept = address.path / DIRECTIONS
    with writing(kept, "the directions", training=False), atomically(kept) as beside:
        shutil.copyfile(file, beside)
    if address.kind == "dir":
        manifest = read_manifest(address.path)
        manifest.files[DIRECTIONS] = File(sha256=file_hash(kept), bytes=kept.stat().st_size)
        content = manifest.model_dump(mode="json")
        with (
            writing(kept, "the manifest", training=False),
            atomically(address.path / MANIFEST) as beside,
        ):
            text = json.dumps(content, indent=1, ensure_ascii=False)
            beside.write_text(text + "\n", encoding="utf-8")
    return kept
