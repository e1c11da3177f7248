"""export, push, pull, verify and ls models, as a user calls them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ..called import Said, called
from ..hub.server import Hub

Zoo = Callable[..., Said]


@pytest.fixture
def zoo(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Zoo:
    """Calls the command line in an empty directory."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str | Path, code: int = 0) -> Said:
        said = called(capsys, *arguments)
        assert said.code == code, said.out + said.err
        assert "Traceback" not in said.err
        return said

    return call


def test_from_a_run_to_the_hub_and_back(
    zoo: Zoo, run: Path, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", hub.tokens["alice"])
    assert "check it:" in zoo("export", run, "--out", "model", "--half").out
    assert "would be pushed" in zoo("push", "model", "--to", "alice/m", "--dry-run").out
    assert "tagged v1" in zoo("push", "model", "--to", "alice/m").out
    assert "all hashes match" in zoo("pull", "hf:alice/m", "--out", "copy").out
    assert "is verified" in zoo("verify", "dir:copy").out
    rows = json.loads(zoo("ls", "models", "--given", "text", "--made", "image", "--json").out)
    assert "hf:alice/m" in [row["name"] for row in rows]
    assert all("text" in row["given"] for row in rows)
    made = zoo("generate", "hf:alice/m", "text=two", "--count", "2", "--json")
    assert len(json.loads(made.out)["files"]) == 2
    # In a process that knows nothing of what was done in this one.
    command = [sys.executable, "-m", "mmgan_core.cli.main", "verify", "hf:alice/m"]
    verified = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert "is verified" in verified.stdout, verified.stderr


def test_mistakes(zoo: Zoo, tmp_path: Path, model: Path) -> None:
    assert "there is no model" in zoo("pull", "nothing", code=2).err
    assert "there is no run" in zoo("export", "nothing", "--out", "x", code=2).err
    old = zoo("export", "nothing", "--to", "x", code=2).err
    assert "there is no run" in old
    assert old.count("--to DIR is called --out DIR now; the old name still works") == 1
    assert (
        "--to nobody: the name of a model on the Hub has the form ORG/NAME"
        in zoo("push", model, "--to", "nobody", code=2).err
    )
    (model / "model.safetensors").write_bytes(b"")
    assert "does not match its size and hash" in zoo("verify", f"dir:{model}", code=4).err
    assert list(tmp_path.glob("x*")) == []
