"""The table of rows in tar shards, each of which is read alone, by its place."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from mmgan_core.components.sources.beside import SIDECARS
from mmgan_core.components.sources.cells import list_column, raw_cell
from mmgan_core.components.sources.chosen_rows import FEW, MANY, WORDS, word_column
from mmgan_core.components.sources.kept_index import kept_index
from mmgan_core.components.sources.magic import kind_of_file
from mmgan_core.components.sources.shards import LocalShard, digest_of, stamps_of
from mmgan_core.components.sources.tar_index import TarIndex, write_index
from mmgan_core.contracts import Column
from mmgan_core.foundation.plain import Plain
from mmgan_core.foundation.spread import spread_runs

LABEL, _JSON = "label", "json"
# Names of labels, and what is in .json files, are read off so many rows.
_READ_OFF, _RUNS = 4_096, 64
_COLUMNS = "columns.json"


class TarTable:
    """The rows of tar shards; files of media are encoded bytes, other columns are text.

    A column has the name of its kind, such as ``image`` for ``.jpg``, or what stands before it,
    such as ``mask`` for ``.mask.png``. What a ``.json`` holds becomes columns.
    """

    def __init__(self, shards: Sequence[Path], file_kinds: Mapping[str, str]) -> None:
        """Open shards; they are gone through if the cache has no index of them.

        Args:
            shards: the shards, each a tar that is not compressed.
            file_kinds: see ``DataSource``.

        Raises:
            DataError: if a shard cannot be read, or they hold no rows.
        """
        self._given, self._kinds = list(shards), dict(file_kinds)
        self._shards = [LocalShard(path) for path in shards]
        self._stamps = stamps_of(self._shards)
        self.digest = digest_of(self._stamps)
        key = f"tar|{self.digest}|{sorted(self._kinds.items())}"
        folder = kept_index(key, self._find)
        self._index = TarIndex(folder, self._shards, self._stamps)
        said = json.loads((folder / _COLUMNS).read_text(encoding="utf-8"))
        # Which files hold a column: several, if rows have either one or the other.
        self._files: dict[str, list[str]] = {name: files for name, _, _, files in said}
        self.columns: Mapping[str, Column] = {
            name: Column(name, kind, tuple(names)) for name, kind, names, _ in said
        }
        unread = (f".{name} ({count:,})" for name, count in self._index.unread.items())
        listed = ", ".join(unread)
        self.notes: Sequence[str] = (f"not read: files {listed}",) if listed else ()

    def __getstate__(self) -> dict[str, object]:
        """The state for a worker process."""
        return {"shards": self._given, "file_kinds": self._kinds}

    def __setstate__(self, state: Plain) -> None:
        self.__init__(**state)  # type: ignore[misc]

    def __len__(self) -> int:
        return len(self._index)

    def values(self, column: str, rows: Sequence[int]) -> list[object]:
        """Bytes of files of media, and values of other columns."""
        files = self._files[column]
        return [self._value(column, files, row) for row in rows]

    def where(self, row: int) -> str:
        """The shard, and the file in it."""
        return self._index.where(row)

    def _value(self, column: str, files: Sequence[str], row: int) -> object:
        file = next((one for one in files if self._index.has(row, one)), None)
        content = None if file is None else self._index.read(row, file)
        if file is None or content is None:
            return None
        if file == _JSON:
            said = _object(content)
            return b"" if said is None else raw_cell(said.get(column))
        if _column_of(file, self._kinds)[1] in (LABEL, WORDS):
            return content.decode("utf-8-sig", "replace").strip() or None
        return content

    def _find(self, folder: Path) -> None:
        def is_read(file: str) -> bool:
            return file == _JSON or bool(_column_of(file, self._kinds)[1])

        write_index(folder, self._shards, is_read)
        self._index = TarIndex(folder, self._shards, self._stamps)
        rows = spread_runs(len(self._index), _READ_OFF, _RUNS).tolist()
        found: dict[str, list[str]] = {}
        for file in self._index.files:
            if file != _JSON:
                found.setdefault(_column_of(file, self._kinds)[0], []).append(file)
        if _JSON in self._index.files:
            contents = (self._index.read(row, _JSON) for row in rows)
            objects = (_object(content or b"") or {} for content in contents)
            for name in dict.fromkeys(name for said in objects for name in said):
                found.setdefault(name, [_JSON])
        columns = [self._column(name, files, rows) for name, files in found.items()]
        said = [[one.name, one.modality, one.names, found[one.name]] for one in columns]
        (folder / _COLUMNS).write_text(json.dumps(said), encoding="utf-8")

    def _column(self, name: str, files: Sequence[str], rows: Sequence[int]) -> Column:
        kind = _column_of(files[0], self._kinds)[1] if files[0] != _JSON else ""
        if kind not in ("", LABEL, WORDS):
            return Column(name, kind)
        values = [value for row in rows if (value := self._value(name, files, row)) is not None]
        listed = list_column(name, values, MANY)
        if listed:
            return listed
        names = tuple(sorted({value for value in values if isinstance(value, str)}))
        if kind == LABEL:
            return Column(name, LABEL, names if len(names) <= MANY else ())
        return word_column(name, names if len(names) <= FEW or name == LABEL else ())


def _column_of(file: str, kinds: Mapping[str, str]) -> tuple[str, str]:
    """The column and the kind of data of files of this name after its first dot; "" for none."""
    before, _, ending = file.rpartition(".")
    kind = SIDECARS.get(f".{ending}") or kind_of_file(Path(f"x.{ending}"), kinds)
    return before.replace(".", "_") or kind, kind


def _object(content: bytes) -> dict[str, object] | None:
    """The object of a .json file; None if it is none."""
    try:
        said = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None
