"""Bare `pytest` works where a plugin of ours is not installed, as after the quickstart."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ..scratch import Scratch
from .projects import PLUGINS, ROOT


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory: pytest.TempPathFactory) -> Scratch:
    """An environment with the plugins that scripts/quickstart.py installs, and their sources."""
    said = subprocess.run(
        [sys.executable, "-c", "import environment; print(*environment.PLUGINS)"],
        cwd=ROOT / "scripts",
        capture_output=True,
        text=True,
        check=True,
    )
    scratch = Scratch.bare(tmp_path_factory.mktemp("quickstart") / "venv")
    scratch.install("mmgan-zoo", {}, {}, version="0.1.0")
    sources = [str(ROOT)]
    for name in said.stdout.split():
        module = f"mmgan_{name}"
        scratch.install(f"mmgan-{name}", {}, {name: f"{module}.plugin"}, version="0.1.0")
        sources.append(str(ROOT / "plugins" / f"mmgan-{name}" / "src"))
    (scratch.packages / "sources.pth").write_text("\n".join(sources) + "\n", encoding="utf-8")
    return scratch


def test_all_tests_are_collected(quickstart: Scratch) -> None:
    """Those files that name an absent plugin; where a module that tests share does, all of them."""
    absent = [folder for folder in PLUGINS if Path(folder).name not in installed(quickstart)]
    assert absent, "or this tests nothing"
    words = [word for folder in absent for word in (Path(folder).name, module_of(folder))]
    naming = [
        file
        for place in ("tests", *sorted({*PLUGINS} - {*absent}))
        for file in (ROOT / place).rglob("*.py")
        if "/src/" not in file.as_posix() and any(w in file.read_text("utf-8") for w in words)
    ]
    shared = [file for file in naming if not file.name.startswith("test_")]
    said = quickstart.run(
        "pytest",
        "-q",
        "--collect-only",
        "-p",
        "no:cacheprovider",
        *([] if shared else map(str, naming)),
        cwd=ROOT,
    )
    assert said.returncode == 0, said.stdout[-3000:] + said.stderr
    assert "error" not in said.stdout.splitlines()[-1]


def installed(scratch: Scratch) -> set[str]:
    """The names of our distributions in it."""
    found = (info.name.split("-")[0] for info in scratch.packages.glob("mmgan_*.dist-info"))
    return {name.replace("_", "-") for name in found}


def module_of(folder: str) -> str:
    return Path(folder).name.replace("-", "_")


def test_those_of_an_absent_plugin_are_skipped_and_say_so(quickstart: Scratch) -> None:
    said = quickstart.run(
        "pytest", "-q", "-rs", "-p", "no:cacheprovider", "plugins/mmgan-trackio", cwd=ROOT
    )
    assert "mmgan-trackio is not installed: pip install -e plugins/mmgan-trackio" in said.stdout
    assert "1 skipped" in said.stdout.splitlines()[-1]


def test_each_plugin_may_be_absent(tmp_path: Path) -> None:
    """None of ours is installed here, nor on the path."""
    bare = Scratch.bare(tmp_path / "venv")
    bare.install("mmgan-zoo", {}, {}, version="0.1.0")
    said = bare.run("pytest", "-q", "-rs", "-p", "no:cacheprovider", *PLUGINS, cwd=ROOT)
    for folder in PLUGINS:
        assert f"{Path(folder).name} is not installed" in said.stdout, said.stdout + said.stderr
    assert f"{len(PLUGINS)} skipped" in said.stdout.splitlines()[-1]
