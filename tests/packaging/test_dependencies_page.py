"""docs/dependencies.md has a line for each dependency and extra, and none that is stale."""

from __future__ import annotations

import re

from packaging.utils import canonicalize_name

from .projects import CORE, ENGINE, EXAMPLE, NEW, OURS, PLUGINS, ROOT, needed, settings

ROW = re.compile(r"^\| ([\w, .-]+) \| ([^|]+) \| (.+) \|$", re.MULTILINE)


def written() -> dict[str, set[str]]:
    """Who brings each package, as the page says."""
    page = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    rows = [row for row in ROW.findall(page) if row[0] not in ("package", "---")]
    said: dict[str, set[str]] = {}
    for names, bringers, _ in rows:
        for name in names.split(", "):
            assert canonicalize_name(name) not in said, f"{name} has two lines"
            said[canonicalize_name(name)] = set(bringers.replace("`", "").split(", "))
    return said


def asked() -> dict[str, set[str]]:
    """Who brings each package, as the projects say."""
    found: dict[str, set[str]] = {}
    for folder in (*OURS, NEW):
        for one in needed(folder):
            found.setdefault(one.name, set()).add(_bringer(folder, one.where))
    plugins = (folder for folder in PLUGINS if folder != ENGINE)
    every = {_bringer(folder, "project") for folder in (*plugins, EXAMPLE, NEW)}
    for name, bringers in found.items():
        if "core" in bringers:
            found[name] = {"core"}  # the core brings it, whoever else names it
        elif bringers >= every:
            found[name] = {"every plugin"}
    return found


def _bringer(folder: str, where: str) -> str:
    if where == "build":
        return "every build"
    if folder == NEW:
        return "new plugins"
    if folder == CORE:
        return "core" if where == "project" else where
    return folder.removeprefix("plugins/")


def test_every_dependency_has_its_line_and_no_line_is_stale() -> None:
    assert written() == asked()


def test_every_extra_is_named() -> None:
    extras = settings(CORE)["project"]["optional-dependencies"]
    named = {bringer for bringers in written().values() for bringer in bringers}
    assert {f"extra {extra}" for extra in extras} == {n for n in named if n.startswith("extra ")}
