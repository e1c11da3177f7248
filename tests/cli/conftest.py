"""Verbs called as a user calls them, in this process."""

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from ..called import Said, called

SMALL = (
    "train.samples=64",
    "train.batch_size=16",
    "train.log_every=32",
    "train.checkpoint_every=64",
    "make.image.generator.width=8",
    "make.image.discriminator.width=8",
    "make.image.evaluator.samples=640",
)


Zoo = Callable[..., Said]


@pytest.fixture(scope="session", autouse=True)
def plain_output() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "80")
        patch.setenv("NO_COLOR", "1")
        patch.setenv("MMGAN_DEBUG", "1")
        yield


@pytest.fixture
def zoo(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Zoo]:
    """Calls ``mmgan-zoo`` with arguments."""
    from mmgan_core.plugins import manager

    yield partial(called, capsys)
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
