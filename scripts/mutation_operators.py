"""Operators for cosmic-ray: mistakes that people make in arithmetic with tensors.

The operators of cosmic-ray change numbers, signs and comparisons. These leave something out, such
as a factor, a ``.detach()``, a keyword, a statement or a ``with``, or they swap two arguments.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from cosmic_ray.operators.operator import Example, Operator
from parso.python.tree import Name

# Options that only inform people, or whose change no test could see.
SAID = frozenset({"description", "hint", "paper", "frozen", "repr", "strict", "encoding"})
_JOINED = frozenset({"arith_expr", "term", "and_test", "or_test", "and_expr", "expr"})
_CALLS = frozenset({"atom_expr", "power"})
_POSITIONS = Iterator[tuple[tuple[int, int], tuple[int, int]]]


class _Rewriting(Operator):  # type: ignore[misc]
    """An operator that replaces one node by other code."""

    before, after = "", ""

    def rewritten(self, node: Any) -> list[str]:
        """Return the codes that the node may become."""
        raise NotImplementedError

    def mutation_positions(self, node: Any) -> _POSITIONS:
        """Yield the node's position once for each code that the node may become."""
        for _ in self.rewritten(node):
            yield node.start_pos, node.end_pos

    def mutate(self, node: Any, index: int) -> Any:
        """Return the code in place of the node."""
        code = self.rewritten(node)[index]
        return Name(code, node.start_pos, node.get_first_leaf().prefix)

    @classmethod
    def examples(cls) -> tuple[Example, ...]:
        return (Example(cls.before, cls.after),)


class DropOperand(_Rewriting):
    """``a * b`` becomes ``b``, and ``a``; likewise sums, ``and``, ``or``, ``&`` and ``|``."""

    before, after = "x = a * b", "x = b"

    def rewritten(self, node: Any) -> list[str]:
        if node.type not in _JOINED:
            return []
        parts = node.children
        # The first part goes with the sign after it, every other with the sign before it.
        cuts = [parts[2:], *(parts[: k - 1] + parts[k + 1 :] for k in range(2, len(parts), 2))]
        if parts[1].get_code().strip() == "/":
            cuts = cuts[1:]  # leaving out the 1 of 1 / a would not give a factor
        return [_code(cut) for cut in cuts]


class DropCall(_Rewriting):
    """``a.f(b)`` becomes ``a``, and ``f(a)`` becomes ``a``."""

    before, after = "x = a.detach()", "x = a"

    def rewritten(self, node: Any) -> list[str]:
        if node.type not in _CALLS:
            return []
        parts, found = node.children, []
        for k in range(1, len(parts) - 1):
            if _is(parts[k], ".") and _is(parts[k + 1], "("):
                found.append(_code([*parts[:k], *parts[k + 2 :]]))
        inside = _arguments(parts[1])
        if parts[0].type == "name" and len(inside) == 1 and not _named(inside[0]):
            found.append(_code([*inside, *parts[2:]]))
        return found


class DropKeyword(_Rewriting):
    """``f(a, b=c)`` becomes ``f(a)``."""

    before, after = "f(a, dim=1)", "f(a)"

    def rewritten(self, node: Any) -> list[str]:
        inside, found = _arguments(node), []
        for k, argument in enumerate(inside):
            name = _named(argument)
            if name and name not in SAID:
                kept = [one.get_code().strip() for j, one in enumerate(inside) if j != k]
                found.append(f"({', '.join(kept)})")
        return found


class SwapArguments(_Rewriting):
    """``f(a, b)`` becomes ``f(b, a)``."""

    before, after = "f(a, b)", "f(b, a)"

    def rewritten(self, node: Any) -> list[str]:
        inside = [one.get_code().strip() for one in _arguments(node)]
        count = sum(not _named(one) and not _starred(one) for one in _arguments(node))
        found = []
        for k in range(count - 1):
            swapped = [*inside[:k], inside[k + 1], inside[k], *inside[k + 2 :]]
            if swapped != inside:
                found.append(f"({', '.join(swapped)})")
        return found


class DropStatement(_Rewriting):
    """A call for its effect, a change in place, or a ``raise`` becomes ``pass``."""

    before, after = "x += 1", "pass"

    def rewritten(self, node: Any) -> list[str]:
        parent = node.parent
        if parent is None or parent.type != "simple_stmt":
            return []
        call = node.type in _CALLS and _is(node.children[-1], "(")
        changes = node.type == "expr_stmt" and (
            node.children[0].type in _CALLS or node.children[1].get_code().strip()[0] in "+-*/|&"
        )
        return ["pass"] if call or changes or node.type in ("raise_stmt", "keyword") else []


class DropWith(_Rewriting):
    """``with a:`` becomes ``if True:``."""

    before, after = "with a:\n    b", "if True:\n    b"

    def rewritten(self, node: Any) -> list[str]:
        if node.type != "with_stmt" or any(c.type == "with_item" for c in node.children):
            return []
        return [f"if True:{node.children[-1].get_code()}"]


class Provider:
    """Provides these operators to cosmic-ray, by name."""

    def __init__(self) -> None:
        kinds = (DropOperand, DropCall, DropKeyword, SwapArguments, DropStatement, DropWith)
        self._all = {kind.__name__: kind for kind in kinds}

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __getitem__(self, name: str) -> type[_Rewriting]:
        return self._all[name]


def _code(nodes: Iterable[Any]) -> str:
    return "".join(node.get_code() for node in nodes).strip()


def _is(node: Any, opening: str) -> bool:
    return bool(node.type == "trailer" and node.children[0].value == opening)


def _arguments(node: Any) -> list[Any]:
    """Return the arguments in the brackets of a call."""
    if not _is(node, "(") or len(node.children) < 3:
        return []
    inside = node.children[1]
    if inside.type == "argument" and any(
        c.type in ("sync_comp_for", "comp_for") for c in inside.children
    ):
        return []
    if inside.type != "arglist":
        return [inside]
    return [child for child in inside.children if child.type != "operator"]


def _named(argument: Any) -> str:
    """Return the keyword of an argument, or an empty string."""
    if argument.type != "argument" or len(argument.children) != 3:
        return ""
    return str(argument.children[0].value) if argument.children[1].get_code() == "=" else ""


def _starred(argument: Any) -> bool:
    return bool(argument.get_code().strip().startswith("*"))
