"""What lies beside media files and says something of them: tables, dataset.json, sidecars."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path

from mmgan_core.components.sources.cells import raw_cell
from mmgan_core.components.sources.chosen_rows import WORDS
from mmgan_core.components.sources.listing import ArchiveListing, Listing
from mmgan_core.components.sources.metadata import METADATA, Row, csv_rows, jsonl_rows
from mmgan_core.errors import DataError

TABLES = (".csv", ".tsv", ".json", ".jsonl")
STYLEGAN = "dataset.json"
# Words beside a file of the same name; the second is of WebDataset.
SIDECARS = {".txt": WORDS, ".caption": WORDS, ".cls": "label"}
_ANNOTATIONS = (".json", ".xml", ".lab", ".textgrid", ".npy", ".srt", ".vtt")
# So many rows of a table must name a file for it to be about the files.
_ENOUGH, _NEARLY_ALL = 0.5, 0.9


@dataclass
class Beside:
    """What was found beside files.

    Attributes:
        columns: more columns of each file.
        notes: what was read and what was not, in sentences.
    """

    columns: dict[Path, Row] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, what: str, found: Mapping[Path, Row], media: int) -> None:
        """Take columns of some files, whose names are not taken."""
        names = list(dict.fromkeys(name for row in found.values() for name in row))
        for file, row in found.items():
            self.columns.setdefault(file, {}).update(row)
        without = f"; {media - len(found):,} files have none" if len(found) < media else ""
        self.notes.append(f"{what}: {', '.join(names)} of {len(found):,} files{without}")


def found_beside(listing: Listing, root: Path, media: Sequence[Path], taken: Set[str]) -> Beside:
    """Read what lies below a folder beside its media files.

    Args:
        media: the files that are rows.
        taken: names of columns that are known already, which no other may have.
    """
    beside = Beside()
    by_name = _Names(root, media)
    inside = [file for file in listing.files if file.is_relative_to(root)]
    for file in inside:
        if file.parent == root and file.suffix.lower() in TABLES and file.name not in METADATA:
            _add_table(beside, listing, file, by_name, taken)
    _add_sidecars(beside, listing, inside, media, taken)
    return beside


class _Names:
    """Finds a file by what a table calls it: its path, its name, or its name without ending."""

    def __init__(self, root: Path, media: Sequence[Path]) -> None:
        self.media = media
        called: list[Callable[[Path], str]] = [
            lambda file: file.relative_to(root).as_posix(),
            lambda file: file.name,
            lambda file: file.relative_to(root).with_suffix("").as_posix(),
            lambda file: file.stem,
        ]
        self._by: list[dict[str, Path | None]] = []
        for name in called:
            counted = Counter(map(name, media))
            self._by.append({name(f): f if counted[name(f)] == 1 else None for f in media})

    def __call__(self, said: object, *, ending: bool = False) -> Path | None:
        """The file that is meant, if only one can be; by names with their endings alone if so."""
        if not isinstance(said, str) or not said:
            return None
        path = said.strip().replace("\\", "/").removeprefix("./")
        for name in (path, path.rpartition("/")[2]):
            for known in self._by[: 2 if ending else None]:
                if known.get(name):
                    return known[name]
        return None


def _add_table(
    beside: Beside, listing: Listing, file: Path, by_name: _Names, taken: Set[str]
) -> None:
    try:
        content = listing.read(file)
        if content is None:
            raise DataError("it cannot be read")
        rows = rows_in(file, content)
    except DataError as error:
        beside.notes.append(f"not read: {file.name}: {error.message}")
        return
    columns = dict.fromkeys(name for row in rows for name in row)
    naming = next((name for name in columns if _names_files(rows, name, by_name)), None) or next(
        (name for name in columns if _numbers_files(rows, name, by_name)), None
    )
    if naming is None:
        beside.notes.append(
            f"not read: {file.name}: none of its columns names the files; call it metadata.csv, "
            "with a column file_name"
        )
        return
    used = {*taken, *(name for row in beside.columns.values() for name in row)}
    rename = {name: f"{file.stem}_{name}" if name in used else name for name in columns}
    found: dict[Path, Row] = {}
    for row in rows:
        media = by_name(row.get(naming))
        if media is not None:
            found[media] = {rename[k]: raw_cell(v) for k, v in row.items() if k != naming}
    beside.add(f"{file.name}, whose {naming!r} names the files", found, len(by_name.media))


def _names_files(rows: Sequence[Row], column: str, by_name: _Names) -> bool:
    """Whether a column has names of files, with their endings."""
    some = rows[:1_000]
    known = sum(by_name(row.get(column), ending=True) is not None for row in some)
    return known > _ENOUGH * len(some)


def _numbers_files(rows: Sequence[Row], column: str, by_name: _Names) -> bool:
    """Whether a column has the names of nearly all files without endings, each once."""
    files = [by_name(row.get(column)) for row in rows]
    known = {file for file in files if file is not None}
    return len(known) >= _NEARLY_ALL * max(len(rows), len(by_name.media))


def rows_in(file: Path, content: bytes) -> list[Row]:
    """The rows of a table, by the ending of its name.

    Raises:
        DataError: if it is no table, or has no rows.
    """
    ending = file.suffix.lower()
    if ending in (".csv", ".tsv"):
        rows = csv_rows(file, content)
    elif ending == ".jsonl":
        rows = jsonl_rows(file, content)
    else:
        rows = _json_rows(file, content)
    if not rows:
        raise DataError("it has no rows")
    return rows


def _json_rows(file: Path, content: bytes) -> list[Row]:
    """Rows of a list of objects, of an object by name, or of StyleGAN's ``{"labels": [...]}``."""
    try:
        said = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise DataError(f"it is not JSON: {error}") from None
    if isinstance(said, dict) and "labels" in said and file.name == STYLEGAN:
        pairs = said["labels"] or []
        if not pairs:
            raise DataError("its labels are null")
        pairs = pairs.items() if isinstance(pairs, dict) else pairs
        return [{"file": pair[0], "label": pair[1]} for pair in pairs if _is_pair(pair)]
    if isinstance(said, dict) and said:
        if all(isinstance(value, dict) for value in said.values()):
            return [{"file": name, **value} for name, value in said.items()]
        if all(isinstance(value, (str, int, float)) for value in said.values()):
            return [{"file": name, file.stem: value} for name, value in said.items()]
    if isinstance(said, list) and all(isinstance(row, dict) for row in said):
        return said
    if isinstance(said, list) and said and all(isinstance(row, str) for row in said):
        return [{WORDS: text} for text in said]
    raise DataError("it is no list of objects")


def _is_pair(pair: object) -> bool:
    return isinstance(pair, (list, tuple)) and len(pair) == 2


def _add_sidecars(
    beside: Beside, listing: Listing, inside: Sequence[Path], media: Sequence[Path], taken: Set[str]
) -> None:
    stems = {_key(file): file for file in media}
    rows = set(media)
    found: dict[str, dict[Path, Row]] = {}
    unread: Counter[str] = Counter()
    for file in inside:
        of, ending = stems.get(_key(file)), file.suffix.lower()
        if of is None or file in rows:
            continue
        name = SIDECARS.get(ending)
        if name and name not in taken:
            text = (listing.read(file) or b"").decode("utf-8-sig", "replace").strip()
            found.setdefault(f"{ending} files beside them", {})[of] = {name: text or None}
        elif ending == ".json" and isinstance(listing, ArchiveListing):
            found.setdefault(".json files beside them", {})[of] = _object(listing.read(file), taken)
        elif ending in _ANNOTATIONS:
            unread[ending] += 1
    for what, columns in found.items():
        beside.add(what, columns, len(media))
    for ending, count in unread.items():
        beside.notes.append(
            f"not read: {count:,} {ending} files beside them; a metadata.jsonl can hold what they "
            "say"
        )


def _object(content: bytes | None, taken: Set[str]) -> Row:
    try:
        said = json.loads((content or b"").decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return {}
    plain = said if isinstance(said, dict) else {}
    return {key: raw_cell(value) for key, value in plain.items() if key not in taken}


def _key(file: Path) -> str:
    """A file's path without its endings."""
    return str(file.with_name(file.name.partition(".")[0]))
