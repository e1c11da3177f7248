"""The rooms of the core: which may import which, and that each says what it is for."""

from pathlib import Path

import pytest
from importlinter.cli import lint_imports

import mmgan_core

HOME = Path(mmgan_core.__file__).parent
REPOSITORY = HOME.parent
# The public names, and what everything else is declared with.
FRONT_HALL = {"__init__", "api", "component", "errors", "hookspecs", "options", "spec"}
IMAGE_ROOMS = REPOSITORY / "plugins" / "mmgan-image" / "src" / "mmgan_image"


def rooms(home: Path) -> list[Path]:
    """The folders of a package that hold modules of their own."""
    return sorted(file.parent for file in home.glob("*/__init__.py"))


def test_no_room_imports_a_higher_one_and_there_are_no_circles() -> None:
    assert lint_imports(str(REPOSITORY / "pyproject.toml"), no_cache=True, no_logo=True) == 0


def test_every_room_is_one_of_the_layers() -> None:
    layers = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    for room in rooms(HOME):
        assert f"mmgan_core.{room.name}" in layers


@pytest.mark.parametrize("name", mmgan_core.__all__)
def test_every_public_name_is_found(name: str) -> None:
    assert getattr(mmgan_core, name)


def test_public_names_are_listed() -> None:
    assert {*mmgan_core.__all__, "__version__"} <= set(dir(mmgan_core))


def test_the_front_hall_holds_public_names_and_declarations_only() -> None:
    assert {file.stem for file in HOME.glob("*.py")} == FRONT_HALL


@pytest.mark.parametrize("room", [*rooms(HOME), *rooms(IMAGE_ROOMS)], ids=lambda room: room.name)
def test_each_room_says_what_may_be_changed_there(room: Path) -> None:
    lines = [line for line in (room / "README.md").read_text(encoding="utf-8").splitlines() if line]
    assert 3 <= len(lines) <= 8
