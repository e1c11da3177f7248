"""The wheels as the one command builds them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .projects import ROOT

COMMAND = (sys.executable, str(ROOT / "scripts" / "build_wheels.py"))


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of all wheels, built as they are published today."""
    out = tmp_path_factory.mktemp("wheels")
    subprocess.run([*COMMAND, "--out", str(out)], check=True, cwd=out, capture_output=True)
    return out
