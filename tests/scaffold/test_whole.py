"""A new plugin of every kind keeps every contract, untouched, and trains."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mmgan_core.errors import UsageError
from mmgan_core.scaffold.kinds import PARTS
from mmgan_core.scaffold.naming import refuse_name
from mmgan_core.scaffold.package import package, refuse_folder


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources of a plugin that supplies every kind, as if it were installed."""
    folder = tmp_path_factory.mktemp("new") / "mmgan-sparkle"
    package("sparkle", [part.kind for part in PARTS], "A. Person <a@b.example>").write(folder)
    info = folder / "src" / "mmgan_sparkle-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: mmgan-sparkle\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text("[mmgan.plugins]\nsparkle = mmgan_sparkle.plugin\n")
    return folder


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        capture_output=True,
        text=True,
        timeout=600,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "src")},
    )


def test_it_keeps_every_contract(everything: Path) -> None:
    said = run(everything, "mmgan_core.cli.main", "plugins", "check", "sparkle")
    assert said.returncode == 0, said.stdout + said.stderr


def test_it_is_formatted(everything: Path) -> None:
    rules = ("--isolated", "--line-length", "100", ".")
    assert run(everything, "ruff", "check", *rules).returncode == 0
    said = run(everything, "ruff", "format", "--check", *rules)
    assert said.returncode == 0, said.stdout


def test_its_own_training_tests_pass(everything: Path) -> None:
    said = run(everything, "pytest", "-q", "--deselect", "tests/test_contract.py", "tests")
    assert said.returncode == 0, said.stdout + said.stderr


def test_every_kind_can_be_asked_for() -> None:
    for part in PARTS:
        assert package("sparkle", [part.kind, part.module]).parts == (part,)


@pytest.mark.parametrize("name", ["Sparkle", "image", "core", "class", "a b", "", "../x"])
def test_names_that_cannot_be(name: str) -> None:
    with pytest.raises(UsageError):
        refuse_name(name)


def test_what_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        refuse_folder(tmp_path)
    with pytest.raises(UsageError, match="generator"):
        package("sparkle", ["generater"], "")
    with pytest.raises(UsageError, match="--with"):
        package("sparkle", [], "")
    assert list(tmp_path.iterdir()) == []
