"""What the tests of streams may ask for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ..hub.fixture import hub

__all__ = ["hub"]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache of the test's own."""
    monkeypatch.setenv("MMGAN_CACHE", str(tmp_path / "cache"))
    yield tmp_path / "cache"
