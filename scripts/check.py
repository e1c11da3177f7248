"""Everything that must hold, from nothing: `python3 scripts/check.py`. CI runs this."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from environment import CHECKED_TOO, PLUGINS, VENV, python, run


@contextmanager
def older_hub(interpreter: Path) -> Iterator[None]:
    """While it lasts, Python finds huggingface_hub 1.x first."""
    folder = VENV / "hub-1"
    if not folder.is_dir():
        run(
            interpreter,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--target",
            folder,
            "huggingface-hub>=1.20,<2",
        )
    os.environ["PYTHONPATH"] = str(folder)
    try:
        yield
    finally:
        del os.environ["PYTHONPATH"]


def main() -> None:
    """Lint, format, types, the site, tests; more flags go to pytest."""
    interpreter = python(*CHECKED_TOO)
    sources = [f"plugins/mmgan-{name}/src" for name in (*PLUGINS, *CHECKED_TOO)]
    sources += ["examples/mmgan-sketch/src"]
    run(interpreter, "-m", "ruff", "check", ".")
    run(interpreter, "-m", "ruff", "format", "--check", ".")
    run(interpreter, "-m", "mypy", "mmgan_core", *sources)
    os.environ.setdefault("NO_MKDOCS_2_WARNING", "1")
    run(interpreter, "-W", "error", "-m", "mkdocs", "build", "--strict")
    # Two workers, each on one core: two that both want two wait for one another.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    tests = [interpreter, "-m", "pytest", "-n", "2", "--dist", "loadfile"]
    run(*tests, *(sys.argv[1:] or ["-q"]))
    if not sys.argv[1:]:
        # All of it ran with the newest client of the Hub; its suite also with the one before.
        with older_hub(interpreter):
            run(*tests, "-q", "tests/hub", "tests/zoo/test_hub.py")


if __name__ == "__main__":
    main()
