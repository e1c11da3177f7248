"""Pins: remember the commit that a name on the Hub stood for when it was pulled."""

from __future__ import annotations

import json
from pathlib import Path

from filelock import FileLock

from mmgan_core.foundation.files import atomically, cache_directory


def pinned(repo: str, revision: str) -> str:
    """Return the commit that was pulled by this name and revision, or an empty string."""
    return _read().get(repo, {}).get(revision, "")


def pin(repo: str, revision: str, commit: str) -> None:
    """Remember the commit that a revision of a repository stands for."""
    file = _file()
    file.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{file}.lock"):
        pins = _read()
        pins.setdefault(repo, {})[revision] = commit
        with atomically(file) as beside:
            beside.write_text(json.dumps(pins, indent=1, sort_keys=True), encoding="utf-8")


def is_known(commit: str) -> bool:
    """Whether a commit was pulled and checked as a whole before."""
    return any(commit in revisions.values() for revisions in _read().values())


def repositories() -> dict[str, dict[str, str]]:
    """Return the commits of every pulled repository, by revision."""
    return _read()


def _file() -> Path:
    return cache_directory() / "pulled.json"


def _read() -> dict[str, dict[str, str]]:
    try:
        found: dict[str, dict[str, str]] = json.loads(_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found
