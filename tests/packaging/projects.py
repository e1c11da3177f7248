"""Every pyproject.toml there is: the core's, the plugins', the example's, a new plugin's."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from mmgan_core.scaffold.kinds import PARTS
from mmgan_core.scaffold.package import package

ROOT = Path(__file__).parents[2]
CORE, EXAMPLE, NEW = ".", "examples/mmgan-sketch", "plugins new"
PLUGINS = sorted(f"plugins/{file.parent.name}" for file in ROOT.glob("plugins/*/pyproject.toml"))
ENGINE = "plugins/mmgan-onnx"  # which is built with the plugins, and plugs into nothing
OURS = (CORE, *PLUGINS, EXAMPLE)


@dataclass(frozen=True)
class Needed:
    """One requirement, and where it stands.

    Attributes:
        where: ``"project"``, ``"build"``, or ``"extra NAME"``.
    """

    requirement: Requirement
    where: str

    @property
    def name(self) -> str:
        """The distribution's name in its one spelling."""
        return canonicalize_name(self.requirement.name)


def settings(folder: str) -> dict[str, Any]:
    """A project's pyproject.toml; ``NEW`` is what `plugins new` writes with every kind."""
    if folder == NEW:
        files = package("spark", [part.kind for part in PARTS], "A. Person").files()
        text = files["pyproject.toml"]
    else:
        text = (ROOT / folder / "pyproject.toml").read_text("utf-8")
    return tomllib.loads(text)


def needed(folder: str) -> Iterator[Needed]:
    """Every requirement of a project."""
    said = settings(folder)
    project = said["project"]
    for text in said["build-system"]["requires"]:
        yield Needed(Requirement(text), "build")
    for text in project["dependencies"]:
        yield Needed(Requirement(text), "project")
    for extra, texts in project.get("optional-dependencies", {}).items():
        for text in texts:
            yield Needed(Requirement(text), f"extra {extra}")
