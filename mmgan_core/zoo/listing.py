"""Lists the models that can be loaded by name: shipped, pulled, and those of indexes on the Hub."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from mmgan_core.errors import IntegrityError


@dataclass(frozen=True)
class ListedModel:
    """A model of the zoo, or one that was pulled from the Hub.

    Attributes:
        name: the name that it is loaded by.
        where: ``shipped`` or ``pulled`` if it lies on this machine, else ``on the Hub``.
        given: the entries that it takes.
        made: the entries that it makes.
        bytes: its size.
        licence: the licence of its weights; empty if it states none.
        summary: what it makes, in one line.
        missing: the command that installs the plugins that it needs and that are missing here;
            empty if none is.
        path: its directory on this machine, as far as it is known.
    """

    name: str
    where: Literal["shipped", "pulled", "on the Hub"]
    given: list[str]
    made: list[str]
    bytes: int
    licence: str
    summary: str
    missing: str
    path: str

    @property
    def local(self) -> bool:
        """Whether it lies on this machine."""
        return self.where != "on the Hub"


def listed_models(given: Collection[str] = (), made: Collection[str] = ()) -> list[ListedModel]:
    """The models that take and make all of these entries."""
    return [
        one
        for one in (*_indexed(), *_pulled())
        if set(given) <= set(one.given) and set(made) <= set(one.made)
    ]


def _indexed() -> Iterator[ListedModel]:
    from mmgan_core.zoo.index import entries
    from mmgan_core.zoo.pins import pinned

    for entry in entries():
        where: Literal["shipped", "pulled", "on the Hub"] = "shipped"
        if not entry.folder:
            repo, _, commit = entry.where.removeprefix("hf:").partition("@")
            where = "pulled" if pinned(repo, commit) else "on the Hub"
        yield ListedModel(
            name=entry.name,
            where=where,
            given=list(entry.given),
            made=list(entry.made),
            bytes=entry.bytes,
            licence=entry.licence,
            summary=entry.summary,
            missing=_missing(entry.plugins),
            path=str(entry.folder),
        )


def _pulled() -> Iterator[ListedModel]:
    """Yield the models that were pulled from the Hub by their own names and are still cached."""
    from mmgan_core.foundation.progress import note_once
    from mmgan_core.zoo.index import entries
    from mmgan_core.zoo.manifest import read_manifest
    from mmgan_core.zoo.pins import repositories

    listed = {entry.where for entry in entries()}
    for repo, revisions in repositories().items():
        for revision, commit in revisions.items():
            file = _manifest(repo, commit)
            if file is None or f"hf:{repo}@{commit}" in listed:
                continue
            at = "" if revision == "main" else f"@{revision}"
            try:
                manifest = read_manifest(file.parent)
            except IntegrityError as error:
                note_once(f"hf:{repo}{at} is not listed: {error.message}")
                continue
            yield ListedModel(
                name=f"hf:{repo}{at}",
                where="pulled",
                given=list(manifest.given),
                made=list(manifest.made),
                bytes=manifest.size,
                licence=manifest.licences.weights,
                summary=manifest.summary,
                missing=_missing({part.distribution for part in manifest.parts}),
                path=str(file.parent),
            )


def _manifest(repo: str, commit: str) -> Path | None:
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(repo, "model.json", revision=commit)
    return Path(found) if isinstance(found, str) else None


def _missing(distributions: Collection[str]) -> str:
    """Return the command that installs the missing plugins; empty if none is missing."""
    from mmgan_core.plugins.manager import plugins

    there = {plugin.distribution for plugin in plugins().ok}
    missing = sorted(set(distributions) - there)
    return f"needs: pip install {' '.join(missing)}" if missing else ""
