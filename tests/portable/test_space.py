"""A page becomes a static Space of the Hub."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mmgan_core import load
from mmgan_core.cli.main import app
from mmgan_core.errors import UsageError
from mmgan_core.portable.runtime import FILES
from mmgan_core.publishing.space import push_space, space_card

from ..hub.card import front_matter
from ..hub.fixture import hub as hub
from ..hub.server import Hub

SPACE = "alice/live"


@pytest.fixture
def at_hand(tmp_path: Path) -> Path:
    """What stands for onnxruntime-web, which no test of these runs."""
    folder = tmp_path / "engine"
    folder.mkdir()
    for name in FILES:
        (folder / name).write_text(f"// {name}")
    return folder


def front(hub: Hub) -> Mapping[str, Any]:
    return front_matter(hub.files(SPACE, repo_type="space")["README.md"].decode())


def test_made_once_and_updated(
    hub: Hub, at_hand: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HF_TOKEN", hub.tokens["alice"])
    words = ["push", "tiny-dense", "--to", SPACE, "--space", "--runtime", str(at_hand)]
    dry = CliRunner().invoke(app, [*words, "--dry-run"], catch_exceptions=False)
    assert "nothing was pushed" in dry.output
    assert hub.requests == []
    said = CliRunner().invoke(app, words, catch_exceptions=False)
    assert said.exit_code == 0, said.output
    assert "were pushed: " in said.output
    files = hub.files(SPACE, repo_type="space")
    assert {"index.html", "main.js", "model.onnx", "onnx.json", "read/picture.js"} <= files.keys()
    assert {f"runtime/{name}" for name in FILES} <= files.keys()
    assert "parity.npz" not in files
    assert "parity.npz" not in json.loads(files["onnx.json"])["files"]
    assert front(hub)["sdk"] == "static"
    assert front(hub)["app_file"] == "index.html"
    assert front(hub)["license"] == "apache-2.0"
    assert "models" not in front(hub), "a model of the zoo is on no page of the Hub"
    hub.put(SPACE, {"notes.txt": b"mine"}, repo_type="space")
    pushed = push_space(load("tiny-dense"), SPACE, of="alice/tiny", at_hand=at_hand)
    assert pushed.commit
    assert front(hub)["models"] == ["alice/tiny"]
    assert hub.files(SPACE, repo_type="space")["notes.txt"] == b"mine"


@pytest.mark.parametrize("more", [["--half"], ["--tag", "v1"], ["--with-discriminator"]])
def test_options_of_models_are_refused(more: list[str]) -> None:
    said = CliRunner().invoke(app, ["push", "tiny-dense", "--to", SPACE, "--space", *more])
    assert isinstance(said.exception, UsageError)
    assert "not the files of a model" in str(said.exception)


def test_a_runtime_is_of_a_page() -> None:
    said = CliRunner().invoke(app, ["push", "tiny-dense", "--to", SPACE, "--runtime", "x"])
    assert isinstance(said.exception, UsageError)


def test_foreign_words_stay_within_the_front_matter() -> None:
    said = {"name": "a: b\n---\nsdk: docker", "summary": "x" * 100, "licence": ""}
    text = space_card(said, "")
    found = front_matter(text)
    assert found["title"] == "a: b --- sdk: docker"
    assert found["sdk"] == "static"
    assert found["license"] == "other"
    assert len(found["short_description"]) == 60
