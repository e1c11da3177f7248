"""What the tests of streams may ask for."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..hub.fixture import hub

__all__ = ["hub"]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own."""
    monkeypatch.setenv("MMGAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"
