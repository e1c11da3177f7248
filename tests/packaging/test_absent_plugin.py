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
    said = quickstart.run("pytest", "-q", "--collect-only", "-p", "no:cacheprovider", cwd=ROOT)
    assert said.returncode == 0, said.stdout[-3000:] + said.stderr
    assert "error" not in said.stdout.splitlines()[-1]


def test_those_of_an_absent_plugin_are_skipped_and_say_so(quickstart: Scratch) -> None:
    said = quickstart.run(
        "pytest", "-q", "-rs", "-p", "no:cacheprovider", "plugins/mmgan-trackio", cwd=ROOT
    )
    assert "mmgan-trackio is not installed: pip install -e plugins/mmgan-trackio" in said.stdout
    assert "1 skipped" in said.stdout.splitlines()[-1]


@pytest.mark.parametrize("folder", PLUGINS)
def test_each_plugin_may_be_absent(folder: str, tmp_path: Path) -> None:
    """None of ours is installed here, nor on the path."""
    bare = Scratch.bare(tmp_path / "venv")
    bare.install("mmgan-zoo", {}, {}, version="0.1.0")
    said = bare.run("pytest", "-q", "-rs", "-p", "no:cacheprovider", folder, cwd=ROOT)
    assert f"{Path(folder).name} is not installed" in said.stdout, said.stdout + said.stderr
