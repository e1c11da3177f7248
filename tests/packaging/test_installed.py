"""`pip install "mmgan-zoo[all]"` from an index into a bare environment; then no network at all.

The environment sees the libraries that this one has, which nobody wants to download for a test,
and nothing of ours. The index has our wheels and nothing else, so that whatever they ask for and
this environment lacks would fail the installation.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from mmgan_core.scaffold.package import own_requirement

from ..scratch import Scratch
from .index import write_index
from .projects import CORE, settings

VERSION = settings(CORE)["project"]["version"]
Run = Callable[..., subprocess.CompletedProcess[str]]
WANTED = {"mmgan-zoo", "mmgan-audio", "mmgan-image", "mmgan-objectives", "mmgan-text"}
NO_NETWORK = """
import socket

def refuse(*_):
    raise OSError("this test has no network")

socket.socket.connect = socket.socket.connect_ex = refuse
socket.getaddrinfo = refuse
"""


def variables(root: Path) -> dict[str, str]:
    """An environment that knows neither the checkout nor anybody's settings of pip."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PIP_", "MMGAN_", "PYTHON", "VIRTUAL_ENV"))
    }
    return {
        **kept,
        "PIP_CONFIG_FILE": os.devnull,
        "MMGAN_CACHE": str(root / "cache"),
        "HF_HOME": str(root / "hub"),
        "NO_COLOR": "1",
        "COLUMNS": "200",
    }


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, wheels: Path) -> Run:
    """Runs a program of an environment that pip has filled and that has no network since."""
    root = tmp_path_factory.mktemp("bare")
    scratch = Scratch.bare(root / "venv")
    work = root / "work"
    work.mkdir()

    def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(scratch.python.parent / program), *arguments],
            cwd=work,
            env=variables(root),
            capture_output=True,
            text=True,
            timeout=240,
        )

    before = run("python", "-c", "import mmgan_core")
    assert "No module named 'mmgan_core'" in before.stderr
    said = run(
        "python",
        "-m",
        "pip",
        "install",
        "--no-cache-dir",
        "--disable-pip-version-check",
        "--index-url",
        write_index(root / "simple", wheels),
        "mmgan-zoo[all]",
    )
    assert said.returncode == 0, said.stderr
    (scratch.packages / "no_network.py").write_text(NO_NETWORK, "utf-8")
    (scratch.packages / "no_network.pth").write_text("import no_network\n", "utf-8")
    refused = run("python", "-c", "import urllib.request as u; u.urlopen('http://localhost')")
    assert "this test has no network" in refused.stderr
    return run


def test_the_extra_brings_the_plugins_and_they_are_whole(run: Run) -> None:
    rows = json.loads(run("python", "-m", "pip", "list", "--format", "json").stdout)
    assert {row["name"] for row in rows if row["name"].startswith("mmgan")} == WANTED
    checked = run("python", "-m", "pip", "check").stdout
    assert [line for line in checked.splitlines() if line.startswith("mmgan")] == []
    found = run("python", "-c", "import mmgan_core; print(mmgan_core.__file__)").stdout
    assert "/bare" in found
    assert "site-packages" in found
    listed = run("mmgan-zoo", "plugins", "ls").stdout.splitlines()
    assert sorted(row.split()[1] for row in listed if row.endswith(" ok")) == sorted(WANTED)


def test_a_shipped_model_draws_and_is_what_it_says(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "drawn"
    said = run("mmgan-zoo", "generate", "digits", "text=seven", "--count", "2", "--out", str(out))
    assert said.returncode == 0, said.stderr
    assert len(list(out.rglob("*.png"))) >= 2
    said = run("mmgan-zoo", "verify", "digits")
    assert said.returncode == 0, said.stdout + said.stderr


def test_the_templates_write_a_plugin(run: Run, tmp_path: Path) -> None:
    said = run(
        "mmgan-zoo", "plugins", "new", "spark", "--with", "loss", "--out", str(tmp_path / "spark")
    )
    assert said.returncode == 0, said.stderr
    written = (tmp_path / "spark" / "pyproject.toml").read_text("utf-8")
    assert f'"{own_requirement(VERSION)}"' in written


def test_it_says_its_version(run: Run) -> None:
    assert run("mmgan-zoo", "--version").stdout == f"mmgan-zoo {VERSION}\n"
