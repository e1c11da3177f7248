"""The index of models by name: those that come with the package, and those of plugins.

Listing models does not import torch.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from mmgan_core.errors import IntegrityError, UsageError, nearest
from mmgan_core.foundation.yaml_text import from_yaml
from mmgan_core.plugins.manager import InvalidHookResult, Plugin, plugins

INDEX = "index.yaml"
SHIPPED = "shipped"
# The distribution whose models come with the package.
OWN = "mmgan-zoo"
_ENTRY = re.compile("[a-z][a-z0-9_]*")
_WHERE = re.compile(r"shipped|hf:[\w.-]+/[\w.-]+(@[\w./-]+)?", re.ASCII)


@dataclass(frozen=True)
class Entry:
    """One model of an index.

    Attributes:
        name: the name that the model is loaded by.
        where: ``shipped``, if the model lies beside the index; or ``hf:org/name@REV`` with a full
            commit id.
        manifest: the SHA-256 of its model.json.
        summary, given, made, bytes, licence, plugins: the same as in its manifest.
        index: the file of the index.
        owner: the distribution that the index comes with.
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
        """The directory of a shipped model; None for others."""
        return self.index.parent / "models" / self.name if self.where == SHIPPED else None

    def refuse_other_manifest(self, file: Path) -> None:
        """Refuse a model.json that is not the one in the index.

        Raises:
            IntegrityError: if its hash differs.
        """
        if hashlib.sha256(file.read_bytes()).hexdigest() != self.manifest:
            raise IntegrityError(
                f"{self.name}: {file} is not the model that {self.index} lists",
                hint=f"reinstall {self.owner}, or report this to its authors",
            )


def entries() -> list[Entry]:
    """Return the models of every index, those of this package first.

    No other index can bring a model by the name of one of this package.
    """
    found = [entry for owner, file in _indexes() for entry in _read(file, owner)]
    own = {entry.name for entry in found if entry.owner == OWN}
    return [entry for entry in found if entry.owner == OWN or entry.name not in own]


def find(name: str) -> Entry:
    """Find a model by its name.

    Raises:
        UsageError: if there is no model of this name, or more than one.
    """
    known = entries()
    found = [entry for entry in known if entry.name == name]
    if not found:
        raise UsageError(
            f"there is no model {name!r}",
            hint=f"{nearest(name, [entry.name for entry in known])} "
            "Other models: hf:ORG/NAME, run:DIR, dir:DIR",
        )
    if len(found) > 1:
        owners = " and ".join(entry.owner for entry in found)
        raise UsageError(
            f"{owners} both bring a model {name!r}",
            hint="name it by its place: hf:ORG/NAME or dir:DIR",
        )
    return found[0]


def _indexes() -> Iterator[tuple[str, Path]]:
    package = Path(__file__).parents[1]
    # A wheel holds the zoo inside the package; a checkout has it beside the package.
    own = [package / "zoo_files" / INDEX, package.parent / "zoo" / INDEX]
    yield from ((OWN, file) for file in own if file.is_file())
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
        return list(_read_once(file, owner, file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise IntegrityError(f"{file} is not an index of models: {str(error)[:200]}") from error


@cache
def _read_once(file: Path, owner: str, text: str) -> list[Entry]:
    try:
        raw = from_yaml(text)
        found = [
            Entry(
                name=str(name),
                where=str(row["where"]),
                manifest=str(row["manifest"]),
                summary=str(row.get("summary", "")),
                given=tuple(map(str, row["given"])),
                made=tuple(map(str, row["made"])),
                bytes=int(row["bytes"]),
                licence=str(row.get("licence", "")),
                plugins=tuple(map(str, row["plugins"])),
                index=file,
                owner=owner,
            )
            for name, row in (raw["models"] or {}).items()
        ]
        for entry in found:
            _refuse_other_names(entry)
        return found
    except (yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise IntegrityError(f"{file} is not an index of models: {str(error)[:200]}") from error


def _refuse_other_names(entry: Entry) -> None:
    """Refuse an entry with names that models, their entries or packages cannot have.

    Raises:
        ValueError: names the first.
    """
    from mmgan_core.zoo.manifest import is_distribution_name, is_model_name

    wrong = [name for name in (*entry.given, *entry.made) if not _ENTRY.fullmatch(name)]
    wrong += [name for name in entry.plugins if not is_distribution_name(name)]
    if not is_model_name(entry.name):
        wrong.append(entry.name)
    if not _WHERE.fullmatch(entry.where):
        wrong.append(entry.where)
    if wrong:
        raise ValueError(f"{wrong[0]!r:.80} is no name of a model, of an entry or of a package")
