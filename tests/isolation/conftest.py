"""Scratch environments with a good plugin in each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ..scratch import Scratch
from .bad_plugins import GOOD, Bad

Install = Callable[..., Path]


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    """An environment with the good plugin ``fine``."""
    made = Scratch.make(tmp_path / "venv")
    add(made, "fine", GOOD)
    return made


def add(
    scratch: Scratch, name: str, code: str, distribution: str = "", into: Path | None = None
) -> None:
    """Install a plugin of one module."""
    distribution = distribution or f"mmgan-{name}"
    package = f"{distribution.removeprefix('mmgan-').replace('-', '_')}_code"
    files = {f"{package}/__init__.py": "", f"{package}/plugin.py": code.replace("{name}", name)}
    scratch.install(distribution, files, {name: f"{package}.plugin"}, into=into)


def add_bad(scratch: Scratch, bad: Bad) -> None:
    """Install a plugin with a fault."""
    files = {"bad_code/__init__.py": "", "bad_code/plugin.py": bad.code, **bad.files}
    scratch.install("mmgan-bad", files, {"bad": bad.target}, **bad.raw)
