"""Every path that CONTRIBUTING.md or the README of a room names exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
ROOMS = [
    *(ROOT / "mmgan_core").glob("*/README.md"),
    *ROOT.glob("plugins/*/src/*/*/README.md"),
    *(ROOT / folder / "README.md" for folder in ("zoo", "tests/hub")),
]
# A name with a folder or an ending of ours; no command, no call, no placeholder such as NAME_verb.
PATH = re.compile(r"(?![A-Z]+_)(?:[\w.*-]+/)*(?:[\w.*-]+/|[\w*-]+\.(?:py|md|toml|ya?ml|jinja))")


def named(text: str) -> list[str]:
    """The paths between backticks."""
    return [span for span in re.findall(r"`([^`\n]+)`", text) if PATH.fullmatch(span)]


def lost(text: str, here: Path) -> list[str]:
    """The paths that do not exist.

    A path is relative to the repository, to ``here``, to the package that this room belongs to, or
    to a folder that is named before the path.
    """
    package = [] if here == ROOT else [here.parent]
    places, missing = [here, ROOT, *package], []
    for path in named(text):
        found = [file for place in places for file in place.glob(path.rstrip("/"))]
        packages = [place for place in places if place.name == "src"]
        found += [file for package in packages for file in package.glob(f"*/{path}")]
        places += [file for file in found if file.is_dir()]
        if not found:
            missing.append(path)
    return missing


def test_contributing_names_what_exists() -> None:
    rows = CONTRIBUTING.read_text("utf-8").splitlines()
    assert len([path for row in rows for path in named(row)]) > 60
    assert [path for row in rows for path in lost(row, ROOT)] == []


@pytest.mark.parametrize("page", ROOMS, ids=lambda page: page.parent.name)
def test_a_room_names_what_exists(page: Path) -> None:
    assert lost(page.read_text("utf-8"), page.parent) == []


def test_lost_paths_are_found() -> None:
    assert lost("| `mmgan_core/data/`: `feed.py`, `fed.py` | `mmgan_core/builtin/` |", ROOT) == [
        "fed.py",
        "mmgan_core/builtin/",
    ]
    assert lost("in `feed.py`", ROOT / "mmgan_core" / "zoo") == ["feed.py"]
