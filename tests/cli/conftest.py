"""Verbs called as a user calls them, in this process."""

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from mmgan_core.cli import main

SMALL = (
    "train.samples=64",
    "train.batch_size=16",
    "train.log_every=32",
    "train.checkpoint_every=64",
    "make.image.generator.width=8",
    "make.image.discriminator.width=8",
    "make.image.evaluator.samples=640",
)


@dataclass(frozen=True)
class Said:
    """How a verb ended and what it printed."""

    code: int
    out: str
    err: str


Zoo = Callable[..., Said]


@pytest.fixture(scope="session", autouse=True)
def plain_output() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "80")
        patch.setenv("NO_COLOR", "1")
        patch.setenv("MMGAN_DEBUG", "1")
        yield


@pytest.fixture
def zoo(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Zoo:
    """Calls ``mmgan-zoo`` with arguments."""

    from mmgan_core.plugins import manager

    def call(*arguments: object) -> Said:
        monkeypatch.setattr(sys, "argv", ["mmgan-zoo", *map(str, arguments)])
        code: object = 0
        try:
            main.run()
        except SystemExit as end:
            code = end.code or 0
        printed = capsys.readouterr()
        assert isinstance(code, int)
        return Said(code, printed.out, printed.err)

    yield call
    monkeypatch.undo()
    manager.choose()  # a call may have blocked some


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the recipe `digits`, made small."""
    from mmgan_core.recipe.reading import parse_override, read_recipe
    from mmgan_core.training.run import train

    path = tmp_path_factory.mktemp("runs") / "digits"
    settings = dict(parse_override(text, flag="--set") for text in SMALL)
    train(read_recipe("digits", settings), path, cpu=True)
    return path


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """An empty current directory."""
    before = Path.cwd()
    os.chdir(tmp_path)
    yield tmp_path
    os.chdir(before)
