"""What several tests need: caches of their own, and a model that has hardly learned."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import mmgan_core as mmgan

SMALL = {
    "data.takes": 2,
    "train.samples": 64,
    "train.batch_size": 16,
    "make.sketch.generator.width": 8,
    "make.sketch.discriminator.width": 8,
}


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MMGAN_CACHE", str(path))
        yield path


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of `sketch-digits`, made small."""
    path = tmp_path_factory.mktemp("runs") / "sketch-digits"
    mmgan.train("sketch-digits", path, cpu=True, **SMALL)
    return path
