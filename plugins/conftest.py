"""The tests of a plugin that is not installed are skipped, and say so."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest

HERE = Path(__file__).parent


class Absent(pytest.Directory):
    """The folder of a plugin that is not installed; nothing in it is imported."""

    def collect(self) -> Iterator[pytest.Item]:
        pytest.skip(
            f"{self.path.name} is not installed: pip install -e plugins/{self.path.name}",
            allow_module_level=True,
        )


def pytest_collect_directory(path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Stands in for the folders of absent plugins."""
    if path.parent != HERE or not (path / "pyproject.toml").is_file() or _is_installed(path.name):
        return None
    absent: pytest.Collector = Absent.from_parent(parent, path=path)
    return absent


def _is_installed(distribution: str) -> bool:
    # A module on the path is not enough: the tests want the plugin's entry point.
    try:
        metadata.distribution(distribution)
    except metadata.PackageNotFoundError:
        return False
    return True
