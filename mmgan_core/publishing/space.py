"""A static Space: the page of a model, pushed to the Hub, which serves it as it is."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

from mmgan_core.errors import UsageError
from mmgan_core.foundation.plain import Plain
from mmgan_core.inference.model import Model
from mmgan_core.portable.onnx_format import DESCRIPTION
from mmgan_core.portable.page import write_page
from mmgan_core.publishing.naming import refuse_other_repository
from mmgan_core.publishing.push import Pushed
from mmgan_core.publishing.secrets import secret_in
from mmgan_core.zoo.hub_errors import hub_errors_explained
from mmgan_core.zoo.manifest import CARD

_KIND = "space"
_TEXTS = (".json", ".md")


def push_space(
    model: Model,
    to: str,
    *,
    of: str = "",
    private: bool = False,
    dry_run: bool = False,
    at_hand: Path | None = None,
    examples: Mapping[str, str] | None = None,
) -> Pushed:
    """Publish the page of a model as the static Space ``org/name``, with one commit.

    Args:
        model: the model, on the CPU.
        to: the Space on the Hub, ``org/name``.
        of: the model's repository on the Hub, which the Space then names; empty if it has none.
        private: if the Space is new, make it private.
        dry_run: write and check everything, but change nothing on the Hub.
        at_hand: a directory that holds onnxruntime-web; see ``write_page``.
        examples: a value for given entries, for people to try.

    Raises:
        UsageError: for a name that the Hub does not take, a model that no page can run, or text
            that looks like a secret.
        HubError: if the Hub refuses or cannot be reached; then nothing has changed there.
    """
    refuse_other_repository(to, of_run=False)
    with tempfile.TemporaryDirectory() as scratch:
        folder = write_page(model, Path(scratch) / "page", at_hand=at_hand, examples=examples)
        said = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        (folder / CARD).write_text(space_card(said, of), encoding="utf-8")
        files = {
            file.relative_to(folder).as_posix(): file.stat().st_size
            for file in sorted(folder.rglob("*"))
            if file.is_file()
        }
        _refuse_secrets(folder, files)
        if dry_run:
            return Pushed(files)
        with hub_errors_explained(to):
            return _pushed(folder, to, files, private)


def space_card(said: Plain, of: str) -> str:
    """Return the README.md of a Space, whose front matter says how the Hub serves it."""
    import yaml

    front = {
        "title": _line(said["name"]),
        "emoji": "\N{GAME DIE}",
        "colorFrom": "green",
        "colorTo": "blue",
        "sdk": "static",
        "app_file": "index.html",
        "pinned": False,
        "license": (said["licence"] or "other").lower(),
        "short_description": _line(said["summary"])[:60],
        "tags": ["gan", "mmgan-zoo", "onnx"],
        **({"models": [of]} if of else {}),
    }
    text = yaml.safe_dump(front, sort_keys=False, allow_unicode=True)
    return (
        f"---\n{text}---\n\nA model of mmgan-zoo, which runs in the browser. "
        "`mmgan-zoo push --space` made this page.\n"
    )


def _line(text: str) -> str:
    """A text without the line breaks that could end the front matter."""
    return " ".join(text.split())


def _refuse_secrets(folder: Path, names: Mapping[str, int]) -> None:
    for name in names:
        found = secret_in(folder / name) if name.endswith(_TEXTS) else ""
        if found:
            raise UsageError(
                f"{name} contains what looks like {found}: nothing was pushed",
                hint="remove it from the recipe, and export the model again",
            )


def _pushed(folder: Path, to: str, files: dict[str, int], private: bool) -> Pushed:
    from huggingface_hub import CommitOperationAdd, HfApi

    api = HfApi()
    api.create_repo(to, repo_type=_KIND, space_sdk="static", private=private, exist_ok=True)
    info = api.space_info(to)
    made = api.create_commit(
        to,
        [CommitOperationAdd(name, str(folder / name)) for name in files],
        repo_type=_KIND,
        commit_message=f"{to.partition('/')[2]}, by mmgan-zoo push --space",
        parent_commit=info.sha,
    )
    return Pushed(files, made.commit_url, "" if made.oid == info.sha else made.oid)
