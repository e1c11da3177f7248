"""The models that the site shows live: their pages lie in `.live/`, where scripts/live_models.py
writes them.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent.parent / ".live"
MODELS: Mapping[str, str] = {
    "digits-28": "Write a digit's name, say it, or choose it.",
    "digits-repair": "Drop in a digit, paint over a part of it, and see it filled in.",
    "speech": "Choose a word and a speaker, and hear it.",
}
_LOG = logging.getLogger("mkdocs.hooks.live")
_FRAME = (
    '<iframe class="live" src="{name}/" title="{name}" loading="lazy" allow="microphone"></iframe>'
)
_ABSENT = (
    "This copy of the site was built without the models. `python scripts/live_models.py` writes "
    "their pages, and the next `mkdocs build` shows them here."
)


def sections(folder: Path = FOLDER) -> str:
    """Return a section for each model, as Markdown; a note if their pages were not written."""
    if not _written(folder):
        _LOG.info("no models are shown live: python scripts/live_models.py writes their pages")
        return _ABSENT
    return "\n\n".join(
        f'## {name}\n\n{said} <a href="{name}/index.html" target="_blank">Open it alone</a>\n\n'
        + _FRAME.format(name=name)
        for name, said in MODELS.items()
    )


def copy_to(site: Path, folder: Path = FOLDER) -> None:
    """Copy the pages to where the site's page looks for them."""
    if _written(folder):
        for name in MODELS:
            shutil.copytree(folder / name, site / "live" / name, dirs_exist_ok=True)


def _written(folder: Path) -> bool:
    return all((folder / name / "index.html").is_file() for name in MODELS)
