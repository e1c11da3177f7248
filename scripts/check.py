"""Everything that must hold, from nothing: `python3 scripts/check.py`. CI runs this."""

from __future__ import annotations

import sys

from environment import CHECKED_TOO, PLUGINS, python, run


def main() -> None:
    """Lint, format, types, tests; more flags go to pytest."""
    interpreter = python(*CHECKED_TOO)
    sources = [f"plugins/mmgan-{name}/src" for name in (*PLUGINS, *CHECKED_TOO)]
    sources += ["examples/mmgan-sketch/src"]
    run(interpreter, "-m", "ruff", "check", ".")
    run(interpreter, "-m", "ruff", "format", "--check", ".")
    run(interpreter, "-m", "mypy", "mmgan_core", *sources)
    run(interpreter, "-m", "pytest", *(sys.argv[1:] or ["-q"]))


if __name__ == "__main__":
    main()
