"""The Hub's cache on this machine: where a repository lies in it, and how a commit is removed."""

from __future__ import annotations

import shutil
from pathlib import Path


def folder_of_repository(repo: str) -> Path:
    """The folder of a model's repository in the cache; it need not be there."""
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE) / f"models--{repo.replace('/', '--')}"


def forget(repo: str, commit: str) -> None:
    """Remove all that the cache holds of a commit, and of what no other commit has.

    What was downloaded in part goes too: nobody says which commit it is of.
    """
    folder = folder_of_repository(repo)
    snapshots = folder / "snapshots"
    others = [one for one in _inside(snapshots) if one.name != commit]
    if not others:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(folder.parent / ".locks" / folder.name, ignore_errors=True)
        return
    kept = {file.resolve() for one in others for file in one.rglob("*") if file.is_file()}
    for blob in _inside(folder / "blobs"):
        if blob.resolve() not in kept:
            blob.unlink(missing_ok=True)
    shutil.rmtree(snapshots / commit, ignore_errors=True)
    (folder / "trees" / f"{commit}.json").unlink(missing_ok=True)
    for ref in (folder / "refs").rglob("*"):
        if ref.is_file() and ref.read_text(encoding="utf-8", errors="replace").strip() == commit:
            ref.unlink()


def _inside(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []
