"""Runs every check, starting from a bare checkout: `python3 scripts/check.py`. CI runs this."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from environment import CHECKED_TOO, PLUGINS, VENV, python, run


@contextmanager
def older_hub(interpreter: Path) -> Iterator[None]:
    """Let Python find huggingface_hub 1.x first, inside this context."""
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
    """Check lint, format, types, the site and the tests; arguments are passed on to pytest."""
    interpreter = python(*CHECKED_TOO)
    sources = [f"plugins/mmgan-{name}/src" for name in (*PLUGINS, *CHECKED_TOO)]
    sources += ["examples/mmgan-sketch/src", "examples/mmgan-kinds/src"]
    run(interpreter, "-m", "ruff", "check", ".")
    run(interpreter, "-m", "ruff", "format", "--check", ".")
    run(interpreter, "-m", "mypy", "mmgan_core", *sources)
    os.environ.setdefault("NO_MKDOCS_2_WARNING", "1")
    run(interpreter, "-W", "error", "-m", "mkdocs", "build", "--strict")
    # Two workers, each with one thread: with two threads each they would wait for one another.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    tests = [interpreter, "-m", "pytest", "-n", "2", "--dist", "loadfile", "--slowest-files", "10"]
    run(*tests, *(sys.argv[1:] or ["-q"]))
    if not sys.argv[1:]:
        # All tests ran with the newest client of the Hub; those of the Hub also run with an older.
        with older_hub(interpreter):
            run(*tests, "-q", "tests/hub", "tests/zoo/test_hub.py")


if __name__ == "__main__":
    main()
