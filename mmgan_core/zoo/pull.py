"""Pull: gets a model from the Hub at a fixed commit, and refuses it if anything is wrong."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mmgan_core.errors import IntegrityError, UsageError
from mmgan_core.foundation.files import atomically, cache_directory, sweep, writing
from mmgan_core.zoo.budget import Cost, refuse_over_budget
from mmgan_core.zoo.directory import ModelDirectory
from mmgan_core.zoo.hub_cache import folder_of_repository, forget
from mmgan_core.zoo.hub_errors import HubError, hub_errors_explained
from mmgan_core.zoo.index import Entry, find
from mmgan_core.zoo.manifest import MANIFEST, read_manifest
from mmgan_core.zoo.patience import with_patience
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
        IntegrityError: if the model is not sound, or would take more than ``allowing`` says; then
            nothing of it is kept.
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
            directory = shipped(entry.folder, entry)
            pulled = Pulled(directory, "", directory.check())
        else:
            repo, _, written = entry.where.removeprefix("hf:").partition("@")
            if not _COMMIT.fullmatch(written):
                raise IntegrityError(f"{entry.index} names no full commit id for {name}")
            pulled = _from_hub(repo, written, offline, entry.refuse_other_manifest)
    if to is None:
        return pulled
    return Pulled(copied(pulled.directory, to), pulled.commit, pulled.missing)


def shipped(folder: Path, entry: Entry) -> ModelDirectory:
    """Open a model that lies beside its index.

    Raises:
        IntegrityError: if it is not the one that the index lists, or a file is damaged.
    """
    directory = ModelDirectory.open(folder, listed=entry.manifest)
    entry.refuse_other_manifest(directory.path / MANIFEST)
    return directory


def _from_hub(
    repo: str, revision: str, offline: bool, refuse: Callable[[Path], None] | None = None
) -> Pulled:
    """Pull a model of the Hub; ``refuse`` refuses a manifest before anything else is fetched."""
    from huggingface_hub import constants

    offline = offline or constants.HF_HUB_OFFLINE
    shown = "" if revision == NEWEST else revision
    sweep(cache_directory())
    folder = folder_of_repository(repo)
    with hub_errors_explained(repo, shown), with_patience(repo, folder):
        commit = _commit_of(repo, revision, offline)
    try:
        with hub_errors_explained(repo, shown), with_patience(repo, folder):
            path = _manifest_of(repo, commit, offline).parent
            if refuse:
                refuse(path / MANIFEST)
            _get_files(repo, commit, path, offline)
        directory = ModelDirectory.open(path)
        # The files of a known commit have the hashes that they had when they were checked.
        missing = "" if is_known(commit) else directory.check()
    except HubError as error:
        if not error.may_go_on:
            forget(repo, commit)
        raise
    except KeyboardInterrupt:  # what has arrived is of use when it goes on
        raise
    except BaseException:
        if _COMMIT.fullmatch(commit):
            forget(repo, commit)
        raise
    if not missing and pinned(repo, revision) != commit:
        pin(repo, revision, commit)
    return Pulled(directory, commit, missing)


def _get_files(repo: str, commit: str, path: Path, offline: bool) -> None:
    """Fetch exactly the files that the manifest lists, if the Hub holds these."""
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.hf_api import RepoFile

    manifest = read_manifest(path)
    if not offline and not all((path / name).is_file() for name in manifest.files):
        refuse_over_budget(Cost(manifest.size), f"{repo}: the files of the model")
        there = {
            file.path: file
            for file in HfApi().get_paths_info(repo, list(manifest.files), revision=commit)
            if isinstance(file, RepoFile)
        }
        for name, recorded in manifest.files.items():
            if name not in there:
                raise IntegrityError(f"{repo} lacks {name}", hint="ask its author")
            file = there[name]
            large = file.lfs
            if file.size != recorded.bytes or (large and large.sha256 != recorded.sha256):
                raise IntegrityError(
                    f"{name} of {repo} does not match its size and hash in {MANIFEST}",
                    hint="it was not fetched: tell its author",
                )
    # The names in a manifest hold no wildcards, and none of them ends as a folder's would.
    snapshot_download(
        repo,
        revision=commit,
        allow_patterns=[MANIFEST, *manifest.files],
        local_files_only=offline,
    )


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


def copied(directory: ModelDirectory, to: Path) -> ModelDirectory:
    """Copy the files of a model into a new directory."""
    with writing(to, "the model", training=False), atomically(to) as beside:
        for name in (*directory.manifest.files, MANIFEST):
            file = beside / name
            file.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(directory.path / name, file)
    return ModelDirectory.open(to)
