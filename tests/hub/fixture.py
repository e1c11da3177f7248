"""What other tests import: ``from ..hub.fixture import hub``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .client import turn
from .server import Hub


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """An empty Hub on the loopback; the client of this process talks to it, without Xet.

    The test fails at its end if the server did: see :attr:`Hub.failures`.
    """
    from huggingface_hub import close_session

    with Hub() as running:
        turn(monkeypatch, running, tmp_path / "hf")
        yield running
        close_session()
    if running.failures:
        pytest.fail("the test Hub failed:\n" + "\n".join(running.failures), pytrace=False)
