"""Finds the entry points under ``mmgan.plugins``; broken metadata of one package harm no other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from types import ModuleType

GROUP = "mmgan.plugins"


@dataclass(frozen=True)
class Announced:
    """One entry point.

    Attributes:
        name: the name of the plugin.
        distribution: the package that supplies it.
        version: the version of the package.
        load: imports the module of the plugin.
        fault: why it cannot be loaded at all, or "".
    """

    name: str
    distribution: str
    version: str
    load: Callable[[], ModuleType]
    fault: str = ""


def announced() -> list[Announced]:
    """All entry points, in an order that does not depend on the file system."""
    first: dict[str, list[Announced]] = {}
    for dist in metadata.distributions():
        found = list(_of(dist))
        if found:
            # A folder that is on sys.path twice lists its distributions twice, and of two
            # versions of a package, Python imports the first.
            first.setdefault(_canonical(found[0].distribution), found)
    rows = [one for found in first.values() for one in found]
    return sorted(rows, key=lambda one: (one.name, one.distribution))


def _of(dist: metadata.Distribution) -> Iterator[Announced]:
    try:
        # Most distributions have no plugin, and searching the text is faster than parsing it.
        if GROUP not in (dist.read_text("entry_points.txt") or ""):
            return
        points = [point for point in dist.entry_points if point.group == GROUP]
    except Exception as error:
        if isinstance(error, UnicodeDecodeError) and GROUP.encode() not in error.object:
            return
        name, version = _who(dist)
        fault = f"its entry_points.txt cannot be read: pip install --force-reinstall {name}"
        yield Announced(name.removeprefix("mmgan-"), name, version, lambda: ModuleType(name), fault)
        return
    name, version = _who(dist) if points else ("", "")
    for point in points:
        yield Announced(point.name, name, version, point.load)


def _who(dist: metadata.Distribution) -> tuple[str, str]:
    """The name and version of a distribution, whatever the encoding of its metadata."""
    try:
        text = dist.read_text("METADATA") or dist.read_text("PKG-INFO") or ""
    except UnicodeDecodeError as error:
        text = error.object.decode("utf-8", "replace")
    head = text.replace("\r\n", "\n").partition("\n\n")[0]
    fields = dict(re.findall(r"^(Name|Version):[ \t]*(.+?)[ \t]*$", head, re.MULTILINE))
    return fields.get("Name", "(unknown)"), fields.get("Version", "")


def stated_licence(distribution: str) -> str:
    """The licence that the metadata of a distribution state, as an SPDX name if they do; or ""."""
    try:
        text = metadata.distribution(distribution).read_text("METADATA") or ""
    except (metadata.PackageNotFoundError, UnicodeDecodeError):
        return ""
    head = text.replace("\r\n", "\n").partition("\n\n")[0]
    fields = dict(re.findall(r"^(License(?:-Expression)?):[ \t]*(.+?)[ \t]*$", head, re.MULTILINE))
    return str(fields.get("License-Expression") or fields.get("License", ""))


def _canonical(distribution: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution).lower()
