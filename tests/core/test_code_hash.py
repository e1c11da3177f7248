"""The hash of a class's code: what changes it, and what does not."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mmgan_core.foundation import code_hash as home
from mmgan_core.foundation.code_hash import code_hash, is_lasting

ENCODER = '''
"""An encoder."""
from typing import TYPE_CHECKING
import numpy as np
from late import Scale
from .helper import twice
if TYPE_CHECKING:
    from .heavy import Heavy

class Late:
    """Doubles."""
    def prepare(self, values):
        return [twice(value) * np.float32(1) for value in values]
'''
FILES = {
    "late/__init__.py": "from .scale import Scale\nfrom .unrelated import OTHER\n",
    "late/encoder.py": ENCODER,
    "late/helper.py": "def twice(value):\n    from late.deep import two\n    return two * value\n",
    "late/deep/__init__.py": "two = 2\n",
    "late/scale.py": "class Scale:\n    factor = 3\n",
    "late/unrelated.py": "OTHER = 1\n",
    "late/heavy.py": "raise ImportError\n",
}
Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Write files of the package, import it anew, and return the hash of its class."""
    monkeypatch.syspath_prepend(tmp_path)

    def forget() -> None:
        for name in [name for name in sys.modules if name.partition(".")[0] == "late"]:
            del sys.modules[name]
        importlib.invalidate_caches()

    def write(**changed: str) -> str:
        forget()
        files = FILES if not list(tmp_path.iterdir()) else {}
        for name, text in {**files, **changed}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return code_hash(importlib.import_module("late.encoder").Late)

    yield write
    forget()


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("late/encoder.py", "float32(1)", "float32(2)"),
        ("late/helper.py", "two * value", "value * two"),
        ("late/deep/__init__.py", "2", "4"),
        ("late/scale.py", "3", "5"),
    ],
    ids=["its own module", "what it imports", "what that imports", "through the package"],
)
def test_an_edit_of_what_it_runs_changes_it(write: Write, name: str, old: str, new: str) -> None:
    first = write()
    assert write(**{name: FILES[name].replace(old, new)}) != first
    assert write(**{name: FILES[name]}) == first, "and back again"
    assert is_lasting(first)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("late/unrelated.py", "OTHER = 2\n"),
        ("late/heavy.py", "raise ValueError\n"),
        ("late/another.py", "x = 1\n"),
        ("late/helper.py", "# A note.\n\n" + FILES["late/helper.py"]),
        ("late/encoder.py", ENCODER.replace("Doubles", "Makes twice as much").replace("An", "The")),
    ],
    ids=["passed on only", "for type checkers only", "a new module", "a comment", "a docstring"],
)
def test_an_edit_of_anything_else_does_not(write: Write, name: str, text: str) -> None:
    first = write()
    assert write(**{name: text}) == first


def test_versions_of_other_packages_count(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    first = write()
    version = home._version
    monkeypatch.setattr(home, "_version", lambda top: version(top) + ("+x" * (top == "numpy")))
    assert write() != first
    monkeypatch.setattr(home, "_version", lambda top: version(top) + ("+x" * (top == "scipy")))
    assert write() == first, "which it does not import"


def test_a_package_is_found_by_another_name_than_its_own() -> None:
    from importlib import metadata

    assert home._version("PIL") == metadata.version("pillow")
    assert home._version("yaml") == metadata.version("pyyaml")


def test_a_module_edited_after_its_import_says_nothing_of_what_runs(
    write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = write()
    late = sys.modules["late.encoder"].Late
    (tmp_path / "late/helper.py").write_text("def twice(value):\n    return 7 * value\n")
    edited = code_hash(late)
    assert not is_lasting(edited)
    assert code_hash(late) == edited, "the same code in the same process"
    assert "late.helper was edited after it was imported" in " ".join(
        capsys.readouterr().err.split()
    )
    assert is_lasting(write())
    assert write(**{"late/helper.py": FILES["late/helper.py"]}) == first


def test_it_does_not_depend_on_the_machine(write: Write, tmp_path: Path) -> None:
    """Another process, another place, another order of sets."""
    first = write()
    other = tmp_path / "elsewhere"
    other.mkdir()
    (tmp_path / "late").rename(other / "late")
    code = (
        "from mmgan_core.foundation.code_hash import code_hash\n"
        "from late.encoder import Late\nprint(code_hash(Late))"
    )
    paths = os.pathsep.join([str(other), os.environ.get("PYTHONPATH", ""), *sys.path])
    said = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": paths, "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == first


CELL = """
import math
FACTOR = 2
def half(value):
    return value / FACTOR
class Cell:
    def prepare(self, values):
        return [half(value) for value in values if value in {1, 2, "a"}]
"""


def cell(code: str) -> type:
    """A class without a file, such as one of a notebook."""
    names = {"__name__": "a_notebook"}
    exec(code, names)
    return names["Cell"]  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("FACTOR = 2", "FACTOR = 3", False),
        ("value / FACTOR", "FACTOR / value", False),
        ('"a"', '"b"', False),
        ("import math", "import math  # a note\nUNUSED = 3\n", True),
    ],
)
def test_a_class_of_a_notebook_is_known_by_what_it_calls(old: str, new: str, same: bool) -> None:
    first = code_hash(cell(CELL))
    assert is_lasting(first)
    assert code_hash(cell(CELL)) == first
    assert (code_hash(cell(CELL.replace(old, new))) == first) is same


def test_a_network_of_a_notebook_is_not_known(capsys: pytest.CaptureFixture[str]) -> None:
    of_a_network = cell(CELL.replace("FACTOR = 2", "FACTOR = memoryview(b'weights')"))
    first = code_hash(of_a_network)
    assert not is_lasting(first)
    assert code_hash(of_a_network) != first
    said = " ".join(capsys.readouterr().err.split())
    assert "FACTOR is of type memoryview" in said
    assert "not kept for other runs" in said


def made(factor: int) -> type:
    """A class that a function makes."""
    names = {"__name__": "a_notebook"}
    exec(
        "def make(factor):\n class Cell:\n  def prepare(self): return factor\n return Cell\n"
        f"Cell = make({factor})",
        names,
    )
    return names["Cell"]  # type: ignore[return-value]


def test_what_a_local_class_encloses_counts() -> None:
    assert code_hash(made(2)) == code_hash(made(2)) != code_hash(made(3))
