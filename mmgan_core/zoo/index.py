"""Models by name: those that come with the package, and those that plugins know of.

Listing them needs no torch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from mmgan_core.errors import IntegrityError, UsageError, nearest
from mmgan_core.plugins.manager import InvalidHookResult, Plugin, plugins

INDEX = "index.yaml"
SHIPPED = "shipped"


@dataclass(frozen=True)
class Entry:
    """One line of an index.

    Attributes:
        name: what it is loaded by.
        where: ``shipped``, beside the index, or ``hf:org/name@REV`` with a full commit id.
        manifest: SHA-256 of its model.json.
        summary, given, made, bytes, licence, plugins: as its manifest has them.
        index: the file that lists it.
        owner: the distribution that brought it.
    """

    name: str
    where: str
    manifest: str
    summary: str
    given: tuple[str, ...]
    made: tuple[str, ...]
    bytes: int
    licence: str
    plugins: tuple[str, ...]
    index: Path
    owner: str

    @property
    def folder(self) -> Path | None:
        """Its directory, if it is shipped."""
        return self.index.parent / "models" / self.name if self.where == SHIPPED else None

    def refuse_other_manifest(self, file: Path) -> None:
        """Refuse a model.json that is not the one the index knows.

        Raises:
            IntegrityError: if it is another.
        """
        if hashlib.sha256(file.read_bytes()).hexdigest() != self.manifest:
            raise IntegrityError(
                f"{self.name}: {file} is not the model that {self.index} lists",
                hint=f"reinstall {self.owner}, or tell its authors",
            )


def entries() -> list[Entry]:
    """Every model of every index, ours first."""
    return [entry for owner, file in _indexes() for entry in _read(file, owner)]


def find(name: str) -> Entry:
    """The model of a name.

    Raises:
        UsageError: if there is none, or more than one.
    """
    known = entries()
    found = [entry for entry in known if entry.name == name]
    if not found:
        raise UsageError(
            f"there is no model {name!r}",
            hint=f"{nearest(name, [entry.name for entry in known])} Others: hf:ORG/NAME, "
            "run:DIR, dir:DIR",
        )
    if len(found) > 1:
        owners = " and ".join(entry.owner for entry in found)
        raise UsageError(f"{owners} both bring a model {name!r}", hint="say hf:... or dir:...")
    return found[0]


def _indexes() -> Iterator[tuple[str, Path]]:
    package = Path(__file__).parents[1]
    # Installed from a wheel, the zoo lies inside the package; in a checkout, beside it.
    own = [package / "zoo_files" / INDEX, package.parent / "zoo" / INDEX]
    yield from (("mmgan-zoo", file) for file in own if file.is_file())
    for plugin, files in plugins().call("mmgan_zoo", _files, if_wrong="partial"):
        yield from ((plugin.distribution, file) for file in files)


def _files(plugin: Plugin, answer: object) -> list[Path]:
    if not isinstance(answer, (list, tuple)) or not all(
        isinstance(file, Path) and file.is_file() for file in answer
    ):
        raise InvalidHookResult(f"must return a list of index files, not {answer!r:.80}")
    for file in answer:
        try:
            _read(file, plugin.distribution)
        except IntegrityError as error:
            raise InvalidHookResult(str(error)) from error
    return list(answer)


def _read(file: Path, owner: str) -> list[Entry]:
    try:
        raw = yaml.safe_load(file.read_text(encoding="utf-8"))
        return [
            Entry(
                name=str(name),
                where=str(row["where"]),
                manifest=str(row["manifest"]),
                summary=str(row.get("summary", "")),
                given=tuple(row["given"]),
                made=tuple(row["made"]),
                bytes=int(row["bytes"]),
                licence=str(row.get("licence", "")),
                plugins=tuple(row["plugins"]),
                index=file,
                owner=owner,
            )
            for name, row in (raw["models"] or {}).items()
        ]
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise IntegrityError(f"{file} is no index of models: {str(error)[:200]}") from error
