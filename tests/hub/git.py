"""Git objects and their ids, in memory."""

from __future__ import annotations

import hashlib
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path


class Objects:
    """What ``.git/objects`` would hold."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[str, bytes]] = {}

    def put(self, kind: str, data: bytes) -> str:
        """Keeps an object; returns its id."""
        oid = hashlib.sha1(_framed(kind, data), usedforsecurity=False).hexdigest()
        self._held[oid] = kind, data
        return oid

    def get(self, oid: str) -> bytes:
        return self._held[oid][1]

    def kind(self, oid: str) -> str:
        return self._held[oid][0]

    def put_tree(self, files: Mapping[str, str]) -> str:
        """A tree, and those below it, of blob ids by path."""
        rows = {}
        below: dict[str, dict[str, str]] = defaultdict(dict)
        for path, oid in files.items():
            head, slash, rest = path.partition("/")
            if slash:
                below[head][rest] = oid
            else:
                rows[head.encode()] = b"100644", oid
        for name, inner in below.items():
            # Git sorts a directory as if its name ended in a slash.
            rows[name.encode() + b"/"] = b"40000", self.put_tree(inner)
        data = b""
        for key, (mode, oid) in sorted(rows.items()):
            data += mode + b" " + key.removesuffix(b"/") + b"\0" + bytes.fromhex(oid)
        return self.put("tree", data)

    def walk(self, tree: str, prefix: str = "") -> Iterator[tuple[str, str]]:
        """Paths and ids of all blobs and trees below a tree."""
        rest = self.get(tree)
        while rest:
            head, _, rest = rest.partition(b"\0")
            path = prefix + head.partition(b" ")[2].decode()
            oid, rest = rest[:20].hex(), rest[20:]
            yield path, oid
            if self.kind(oid) == "tree":
                yield from self.walk(oid, f"{path}/")

    def write(self, folder: Path) -> None:
        """The files that git itself would keep."""
        for oid, (kind, data) in self._held.items():
            file = folder / oid[:2] / oid[2:]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(zlib.compress(_framed(kind, data), 1))


def _framed(kind: str, data: bytes) -> bytes:
    return f"{kind} {len(data)}\0".encode() + data
