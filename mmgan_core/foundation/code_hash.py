"""Identifies the code of a class, so that nothing is used that older code has made.

The hash covers the module of the class and of its bases and, recursively, what these import of the
core, of plugins, of packages that are installed for editing and of modules that belong to no
package. Of any other package it covers the version. Comments, docstrings, layout and places on the
disk do not count; the version of Python does. What code reads beside modules, such as a file of
weights, is not seen.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import re
import sys
import uuid
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import metadata
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from pathlib import Path
from types import CodeType, ModuleType

from mmgan_core.foundation.live_code import Unknown, code_texts, live_code
from mmgan_core.foundation.progress import note_once

_CORE = __name__.partition(".")[0]
_UNKNOWN = "unknown-"
_PROCESS = uuid.uuid4().hex
# Statements that hold no other ones; most are of these kinds.
_PLAIN = (ast.Assign, ast.AnnAssign, ast.Expr, ast.Import, ast.ImportFrom, ast.Return, ast.Raise)


def code_hash(cls: type) -> str:
    """Return a hash of the code of a class: equal hashes mean equal code.

    If code cannot be identified, the hash means nothing in another process; see ``is_lasting``. So
    it is if the file of a module was edited after it was imported: the file says what the module
    will do, not what it does.
    """
    found = _Found({cls.__module__.partition(".")[0], _CORE})
    try:
        for one in cls.__mro__:
            found.follow(one.__module__)
            if one.__module__ in found.without_source or "<locals>" in one.__qualname__:
                digest, modules = live_code(one)
                found.parts[f"{one.__module__}:{one.__qualname__}"] = digest
                for module in modules:
                    found.follow(module)
    except Unknown as error:
        return _unknown(cls, str(error), uuid.uuid4().hex)
    parts = "\n".join(f"{name} {part}" for name, part in sorted(found.parts.items()))
    text = f"{cls.__module__}:{cls.__qualname__}\n{parts}"
    digest = hashlib.sha256(text.encode()).hexdigest()[:32]
    if found.edited:
        why = f"{found.edited[0]} was edited after it was imported"
        return _unknown(cls, why, f"{_PROCESS}-{digest}")
    return digest


def _unknown(cls: type, why: str, unique: str) -> str:
    note_once(
        f"the code of {cls.__qualname__} cannot be identified ({why}): what it prepares is not "
        "kept for other runs"
    )
    return _UNKNOWN + unique


def is_lasting(key: str) -> bool:
    """Whether a key, which may contain hashes of code, means the same in another process."""
    return _UNKNOWN not in key


@dataclass(frozen=True)
class _Import:
    """``import base`` if there is no name, or ``from base import name``."""

    base: str
    level: int = 0
    name: str = ""


@dataclass(frozen=True)
class _Source:
    """What the file of a module says.

    Attributes:
        digest: the hash of its compiled code.
        imports: what it imports when it runs.
        exports: by name what it imports from elsewhere, also for type checkers only: lazy packages
            tell these where their names are.
        codes: the compiled code of all its functions.
    """

    digest: str
    imports: tuple[_Import, ...]
    exports: dict[str, _Import]
    codes: frozenset[CodeType]


class _Found:
    """The modules that some code consists of.

    Attributes:
        parts: by the name of a module the hash of its code, by that of another package its version.
        without_source: the modules that have no source.
        edited: the modules that are not in memory as they are in their files.
    """

    def __init__(self, own: set[str]) -> None:
        self.parts: dict[str, str] = {}
        self.without_source: set[str] = set()
        self.edited: list[str] = []
        self._own = own
        self._seen: set[str | tuple[str, str]] = set()

    def follow(self, name: str) -> None:
        """Add a module, and what it imports."""
        if name in self._seen:
            return
        self._seen.add(name)
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names and top != "__main__":
            return
        if top not in self._own and not _is_followed(top):
            self.parts[top] = _version(top)
            return
        spec = _spec_of(name)
        source = _source_of(name, spec)
        if source is None:
            self.without_source.add(name)
            return
        module = sys.modules.get(name)
        self.parts[name] = source.digest
        live = list(_live_codes(module)) if module is not None else []
        if not source.codes.issuperset(live):
            self.edited.append(name)
            self.parts[name] += _digest(live)
        package = _package(name, spec)
        for one in source.imports:
            self._follow_import(one, package)

    def _follow_import(self, one: _Import, package: str) -> None:
        base = _absolute(one, package)
        if not one.name:
            parts = base.split(".")
            for end in range(1, len(parts) + 1):
                self.follow(".".join(parts[:end]))
            return
        if (base, one.name) in self._seen:
            return
        self._seen.add((base, one.name))
        top = base.partition(".")[0]
        spec = _spec_of(base) if top in self._own or _is_followed(top) else None
        if spec is None or spec.submodule_search_locations is None:
            self.follow(base)
            return
        # A package that only passes a name on is not a part of the code, and neither are the other
        # names that it passes on.
        source = _source_of(base, spec)
        if source and one.name in source.exports:
            self._follow_import(source.exports[one.name], _package(base, spec))
        elif _spec_of(f"{base}.{one.name}"):
            self.follow(f"{base}.{one.name}")
        else:
            self.follow(base)


def _absolute(one: _Import, package: str) -> str:
    if not one.level:
        return one.base
    parents = package.split(".")
    parents = parents[: len(parents) - one.level + 1]
    return ".".join([*parents, one.base] if one.base else parents)


def _package(name: str, spec: ModuleSpec | None) -> str:
    is_package = spec is not None and spec.submodule_search_locations is not None
    return name if is_package else name.rpartition(".")[0]


def _spec_of(name: str) -> ModuleSpec | None:
    """Where a module is, without importing it or anything else."""
    module = sys.modules.get(name)
    if module is not None and getattr(module, "__spec__", None) is not None:
        return module.__spec__
    parent, _, _ = name.rpartition(".")
    if not parent:
        return None if module is not None else find_spec(name)
    above = _spec_of(parent)
    if above is None or above.submodule_search_locations is None:
        return None
    return PathFinder.find_spec(name, list(above.submodule_search_locations))


def _source_of(name: str, spec: ModuleSpec | None) -> _Source | None:
    origin = spec.origin if spec else getattr(sys.modules.get(name), "__file__", None)
    if origin is None or not Path(origin).is_file():
        return None
    if not origin.endswith(".py"):  # a compiled module
        return _Source(hashlib.sha256(Path(origin).read_bytes()).hexdigest(), (), {}, frozenset())
    status = Path(origin).stat()
    return _parsed(origin, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4096)
def _parsed(file: str, modified: int, size: int) -> _Source | None:
    try:
        tree = ast.parse(Path(file).read_bytes())
        code = compile(tree, file, "exec", dont_inherit=True)  # quicker than from the text again
    except (SyntaxError, ValueError) as error:
        raise Unknown(f"{Path(file).name} was edited and cannot be parsed: {error}") from None
    statements = list(_statements(tree.body))
    return _Source(
        _digest([code], without=set(_docstrings([tree, *(one for one, _ in statements)]))),
        tuple(_imports(one for one, for_checkers in statements if not for_checkers)),
        dict(_exports(one for one, _ in statements)),
        frozenset(_codes(code)),
    )


def _digest(codes: Iterable[CodeType], without: Container[object] = ()) -> str:
    digest = hashlib.sha256(sys.version.partition(" ")[0].encode())
    for code in codes:
        for text in code_texts(code, without):
            digest.update(text.encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()


def _imports(statements: Iterable[ast.stmt]) -> Iterator[_Import]:
    for one in statements:
        if isinstance(one, ast.Import):
            yield from (_Import(alias.name) for alias in one.names)
        elif isinstance(one, ast.ImportFrom):
            yield from (_Import(one.module or "", one.level, alias.name) for alias in one.names)


def _exports(statements: Iterable[ast.stmt]) -> Iterator[tuple[str, _Import]]:
    for one in statements:
        if isinstance(one, ast.ImportFrom):
            for alias in one.names:
                name = alias.asname or alias.name
                yield name, _Import(one.module or "", one.level, alias.name)


def _statements(
    body: Iterable[ast.stmt], *, for_checkers: bool = False
) -> Iterator[tuple[ast.stmt, bool]]:
    """All statements, also those inside of others, each with whether it is for type checkers."""
    for one in body:
        yield one, for_checkers
        if isinstance(one, _PLAIN):
            continue
        skipped = isinstance(one, ast.If) and _is_for_checkers(one.test)
        yield from _statements(getattr(one, "body", ()), for_checkers=for_checkers or skipped)
        inner = [*getattr(one, "orelse", ()), *getattr(one, "finalbody", ())]
        for block in ("handlers", "cases"):
            inner += [stmt for part in getattr(one, block, ()) for stmt in part.body]
        yield from _statements(inner, for_checkers=for_checkers)


def _is_for_checkers(test: ast.expr) -> bool:
    return getattr(test, "id", getattr(test, "attr", "")) == "TYPE_CHECKING"


def _docstrings(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            yield ast.get_docstring(node, clean=False) or ""


def _codes(code: CodeType) -> Iterator[CodeType]:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield constant
            yield from _codes(constant)


def _live_codes(module: ModuleType) -> Iterator[CodeType]:
    """The code of the functions of a module, as they are in memory."""
    file = getattr(module, "__file__", None)
    for value in list(vars(module).values()):
        own = isinstance(value, type) and value.__module__ == module.__name__
        for member in list(vars(value).values()) if own else (value,):
            code = _code_of(member)
            if code is not None and code.co_filename == file:
                yield code


def _code_of(member: object) -> CodeType | None:
    function = getattr(member, "fget", None) or getattr(member, "__func__", None) or member
    code = getattr(inspect.unwrap(function), "__code__", None) if callable(function) else None
    return code if isinstance(code, CodeType) else None


@cache
def _is_followed(top: str) -> bool:
    """Whether the code of a package counts, and not its version alone."""
    if top in sys.stdlib_module_names:
        return False
    found = _distribution(top)
    if found is None:
        return True
    return "mmgan.plugins" in (found.read_text("entry_points.txt") or "") or (
        '"editable": true' in (found.read_text("direct_url.json") or "")
    )


@cache
def _version(top: str) -> str:
    found = _distribution(top)
    # The first lines of the metadata: parsing a whole description takes long.
    head = (found.read_text("METADATA") or "")[:4096] if found else ""
    stated = re.search(r"^Version:[ \t]*(\S+)", head, re.MULTILINE)
    return stated[1] if stated else found.version if found else ""


@cache
def _distribution(top: str) -> metadata.Distribution | None:
    """The distribution of a package; the name of most is that of the package."""
    try:
        return metadata.distribution(top)
    except metadata.PackageNotFoundError:
        pass
    # `metadata.packages_distributions` parses every record, which takes ten times as long.
    installed = list(metadata.distributions())
    for found in installed:
        if top in (found.read_text("top_level.txt") or "").split():
            return found
    for found in installed:
        files = "\n" + (found.read_text("RECORD") or "")
        if f"\n{top}/" in files or f"\n{top}.py," in files:
            return found
    return None
