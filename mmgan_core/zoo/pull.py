"""Pull: gets a model from the Hub at a fixed commit, and refuses it if anything is wrong."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mmgan_core.errors import IntegrityError, UsageError
from mmgan_core.foundation.files import atomically
from mmgan_core.zoo.directory import ModelDirectory
from mmgan_core.zoo.hub_errors import hub_errors_explained
from mmgan_core.zoo.index import find
from mmgan_core.zoo.manifest import MANIFEST, read_manifest
from mmgan_core.zoo.pins import is_known, pin, pinned

if TYPE_CHECKING:
    from huggingface_hub import HfApi

_COMMIT = re.compile(r"[0-9a-f]{40}")
NEWEST = "main"


@dataclass(frozen=True)
class Pulled:
    """A model on this machine.

    Attributes:
        directory: the directory of the model, compared with its hashes.
        commit: the commit on the Hub; empty for a shipped model.
        missing: a message that names the missing plugin and how to install it; empty if none is
            missing.
    """

    directory: ModelDirectory
    commit: str
    missing: str


def pull(name: str, *, revision: str = "", to: Path | None = None, offline: bool = False) -> Pulled:
    """Get a model onto this machine, and check it.

    Args:
        name: a name of an index; or ``hf:org/name[@rev]`` or ``org/name`` for a model of the Hub.
        revision: a branch, a tag or a commit; default: the one in the index, else the newest.
        to: a directory to copy the model to; default: it stays in the Hub's cache.
        offline: use only what was pulled before.

    Raises:
        UsageError: if ``to`` exists already, or the name or the revision is wrong.
        HubError: if the model cannot be pulled.
        IntegrityError: if the model is not sound; then nothing of it is kept.
    """
    if to is not None and to.exists():
        raise UsageError(f"{to} exists already", hint="choose another directory, or remove it")
    if name.startswith(("run:", "dir:")):
        raise UsageError(
            f"{name} lies on this machine already",
            hint="pull gets a model of the zoo or of the Hub",
        )
    bare = name.removeprefix("hf:")
    if "/" in bare:
        repo, _, written = bare.partition("@")
        pulled = _from_hub(repo, revision or written or NEWEST, offline)
    else:
        entry = find(name)
        if revision:
            raise UsageError(
                f"{name} is fixed by its index: {entry.where}",
                hint="for another revision, pull hf:ORG/NAME@REV",
            )
        if entry.folder:
            directory = ModelDirectory.open(entry.folder)
            pulled = Pulled(directory, "", directory.check())
        else:
            repo, _, written = entry.where.removeprefix("hf:").partition("@")
            if not _COMMIT.fullmatch(written):
                raise IntegrityError(f"{entry.index} names no full commit id for {name}")
            pulled = _from_hub(repo, written, offline)
        entry.refuse_other_manifest(pulled.directory.path / MANIFEST)
    if to is None:
        return pulled
    return Pulled(copied(pulled.directory, to), pulled.commit, pulled.missing)


def _from_hub(repo: str, revision: str, offline: bool) -> Pulled:
    from huggingface_hub import constants, snapshot_download

    offline = offline or constants.HF_HUB_OFFLINE
    shown = "" if revision == NEWEST else revision
    with hub_errors_explained(repo, shown):
        commit = _commit_of(repo, revision, offline)
        path = _manifest_of(repo, commit, offline).parent
    try:
        files = [MANIFEST, *read_manifest(path).files]
        with hub_errors_explained(repo, shown):
            # The names in a manifest hold no wildcards: this fetches exactly the files that it
            # lists.
            snapshot_download(repo, revision=commit, allow_patterns=files, local_files_only=offline)
        directory = ModelDirectory.open(path)
        # The files of a known commit have the hashes that they had when they were checked.
        missing = "" if is_known(commit) else directory.check()
    except IntegrityError:
        _forget(path)
        raise
    if not missing and pinned(repo, revision) != commit:
        pin(repo, revision, commit)
    return Pulled(directory, commit, missing)


def _manifest_of(repo: str, commit: str, offline: bool) -> Path:
    """Fetch the manifest first, because it lists the files to fetch."""
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

    try:
        return Path(hf_hub_download(repo, MANIFEST, revision=commit, local_files_only=offline))
    except LocalEntryNotFoundError:
        raise
    except EntryNotFoundError:
        raise _no_model(repo) from None


def _no_model(repo: str) -> IntegrityError:
    return IntegrityError(
        f"{repo} does not hold a model of mmgan-zoo: it has no {MANIFEST}",
        hint="its files were not read; mmgan-zoo push publishes models",
    )


def _commit_of(repo: str, revision: str, offline: bool) -> str:
    """Return the commit of a revision; refuses a tag that has moved since it was pulled."""
    from huggingface_hub import HfApi

    before = pinned(repo, revision)
    if _COMMIT.fullmatch(revision):
        return revision
    if offline:
        return before or revision
    api = HfApi()
    info = api.model_info(repo, revision=None if revision == NEWEST else revision)
    files = {sibling.rfilename for sibling in info.siblings or ()}
    if MANIFEST not in files:
        raise _no_model(repo)
    commit = str(info.sha)
    if before and before != commit and _is_tag(api, repo, revision):
        raise IntegrityError(
            f"the tag {revision!r} of {repo} has moved from {before} to {commit}",
            hint=f"if you trust that: mmgan-zoo pull hf:{repo}@{commit}",
        )
    return commit


def _is_tag(api: HfApi, repo: str, revision: str) -> bool:
    return any(tag.name == revision for tag in api.list_repo_refs(repo).tags)


def _forget(snapshot: Path) -> None:
    """Remove a commit from the Hub's cache on this machine: CACHE/REPO/snapshots/COMMIT."""
    from huggingface_hub import scan_cache_dir

    scan_cache_dir(snapshot.parents[2]).delete_revisions(snapshot.name).execute()


def copied(directory: ModelDirectory, to: Path) -> ModelDirectory:
    """Copy the files of a model into a new directory."""
    with atomically(to) as beside:
        for name in (*directory.manifest.files, MANIFEST):
            file = beside / name
            file.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(directory.path / name, file)
    return ModelDirectory.open(to)
