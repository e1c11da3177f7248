"""Installs what a machine lacks from a folder of wheels, by pip and the standard library alone."""

from __future__ import annotations

import atexit
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path


def asked(arguments: Sequence[str]) -> Path | None:
    """Find the folder after `--wheels`, before the command line is parsed."""
    for number, argument in enumerate(arguments):
        if argument == "--wheels":
            return Path(arguments[number + 1]) if number + 1 < len(arguments) else None
        if argument.startswith("--wheels="):
            return Path(argument.partition("=")[2])
    return None


def lacking(wheels: Path) -> list[Path]:
    """Return the wheels of a folder whose distributions are not installed, in order."""
    return [one for one in sorted(wheels.glob("*.whl")) if not _installed(one.name.split("-")[0])]


def brought(arguments: Sequence[str]) -> list[str]:
    """Install what is lacking, if `--wheels` is given, and return what goes on the path.

    Nothing that is there already is changed; the folder of what is new goes when the process ends.

    Raises:
        SystemExit: if the folder has no wheels, or pip could not install them.
    """
    wheels = asked(arguments)
    if wheels is None:
        return []
    if not any(wheels.glob("*.whl")):
        sys.exit(f"--wheels {wheels}: there are no wheels in this folder")
    found = lacking(wheels)
    if not found:
        return []
    site = tempfile.mkdtemp(prefix="gpu-check-site-")
    atexit.register(shutil.rmtree, site, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    done = subprocess.run([*pip, "--target", site, *map(str, found)], check=False)
    if done.returncode:
        sys.exit(f"--wheels {wheels}: pip could not install them; its message is above")
    return [site]


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True
