"""Push: publishes a model on the Hub with one commit and one tag, and only its own files."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mmgan_core.errors import UsageError
from mmgan_core.foundation.progress import note_once
from mmgan_core.publishing.export import export
from mmgan_core.publishing.machine import places_in
from mmgan_core.publishing.naming import refuse_other_repository
from mmgan_core.publishing.secrets import secret_in
from mmgan_core.publishing.usage import address_in
from mmgan_core.recipe.reading import read_yaml
from mmgan_core.zoo.directory import ModelDirectory
from mmgan_core.zoo.hub_errors import hub_errors_explained
from mmgan_core.zoo.manifest import CARD, CONFIG, MANIFEST, RECIPE, is_of_a_model

if TYPE_CHECKING:
    from huggingface_hub import HfApi


@dataclass(frozen=True)
class Pushed:
    """The result of a push, or of a dry run.

    Attributes:
        files: the size of each file in bytes, by name.
        url: the address of the commit; empty for a dry run.
        commit: the id of the commit; empty for a dry run, or if nothing had changed.
        tag: the tag of the commit; empty like its id.
    """

    files: dict[str, int]
    url: str = ""
    commit: str = ""
    tag: str = ""


def push(
    source: Path,
    to: str,
    *,
    private: bool = False,
    dry_run: bool = False,
    half: bool = False,
    discriminator: bool = False,
    training: bool = False,
    tag: str = "",
) -> Pushed:
    """Publish a run, or the directory of a model, as ``org/name`` on the Hub.

    Args:
        source: the directory of a run or of a model.
        to: the repository on the Hub, ``org/name``.
        private: if the repository is new, make it private.
        dry_run: check everything, but change nothing on the Hub.
        half, discriminator, training: how a run is exported; see ``export``.
        tag: the tag of the commit; default: the next of v1, v2, ...

    Raises:
        UsageError: for a name that the Hub does not take, files that do not belong to the model,
            places of this machine, or text that looks like a secret.
        HubError: if the Hub refuses or cannot be reached; then nothing has changed there.
    """
    to = to.removeprefix("hf:")
    is_model = (source / MANIFEST).is_file()
    refuse_other_repository(to, of_run=not is_model)
    with tempfile.TemporaryDirectory() as scratch:
        folder = source
        if not is_model:
            folder = Path(scratch) / "model"
            export(
                source,
                folder,
                name=to.partition("/")[2],
                address=f"hf:{to}",
                half=half,
                discriminator=discriminator,
                training=training,
            )
        directory = ModelDirectory.open(folder)
        directory.check()
        _refuse_local(directory)
        _refuse_strays(directory)
        _refuse_places(directory)
        _refuse_secrets(directory)
        names = [*directory.manifest.files, MANIFEST]
        if CONFIG not in names:
            note_once(
                f"{directory.path} has no {CONFIG}, by which the Hub counts downloads: it was "
                "exported by an older version"
            )
        files = {name: (directory.path / name).stat().st_size for name in names}
        if dry_run:
            return Pushed(files)
        with hub_errors_explained(to):
            return _pushed(directory.path, to, files, private, tag)


def _pushed(folder: Path, to: str, files: dict[str, int], private: bool, tag: str) -> Pushed:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi

    api = HfApi()
    api.create_repo(to, private=private, exist_ok=True)
    info = api.model_info(to)
    there = {sibling.rfilename for sibling in info.siblings or ()}
    operations: list[CommitOperationAdd | CommitOperationDelete] = [
        CommitOperationAdd(name, str(folder / name)) for name in files
    ]
    operations += [
        CommitOperationDelete(name)
        for name in sorted(there - set(files))
        if is_of_a_model(name) or name == MANIFEST
    ]
    made = api.create_commit(
        to,
        operations,
        commit_message=f"{to.partition('/')[2]}, by mmgan-zoo push",
        parent_commit=info.sha,
    )
    if made.oid == info.sha:
        return Pushed(files, url=made.commit_url)
    chosen = tag or _next_tag(api, to)
    api.create_tag(to, tag=chosen, revision=made.oid)
    return Pushed(files, made.commit_url, made.oid, chosen)


def _next_tag(api: HfApi, repo: str) -> str:
    taken = [re.fullmatch(r"v(\d+)", ref.name) for ref in api.list_repo_refs(repo).tags]
    return f"v{max([0, *(int(found.group(1)) for found in taken if found)]) + 1}"


def _refuse_local(directory: ModelDirectory) -> None:
    own = directory.manifest.local_components
    if own:
        raise UsageError(
            f"{directory.manifest.name} needs {', '.join(own)}, which nobody else can install",
            hint="make a plugin of them first (mmgan-zoo plugins new), and train with that",
        )


def _refuse_strays(directory: ModelDirectory) -> None:
    listed = {*directory.manifest.files, MANIFEST}
    for file in sorted(directory.path.rglob("*")):
        name = file.relative_to(directory.path).as_posix()
        if not file.is_dir() and name not in listed:
            raise UsageError(
                f"{file} is not a file of the model", hint="move it elsewhere, then push again"
            )


def _refuse_secrets(directory: ModelDirectory) -> None:
    for name in (*directory.manifest.files, MANIFEST):
        found = secret_in(directory.path / name)
        if found:
            raise UsageError(
                f"{name} contains what looks like {found}: nothing was pushed",
                hint="remove it from the recipe or the run, and export again",
            )


def _refuse_places(directory: ModelDirectory) -> None:
    """Refuse what names a place of this machine, and nobody needs to use the model."""
    recipe = read_yaml(directory.path / RECIPE)[0]
    said = {key: recipe.get(key) for key in ("summary", "about", "data")}
    card = (directory.path / CARD).read_text(encoding="utf-8")
    made_with = directory.manifest.made_with
    for name, found in (
        (RECIPE, places_in(said)),
        (MANIFEST, places_in({"summary": directory.manifest.summary, "made_with": made_with})),
        (CARD, places_in({"address": address_in(card).removeprefix("dir:")})),
    ):
        if found:
            raise UsageError(
                f"{name} names a place of this machine: {found[0].lstrip('.')}; nothing was pushed",
                hint="push the run itself, or export it again: that names data by base names",
            )
    for place in places_in({key: recipe.get(key) for key in ("given", "make")}):
        note_once(f"{RECIPE}{place}: a file of this machine, which others need to use the model")
