"""Writes the cards of the shipped models again: `python scripts/renew_cards.py`.

Run it after the words of the card have changed: nothing is trained or measured again. Each manifest
gets the new hash of its card, and zoo/index.yaml the new hash of the manifest.
"""

from __future__ import annotations

import json
from pathlib import Path

from make_zoo_index import ZOO, index

from mmgan_core.foundation.files import file_hash
from mmgan_core.publishing.card import card
from mmgan_core.zoo.directory import ModelDirectory
from mmgan_core.zoo.manifest import CARD, MANIFEST


def renew(folder: Path) -> None:
    """Write the card of one model, and its hash in the manifest."""
    directory = ModelDirectory.open(folder)
    manifest, file = directory.manifest, folder / CARD
    text = card(manifest, directory.blueprint(), manifest.samples, manifest.name)
    file.write_text(text, encoding="utf-8")
    raw = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    raw["files"][CARD] = {"sha256": file_hash(file), "bytes": file.stat().st_size}
    written = json.dumps(raw, indent=1, ensure_ascii=False)
    (folder / MANIFEST).write_text(written + "\n", encoding="utf-8")
    ModelDirectory.open(folder)


if __name__ == "__main__":
    for folder in sorted(path for path in (ZOO / "models").iterdir() if path.is_dir()):
        renew(folder)
    (ZOO / "index.yaml").write_text(index(), encoding="utf-8")
