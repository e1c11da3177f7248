"""What `plugins new` writes is installed by pip, passes its own tests untouched, and trains."""

from pathlib import Path

import pytest

from ..scratch import Scratch


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Scratch:
    """An environment in which the command made a plugin, and pip installed it."""
    scratch = Scratch.make(tmp_path_factory.mktemp("spark") / "venv")
    said = scratch.zoo("plugins", "new", "spark", "--with", "generator", "--with", "loss")
    assert said.returncode == 0, said.stderr
    scratch.pip_install(scratch.root / "mmgan-spark")
    return scratch


def test_it_is_found(home: Scratch) -> None:
    assert [
        row.split() for row in home.zoo("plugins", "ls").stdout.splitlines() if "spark" in row
    ] == [["spark", "mmgan-spark", "0.1.0", "ok"]]


def test_its_tests_pass_untouched(home: Scratch) -> None:
    said = home.run("pytest", "-q", cwd=home.root / "mmgan-spark")
    assert said.returncode == 0, said.stdout


def test_it_trains_in_digits(home: Scratch, tmp_path: Path) -> None:
    said = home.zoo(
        "train",
        "digits",
        "--cpu",
        "--run",
        str(tmp_path / "run"),
        "--set",
        "train.samples=64",
        "--use",
        "make.image.generator=spark/generator",
        "--use",
        "make.image.loss=spark/loss",
    )
    assert said.returncode == 0, said.stderr
    assert "spark/generator" in (tmp_path / "run" / "resolved.yaml").read_text()
