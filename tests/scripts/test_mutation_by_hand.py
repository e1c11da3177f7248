"""The mutation tester: which mistakes it plants, and which it leaves alone."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("cosmic_ray", reason="pip install -e .[mutation]")
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

import cosmic_ray.plugins
import mutate
import mutation_operators
from cosmic_ray.mutating import mutate_code
from mutation_defenders import DEFENDERS, HELPERS


def rewritten(operator: str, code: str) -> list[str]:
    """Everything that an operator makes of some code."""
    found: list[str] = []
    kind = mutation_operators.Provider()[operator]
    while True:
        changed = mutate_code(code, kind(), len(found))
        if changed is None:
            return found
        found.append(changed)


@pytest.mark.parametrize(
    ("operator", "code", "expected"),
    [
        ("DropOperand", "x = a * b * c", ["x = b * c", "x = a * c", "x = a * b"]),
        ("DropOperand", "x = a - b", ["x = b", "x = a"]),
        ("DropOperand", "x = a / b", ["x = a"]),
        ("DropOperand", "x = a and b", ["x = b", "x = a"]),
        ("DropOperand", "x = a & b | c", ["x = c", "x = a & b", "x = b | c", "x = a | c"]),
        ("DropCall", "x = a.detach().float()", ["x = a.float()", "x = a.detach()"]),
        ("DropCall", "x = f(a)", ["x = a"]),
        ("DropCall", "x = f(a).b", ["x = a.b"]),
        ("DropCall", "x = f(a, b) + f(a=b) + f()", []),
        ("DropKeyword", "f(a, dim=1, keep=b)", ["f(a, keep=b)", "f(a, dim=1)"]),
        ("DropKeyword", "f(description=1)", []),
        ("SwapArguments", "f(a, b, c, d=e)", ["f(b, a, c, d=e)", "f(a, c, b, d=e)"]),
        ("SwapArguments", "f(a, a) + f(*a, b) + f(x for x in a)", ["f(a, a) + f(b, *a) + x"][:0]),
        ("DropStatement", "f(a)\n", ["pass\n"]),
        (
            "DropStatement",
            "x += 1\ny = 2\nz.w = 3\n",
            ["pass\ny = 2\nz.w = 3\n", "x += 1\ny = 2\npass\n"],
        ),
        ("DropStatement", "if a:\n    raise b\n", ["if a:\n    pass\n"]),
        ("DropWith", "with a:\n    b\n", ["if True:\n    b\n"]),
        ("DropWith", "with a as c:\n    b\n", []),
    ],
)
def test_what_each_operator_makes(operator: str, code: str, expected: list[str]) -> None:
    assert rewritten(operator, code) == expected


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The mistakes in some code, as its lines become."""
    provider = mutation_operators.Provider()
    monkeypatch.setitem(cosmic_ray.plugins.OPERATOR_PROVIDERS, "mmgan", provider)
    monkeypatch.setattr(mutate, "ROOT", tmp_path)

    def found(code: str) -> list[str]:
        (tmp_path / "one.py").write_text(code)
        return sorted(mutant.becomes for mutant, _ in mutate.mutants("one.py"))

    return found


def test_each_mistake_is_planted_once(planted: Any) -> None:
    assert planted("x = a + 1\n") == ["x = 1", "x = a", "x = a + 0", "x = a + 2", "x = a - 1"]


@pytest.mark.parametrize(
    "code",
    [
        '"""What it does."""\n',
        "raise Bad(a + 1, hint=f(b))\n"[:0] or "import a\n",
        "assert a + 1\n",
        "x: a | b\n",
        "def f(a: b | c) -> d | e:\n    ...\n",
        "x = f'{a + 1}'\n",
        "def f(*, a): ...\n",
        "def examples(cls):\n    return ({'a': 1},)\n",
    ],
)
def test_what_only_says_something_stays(planted: Any, code: str) -> None:
    assert planted(code) == []


def test_a_raise_is_left_out_but_not_what_it_says(planted: Any) -> None:
    assert planted("def f():\n    raise Bad(a + 1)\n") == ["pass"]


def test_an_exception_of_a_module_is_passed_over(planted: Any) -> None:
    """cosmic-ray replaces the exceptions that have plain names alone."""
    found = planted("try:\n    a\nexcept (b.C, d.E):\n    c\n")
    assert found == []
    assert planted("try:\n    a\nexcept B:\n    c\n") == ["except CosmicRayTestingException:"]


def test_every_defended_module_and_its_tests_are_there() -> None:
    root = Path(mutate.__file__).resolve().parents[1]
    for module, tests in DEFENDERS.items():
        for file in (module, *tests, *HELPERS):
            assert (root / file).is_file(), file


def test_the_report_names_survivors(monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"within": "f", "line": 3, "was": "a", "becomes": "b"}
    rows = [{**row, "outcome": one} for one in ("survived", "killed", "too long")]
    known = {("one.py", "a", "b"): "it is the same"}
    monkeypatch.setattr(mutate, "reasons", lambda: known)
    monkeypatch.setattr(mutate, "DEFENDERS", {"one.py": (), "two.py": ()})
    text = mutate.report({"one.py": {"rows": rows}})
    assert "| one.py | 3 | 2 | 1 | 66.7% |" in text
    assert "| **all** | 3 | 2 | 1 | 66.7% |" in text
    assert "- f, line 3: `a` becomes `b`: it is the same" in text
    assert "the same command goes on\n\n- two.py" in text, "it was not run to the end"
    known.clear()
    assert "not explained" in mutate.report({"one.py": {"rows": rows}})
