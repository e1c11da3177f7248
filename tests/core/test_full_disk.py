"""A full disk is said as such, and leaves no empty or half files."""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

from mmgan_core.components.label import Label, LabelOptions
from mmgan_core.errors import MmganError
from mmgan_core.foundation.files import of_the_disk
from mmgan_core.inference.samples import Samples
from mmgan_core.inference.shown import save_sheet

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of files are set there")


@contextmanager
def full_disk() -> Iterator[None]:
    """Files cannot grow beyond nothing, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_samples_are_written_whole_or_not_at_all(tmp_path: Path) -> None:
    label = Label(LabelOptions(names=("a", "b")))
    values: list[object] = ["a", "b"]
    samples = Samples({"label": values}, {"label": torch.eye(2)}, {"label": label})
    with pytest.raises(MmganError, match="cannot be written") as error, full_disk():
        samples.save(tmp_path)
    assert "checkpoints" not in str(error.value)
    assert not list(tmp_path.iterdir())
    assert [file.name for file in samples.save(tmp_path)] == ["label-000.txt", "label-001.txt"]


def test_a_sheet_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    from PIL import Image

    with pytest.raises(MmganError, match=r"the sheet .* cannot be written"), full_disk():
        save_sheet(Image.new("RGB", (64, 64)), tmp_path / "sheet.png")
    assert not list(tmp_path.iterdir())


def test_errors_of_the_disk_are_known() -> None:
    assert of_the_disk(OSError(28, "No space left on device"))
    assert not of_the_disk(OSError(2, "No such file"))
    assert not of_the_disk(ValueError("28"))


def test_the_command_line_never_calls_a_full_disk_a_bug(tmp_path: Path) -> None:
    code = (
        "import mmgan_core.cli.main as m\n"
        "def full(**_): raise OSError(28, 'No space left on device')\n"
        "m.typer.main.get_command = lambda app: full\n"
        "m.run()"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert ended.returncode == 1
    assert "No space left" in ended.stderr
    assert "bug" not in ended.stderr
