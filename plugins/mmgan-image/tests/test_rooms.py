"""The rooms of the plugin: imports lead from networks to blocks, and never back."""

import ast
from pathlib import Path

import pytest

import mmgan_image

HOME = Path(mmgan_image.__file__).parent
# What the modules of each room may import of the plugin, beside their own room.
MAY_IMPORT = {
    "networks": {"blocks", "modality", "init_weights"},
    "blocks": {"init_weights"},
    "augment": set(),
    "losses": set(),
    "metrics": set(),
    "modality": set(),
}


def test_every_room_has_its_rule() -> None:
    assert {file.parent.name for file in HOME.glob("*/__init__.py")} == MAY_IMPORT.keys()
    assert {file.stem for file in HOME.glob("*.py")} == {"__init__", "init_weights", "plugin"}


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_what_stands_below_it(room: str) -> None:
    for file in (HOME / room).glob("*.py"):
        assert imported(file) <= MAY_IMPORT[room] | {room}, file.name


def test_initialisers_import_no_room() -> None:
    assert imported(HOME / "init_weights.py") == set()


def test_nothing_is_initialised_elsewhere() -> None:
    for file in HOME.rglob("*.py"):
        if file.stem not in ("init_weights", "modulated_conv"):  # it sets a bias to ones
            assert "nn.init." not in file.read_text(encoding="utf-8"), file.name


def imported(file: Path) -> set[str]:
    """The rooms and modules of the plugin that a module imports."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    names = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[1] for name in names if name.startswith("mmgan_image.")}
