"""Write zoo/index.yaml from the models in zoo/models: `python scripts/make_zoo_index.py`."""

from __future__ import annotations

import hashlib
from pathlib import Path

import yaml

from mmgan_core.zoo.directory import ModelDirectory
from mmgan_core.zoo.index import SHIPPED
from mmgan_core.zoo.manifest import MANIFEST

ZOO = Path(__file__).resolve().parent.parent / "zoo"
HEAD = "# Models by name. Written by scripts/make_zoo_index.py; how they are made: zoo/README.md.\n"


def index() -> str:
    """Return the index of the shipped models."""
    models = {}
    for folder in sorted(path for path in (ZOO / "models").iterdir() if path.is_dir()):
        manifest = ModelDirectory.open(folder).manifest
        models[manifest.name] = {
            "where": SHIPPED,
            "manifest": hashlib.sha256((folder / MANIFEST).read_bytes()).hexdigest(),
            "summary": manifest.summary,
            "given": list(manifest.given),
            "made": list(manifest.made),
            "bytes": manifest.size,
            "licence": manifest.licences.weights,
            "plugins": sorted(manifest.plugins),
        }
    return HEAD + yaml.safe_dump({"models": models}, sort_keys=False, width=100)


if __name__ == "__main__":
    (ZOO / "index.yaml").write_text(index(), encoding="utf-8")
