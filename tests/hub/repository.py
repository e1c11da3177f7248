"""A repository: commits, refs, and the files at a commit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .git import Objects
from .patterns import ATTRIBUTES, attribute, is_large
from .wire import Refused

_POINTER = re.compile(
    rb"version https://git-lfs.github.com/spec/v1\noid sha256:([0-9a-f]{64})\nsize (\d+)\n"
)


@dataclass(frozen=True)
class Commit:
    """A commit."""

    oid: str
    tree: str
    parent: str
    author: str
    time: int
    summary: str
    description: str


@dataclass(frozen=True)
class File:
    """A file at a commit.

    Attributes:
        oid: of its blob.
        size: of what a user put there.
        sha256: of a large file, else "".
        pointer: how long the blob of a large file is.
    """

    path: str
    oid: str
    size: int
    sha256: str = ""
    pointer: int = 0

    @property
    def etag(self) -> str:
        return self.sha256 or self.oid


def pointer(sha256: str, size: int) -> bytes:
    """What stands in git for a large file."""
    text = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n"
    return text.encode()


@dataclass
class Repository:
    """A git repository with the Hub's settings.

    Attributes:
        kind: ``model``, ``dataset`` or ``space``.
        gated: "" or ``auto`` or ``manual``.
        granted: users who were let through the gate.
        refs: ids of commits and tag objects by full name.
    """

    kind: str
    id: str
    private: bool = False
    gated: str = ""
    created: int = 0
    granted: set[str] = field(default_factory=set)
    refs: dict[str, str] = field(default_factory=dict)
    objects: Objects = field(default_factory=Objects)
    commits: dict[str, Commit] = field(default_factory=dict)

    def begin(self, author: str) -> None:
        """The first commit, at the time of creation."""
        changes = {".gitattributes": ATTRIBUTES.encode()}
        self.commit("refs/heads/main", changes, author, self.created, "initial commit")

    @property
    def namespace(self) -> str:
        return self.id.partition("/")[0]

    @property
    def prefix(self) -> str:
        """Its place outside ``/api``."""
        return self.id if self.kind == "model" else f"{self.kind}s/{self.id}"

    def named(self, prefix: str) -> Iterator[tuple[str, str, str]]:
        """Short name, full name and commit of the refs below ``heads``, ``tags`` or ``pr``."""
        for ref in sorted(self.refs):
            if ref.startswith(f"refs/{prefix}/"):
                yield ref.split("/", 2)[2], ref, self.at(ref).oid

    def ref(self, revision: str) -> str:
        """The full name of a branch, tag or ``refs/...``; "" if there is none."""
        names = (f"refs/heads/{revision}", f"refs/tags/{revision}", revision)
        return next((name for name in names if name in self.refs), "")

    def at(self, revision: str) -> Commit:
        """The commit that a revision names."""
        name = self.ref(revision)
        oid = self.refs[name] if name else revision
        if oid not in self.commits and name:
            oid = self.objects.get(oid)[7:47].decode()  # a tag object: "object <id>\n..."
        if oid not in self.commits:
            raise Refused(404, f"Invalid rev id: {revision}", "RevisionNotFound")
        return self.commits[oid]

    def history(self, commit: Commit) -> Iterator[Commit]:
        """A commit and those before it."""
        yield commit
        while commit.parent:
            commit = self.commits[commit.parent]
            yield commit

    def blobs(self, commit: Commit) -> dict[str, str]:
        """Ids by path."""
        walked = self.objects.walk(commit.tree)
        return {path: oid for path, oid in walked if self.objects.kind(oid) == "blob"}

    def files(self, commit: Commit) -> dict[str, File]:
        """Files by path."""
        return {path: self._file(path, oid) for path, oid in self.blobs(commit).items()}

    def _file(self, path: str, oid: str) -> File:
        data = self.objects.get(oid)
        found = _POINTER.fullmatch(data) if len(data) < 200 else None
        if found is None:
            return File(path, oid, len(data))
        return File(path, oid, int(found[2]), found[1].decode(), len(data))

    def text(self, commit: Commit, path: str) -> str:
        """A small file's text; "" if it is not there."""
        oid = self.blobs(commit).get(path)
        return self.objects.get(oid).decode("utf-8", "replace") if oid else ""

    def commit(
        self,
        ref: str,
        changes: Mapping[str, bytes | None],
        author: str,
        time: int,
        summary: str,
        description: str = "",
    ) -> Commit:
        """A commit on a ref.

        Args:
            changes: what lies at a path from now on; None removes it.
        """
        parent = self.commits.get(self.refs.get(ref, ""))
        blobs = self.blobs(parent) if parent else {}
        for path, data in changes.items():
            blobs.pop(path, None)
            if data is not None:
                blobs[path] = self.objects.put("blob", data)
        self._check_paths(blobs)
        self._cover(blobs)
        tree = self.objects.put_tree(blobs)
        lines = [f"tree {tree}"]
        if parent:
            lines.append(f"parent {parent.oid}")
        stamp = self._stamp(author, time)
        lines += [f"author {stamp}", f"committer {stamp}", "", summary]
        if description:
            lines += ["", description]
        oid = self.objects.put("commit", "\n".join([*lines, ""]).encode())
        before = parent.oid if parent else ""
        self.commits[oid] = Commit(oid, tree, before, author, time, summary, description)
        self.refs[ref] = oid
        return self.commits[oid]

    def tag(self, name: str, commit: Commit, message: str, author: str, time: int) -> None:
        """A tag; with a message, one that is annotated."""
        oid = commit.oid
        if message:
            text = (
                f"object {oid}\ntype commit\ntag {name}\n"
                f"tagger {self._stamp(author, time)}\n\n{message}\n"
            )
            oid = self.objects.put("tag", text.encode())
        self.refs[f"refs/tags/{name}"] = oid

    def write(self, folder: Path) -> None:
        """A bare repository that git can read."""
        self.objects.write(folder / "objects")
        (folder / "refs").mkdir(parents=True)
        (folder / "HEAD").write_text("ref: refs/heads/main\n", encoding="utf-8")
        for name, oid in self.refs.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(f"{oid}\n", encoding="utf-8")

    @staticmethod
    def _stamp(author: str, time: int) -> str:
        return f"{author} <{author}@hub.invalid> {time} +0000"

    @staticmethod
    def _check_paths(blobs: Mapping[str, str]) -> None:
        folders = {path[:n] for path in blobs for n, letter in enumerate(path) if letter == "/"}
        for path in blobs:
            parts = path.split("/")
            if path in folders or {"", ".", "..", ".git"} & set(parts):
                raise Refused(400, f"a file cannot lie at {path!r}")

    def _cover(self, blobs: dict[str, str]) -> None:
        """Every large file has a line in ``.gitattributes``."""
        held = blobs.get(".gitattributes")
        text = self.objects.get(held).decode() if held else ""
        missing = [
            path
            for path, oid in blobs.items()
            if self._file(path, oid).sha256 and not is_large(path, text)
        ]
        if missing:
            text += "".join(attribute(path) for path in missing)
            blobs[".gitattributes"] = self.objects.put("blob", text.encode())
