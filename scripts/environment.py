"""Makes `.venv` with the toolkit, its plugins and development tools, by the standard library."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PLUGINS = ("objectives", "image", "audio", "text", "echo", "onnx")
# Plugins that users choose to install: a logger, for example, is active once it is installed.
CHECKED_TOO = ("trackio",)


def python(*more: str) -> Path:
    """Make or update the environment if needed, and return the path of its Python.

    Args:
        more: plugins to install beside ``PLUGINS``.
    """
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        found = ".".join(map(str, sys.version_info[:2]))
        sys.exit(f"mmgan-zoo needs Python 3.11, 3.12 or 3.13; this is {found}.")
    binary = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp, wanted = VENV / "-".join(("installed", *more)), _fingerprint()
    if stamp.is_file() and stamp.read_text() == wanted and binary.is_file():
        return binary
    print(f"Installing into {VENV.name}: about 3 minutes and 6 GB, most of it PyTorch.", flush=True)
    if not binary.is_file():
        venv.create(VENV, with_pip=True)
    command = [str(binary), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # timm needs torchvision, whose build must match torch's: both come in one step.
    command += ["torch", "torchvision", "-e", f"{ROOT}[dev]"]
    for name in (*PLUGINS, *more):
        command += ["-e", str(ROOT / "plugins" / f"mmgan-{name}")]
    if subprocess.run(command).returncode:
        sys.exit("The installation failed: see pip's message above, then run this again.")
    stamp.write_text(wanted)
    return binary


def run(*command: str | Path) -> None:
    """Run a command in the project's root; end with its exit code if it fails."""
    shown = " ".join(str(part) for part in command[1:])
    print(f"\n$ python {shown}" if str(command[0]).endswith("python") else "", flush=True)
    code = subprocess.run([str(part) for part in command], cwd=ROOT).returncode
    if code:
        sys.exit(code)


def _fingerprint() -> str:
    files = [ROOT / "pyproject.toml", *sorted(ROOT.glob("plugins/*/pyproject.toml"))]
    content = b"".join(file.read_bytes() for file in files)
    return hashlib.sha256(content).hexdigest()
