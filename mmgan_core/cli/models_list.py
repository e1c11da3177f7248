"""`mmgan-zoo ls models`: lists shipped models, pulled models, and models of indexes on the Hub."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypedDict

from mmgan_core.cli.output import print_json, print_table


class _Listed(TypedDict):
    name: str
    where: str
    given: list[str]
    made: list[str]
    bytes: int
    licence: str
    summary: str
    missing: str
    path: str


def list_models(given: Sequence[str], made: Sequence[str], *, as_json: bool) -> None:
    """Print the models that take and make all of these entries."""
    rows = [
        row
        for row in (*_indexed(), *_pulled())
        if set(given) <= set(row["given"]) and set(made) <= set(row["made"])
    ]
    if as_json:
        print_json(rows)
        return
    table = [
        (
            row["name"],
            row["where"],
            f"{', '.join(row['given']) or 'nothing'} -> {', '.join(row['made'])}",
            f"{row['bytes'] / 1e6:.1f} MB",
            row["licence"] or "?",
            row["missing"] or row["summary"],
        )
        for row in rows
    ]
    print_table("models" if table else "no model takes and makes these entries", table)


def _indexed() -> Iterator[_Listed]:
    from mmgan_core.zoo.index import entries
    from mmgan_core.zoo.pins import pinned

    for entry in entries():
        where = "shipped"
        if not entry.folder:
            repo, _, commit = entry.where.removeprefix("hf:").partition("@")
            where = "pulled" if pinned(repo, commit) else "on the Hub"
        yield {
            "name": entry.name,
            "where": where,
            "given": list(entry.given),
            "made": list(entry.made),
            "bytes": entry.bytes,
            "licence": entry.licence,
            "summary": entry.summary,
            "missing": _missing(entry.plugins),
            "path": str(entry.folder),
        }


def _pulled() -> Iterator[_Listed]:
    """Yield the models that were pulled from the Hub by their own names and are still cached."""
    from mmgan_core.zoo.index import entries
    from mmgan_core.zoo.pins import repositories

    listed = {entry.where for entry in entries()}
    for repo, revisions in repositories().items():
        for revision, commit in revisions.items():
            file = _manifest(repo, commit)
            if file is None or f"hf:{repo}@{commit}" in listed:
                continue
            found = json.loads(file.read_text(encoding="utf-8"))
            at = "" if revision == "main" else f"@{revision}"
            yield {
                "name": f"hf:{repo}{at}",
                "where": "pulled",
                "given": list(found["given"]),
                "made": list(found["made"]),
                "bytes": sum(row["bytes"] for row in found["files"].values()),
                "licence": found["licences"]["weights"],
                "summary": found["summary"],
                "missing": _missing({part["distribution"] for part in found["parts"]}),
                "path": str(file.parent),
            }


def _manifest(repo: str, commit: str) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(repo, "model.json", revision=commit)
    return Path(found) if isinstance(found, str) else None


def _missing(distributions: Sequence[str] | set[str]) -> str:
    """Return the command that installs the missing plugins; empty if none is missing."""
    from mmgan_core.plugins.manager import plugins

    there = {plugin.distribution for plugin in plugins().ok}
    missing = sorted(set(distributions) - there)
    return f"needs: pip install {' '.join(missing)}" if missing else ""
