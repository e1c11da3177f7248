"""Counts what the house is like: `python scripts/measure_house.py [CHECKOUT ...]`, a column each.

Rooms are the packages of the core; its front hall holds the modules that stand in none. Imports
inside functions count like others, those for type checkers alone do not.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

CORE = "mmgan_core"
TESTS = re.compile(r"(^|/)tests/|(^|/)conftest\.py$")


def python_files(root: Path) -> list[Path]:
    """Every module under version control."""
    listed = subprocess.run(
        ["git", "-C", str(root), "ls-files", "*.py"], capture_output=True, text=True, check=True
    )
    return [root / name for name in listed.stdout.splitlines()]


def imports(tree: ast.AST) -> Iterator[str]:
    """The modules of the core that a module imports."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{CORE}."):
            yield str(node.module)
        yield from imports(node)


def room(module: str) -> str:
    """The room that a module of the core stands in."""
    return module.split(".")[1]


def circles(graph: dict[str, set[str]]) -> int:
    """How many modules import themselves by way of others."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        left = list(graph.get(start, ()))
        while left:
            here = left.pop()
            if here not in seen:
                seen.add(here)
                left += graph.get(here, ())
        return seen

    return sum(module in reached(module) for module in graph)


def measure(root: Path) -> dict[str, int]:
    """What the page says of one checkout."""
    texts = {file: file.read_text(encoding="utf-8") for file in python_files(root)}
    core = {file: text for file, text in texts.items() if (root / CORE) in file.parents}
    graph = {
        ".".join(file.relative_to(root).with_suffix("").parts): set(imports(ast.parse(text)))
        for file, text in core.items()
        if file.name != "__init__.py"
    }
    rooms = {room(module) for module in graph if module.count(".") > 1}
    arrows = {
        (room(one), room(other)) for one, others in graph.items() for other in others
    }  # of modules in the front hall too
    mutual = [
        pair for pair in combinations(sorted(rooms), 2) if pair in arrows and pair[::-1] in arrows
    ]
    source = [text for file, text in texts.items() if not TESTS.search(str(file.relative_to(root)))]
    tests = [text for file, text in texts.items() if TESTS.search(str(file.relative_to(root)))]
    skipped = "# fmt: " + "skip"
    return {
        "rooms of the core": len(rooms),
        "modules in the front hall": sum(module.count(".") == 1 for module in graph),
        "pairs of rooms that import each other": len(mutual),
        "modules in import circles": circles(graph),
        "lines of source": sum(text.count("\n") for text in source),
        "lines of tests": sum(text.count("\n") for text in tests),
        f"`{skipped}`": sum(text.count(skipped) for text in texts.values()),
        "lines with `Any` in the core": sum(
            bool(re.search(r"\bAny\b", line)) for text in core.values() for line in text.split("\n")
        ),
        "longest module of the core, lines": max(text.count("\n") for text in core.values()),
    }


def main() -> None:
    """Print the table."""
    checkouts = [Path(name).resolve() for name in sys.argv[1:]] or [Path.cwd()]
    columns = [measure(root) for root in checkouts]
    print(f"| | {' | '.join(root.name for root in checkouts)} |")
    print(f"|---|{'---:|' * len(columns)}")
    for name in columns[0]:
        print(f"| {name} | {' | '.join(f'{column[name]:,}' for column in columns)} |")


if __name__ == "__main__":
    main()
