"""The example plugin as anybody's: installed by pip, tested, trained, used by its verb."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from ..scratch import Scratch

EXAMPLE = Path(__file__).parents[2] / "examples" / "mmgan-sketch"
SMALL = ("data.takes=2", "train.samples=128", "train.batch_size=16")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Scratch:
    """An environment that has the example beside the toolkit."""
    scratch = Scratch.make(tmp_path_factory.mktemp("sketch") / "venv")
    scratch.pip_install(EXAMPLE)
    return scratch


def test_its_tests_pass(home: Scratch) -> None:
    said = home.run("pytest", "-q", cwd=EXAMPLE)
    assert said.returncode == 0, said.stdout


def test_it_trains_and_its_verb_draws(home: Scratch, tmp_path: Path) -> None:
    run, page = tmp_path / "run", tmp_path / "page.svg"
    settings = [part for setting in SMALL for part in ("--set", setting)]
    said = home.zoo("train", "sketch-digits", "--cpu", "--run", str(run), *settings)
    assert said.returncode == 0, said.stderr
    assert list((run / "samples").glob("*.png"))
    said = home.zoo("sketch-svg", f"run:{run}", "text=three", "--count", "2", "--out", str(page))
    assert said.returncode == 0, said.stderr
    assert "<svg" in page.read_text()


def test_it_uses_public_names_only() -> None:
    for file in sorted((EXAMPLE / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mmgan_core"):
                names = [*str(node.module).split("."), *(alias.name for alias in node.names)]
                assert not any(name.startswith("_") for name in names), f"{file}: {names}"
