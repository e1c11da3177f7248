"""Benchmarks at a tiny size, where numbers mean nothing: they must work when they are needed."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mmgan_core.components.sources.digits import PACK

Measure = Callable[..., str]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder of small handwritten digits, in the place of the large ones."""
    for split in ("train", "test"):
        folder = tmp_path / "data"
        folder.mkdir(exist_ok=True)
        (folder / f"{split}.parquet").write_bytes(
            (PACK / f"handwriting-{split}.parquet").read_bytes()
        )
    return tmp_path / "data"


@pytest.fixture
def measure(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Measure:
    """A function that calls a benchmark's ``main`` with arguments and returns its output."""
    monkeypatch.setattr("torch.set_num_threads", lambda count: None)

    def call(main: Callable[[], None], *arguments: object) -> str:
        monkeypatch.setattr(sys, "argv", ["benchmark", *map(str, arguments)])
        main()
        return capsys.readouterr().out

    return call
