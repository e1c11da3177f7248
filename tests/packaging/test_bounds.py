"""Versions and bounds agree, as docs/explanation/compatibility.md says they do."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib import metadata

import pytest
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

import mmgan_core
from mmgan_core.scaffold.kinds import PARTS
from mmgan_core.scaffold.package import own_requirement, package

from .projects import CORE, ENGINE, EXAMPLE, NEW, OURS, PLUGINS, ROOT, needed, settings

EVERY = (*OURS, NEW)
VERSION = settings(CORE)["project"]["version"]
OWN = {settings(folder)["project"]["name"] for folder in OURS}


def test_a_library_has_the_same_bounds_wherever_it_is_named() -> None:
    found: dict[str, dict[str, list[str]]] = {}
    for folder in EVERY:
        for one in needed(folder):
            if one.name not in OWN:
                bounds = found.setdefault(one.name, {})
                bounds.setdefault(str(one.requirement.specifier), []).append(folder)
    assert {name: bounds for name, bounds in found.items() if len(bounds) > 1} == {}


@pytest.mark.parametrize("folder", EVERY)
def test_libraries_have_a_lower_bound_and_ours_both(folder: str) -> None:
    major, minor = Version(VERSION).release[:2]
    ours = SpecifierSet(f">={major}.{minor},<{major + 1}")
    for one in needed(folder):
        bounds = one.requirement.specifier
        if one.requirement.extras and one.name in OWN:
            continue  # mmgan-zoo[all], which is bounded beside it
        if one.name in OWN:
            assert bounds == ours, f"{folder}: {one.requirement}"
        else:
            assert any(bound.operator == ">=" for bound in bounds), f"{folder}: {one.requirement}"


@pytest.mark.parametrize("folder", [*(f for f in PLUGINS if f != ENGINE), EXAMPLE, NEW])
def test_every_plugin_asks_for_the_core(folder: str) -> None:
    assert "mmgan-zoo" in {one.name for one in needed(folder) if one.where == "project"}


@pytest.mark.parametrize("folder", PLUGINS)
def test_plugins_of_ours_carry_the_version_of_the_core(folder: str) -> None:
    assert settings(folder)["project"]["version"] == VERSION


def test_a_new_plugin_asks_for_the_release_that_wrote_it() -> None:
    assert own_requirement("0.1.0") == "mmgan-zoo>=0.1,<1"
    assert own_requirement("0.12.3") == "mmgan-zoo>=0.12,<1"
    assert own_requirement("2.0.0rc1") == "mmgan-zoo>=2.0,<3"


def test_pages_show_a_plugin_that_keeps_to_the_bounds() -> None:
    pages = "".join(page.read_text("utf-8") for page in ROOT.glob("docs/**/*.md"))
    shown = [
        text
        for text in re.findall(r"^```toml\n(.*?)^```", pages, re.MULTILINE | re.DOTALL)
        if "[project]" in text
    ]
    assert shown
    for text in shown:
        assert own_requirement(VERSION) in tomllib.loads(text)["project"]["dependencies"]


def test_the_extra_all_brings_the_plugins_that_models_need() -> None:
    brought = {one.name for one in needed(CORE) if one.where == "extra all"}
    assert brought == {"mmgan-audio", "mmgan-image", "mmgan-objectives", "mmgan-text"}


@pytest.mark.parametrize("folder", OURS)
def test_what_is_imported_is_asked_for(folder: str) -> None:
    source = ROOT / folder / ("mmgan_core" if folder == CORE else "src")
    imported = {name for file in source.rglob("*.py") for name in _imports(file.read_text("utf-8"))}
    # pytest runs the contract tests, whoever installs it.
    asked = {one.name for one in needed(folder)} | {settings(folder)["project"]["name"], "pytest"}
    assert _distributions(imported) - asked == set()


def test_what_tests_import_is_asked_for() -> None:
    """By the core, its extra for development, or a plugin."""
    sources = [*ROOT.glob("tests/**/*.py"), *ROOT.glob("plugins/*/tests/*.py")]
    imported = {name for file in sources for name in _imports(file.read_text("utf-8"))}
    asked = {one.name for folder in (CORE, *PLUGINS) for one in needed(folder)} | OWN
    folders = {folder.name for folder in ROOT.iterdir()}
    own = {name for name in imported if name.startswith("mmgan_") or name in folders}
    own |= {file.stem for file in ROOT.glob("scripts/**/*.py")}
    assert _distributions(imported - own) - asked == set()


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.kind)
def test_a_new_plugin_asks_for_what_it_imports(part: object) -> None:
    files = package("spark", [part.kind]).files()  # type: ignore[attr-defined]
    source = [text for path, text in files.items() if path.endswith(".py") and "src/" in path]
    imported = {name for text in source for name in _imports(text)} - {"mmgan_spark"}
    asked = {text.split(">")[0].strip(' "') for text in files["pyproject.toml"].splitlines()}
    assert _distributions(imported) - asked == set()


def _imports(text: str) -> set[str]:
    """The first names of what a module imports, at its top or inside functions.

    What is imported for type checkers alone need not be there when it runs.
    """
    names = set()
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add(str(node.module).partition(".")[0])
    return names - set(sys.stdlib_module_names)


def _distributions(modules: set[str]) -> set[str]:
    owners = dict(metadata.packages_distributions())
    # Installed for editing, ours have no files that name them.
    ours = {name.replace("-", "_"): [name] for name in OWN} | {"mmgan_core": ["mmgan-zoo"]}
    return {canonicalize_name(name) for one in modules for name in (ours | owners).get(one, [one])}


def test_the_version_is_what_is_installed() -> None:
    assert mmgan_core.__version__ == metadata.version("mmgan-zoo")
    assert Version(mmgan_core.__version__)
