"""Makes a bare checkout usable where nothing can be installed; needs only the standard library.

Plugins are found by the metadata of installed distributions, so a checkout that is only on the path
has none. This module writes the metadata of each distribution that is not installed, read from its
``pyproject.toml``, into a folder that is put on the path as well.
"""

from __future__ import annotations

import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

from scripts.environment import PLUGINS, ROOT


def use(folder: Path) -> list[str]:
    """Put this checkout's packages on the path, and metadata for those not installed in ``folder``.

    Returns:
        The distributions that are not installed.
    """
    bare = []
    for place in (ROOT, *(ROOT / "plugins" / f"mmgan-{name}" for name in PLUGINS)):
        source = place / "src" if (place / "src").is_dir() else place
        sys.path.insert(0, str(source))
        text = (place / "pyproject.toml").read_text(encoding="utf-8")
        project = tomllib.loads(text)["project"]
        if not _installed(project["name"]):
            announce(project, folder)
            bare.append(project["name"])
    sys.path.append(str(folder))
    return bare


def announce(project: dict[str, Any], folder: Path) -> None:
    """Write the metadata that installing a project would leave: its version and entry points."""
    name, version = project["name"], project["version"]
    place = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    place.mkdir(parents=True)
    head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    (place / "METADATA").write_text(head, encoding="utf-8")
    groups = project.get("entry-points", {})
    lines = [
        line
        for group, points in groups.items()
        for line in (f"[{group}]", *(f"{key} = {value}" for key, value in points.items()))
    ]
    (place / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True
