"""The file `config.json`: the Hub counts a model's downloads by requests for it, and reads no code.

https://huggingface.co/docs/hub/models-download-stats
"""

from __future__ import annotations

import json

from mmgan_core.zoo.manifest import FORMAT, Manifest


def hub_config(manifest: Manifest) -> str:
    """Return the text of a model's `config.json`, which follows from its manifest.

    It has neither `model_type` nor `architectures`, by which the Hub would take the model for one
    of another library.
    """
    says = {
        "library_name": "mmgan-zoo",
        "format": FORMAT,
        "name": manifest.name,
        "given": {name: takes.modality["use"] for name, takes in manifest.given.items()},
        "made": {name: makes.modality["use"] for name, makes in manifest.made.items()},
    }
    return json.dumps(says, indent=1, ensure_ascii=False) + "\n"
