"""The tests here train evaluators of their own, each test in its own cache."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MMGAN_CACHE", str(tmp_path / "cache"))
