"""The plugin costs nothing until a run starts."""

import json
from pathlib import Path

import pytest

from mmgan_core.testing import contract_tests
from mmgan_trackio.identity import identity_of

test_contract = contract_tests("trackio")


def test_a_directory_keeps_its_identity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MMGAN_TRACKIO_PROJECT", raising=False)
    first = identity_of(tmp_path, {"name": "my recipe / 2"})
    assert first.project == "my-recipe-2"
    assert first.name.startswith(tmp_path.name)
    assert identity_of(tmp_path, {"name": "another"}) == first
    later = first.noted(tmp_path, "metrics", 512)
    assert identity_of(tmp_path, {}) == later
    assert later.has("metrics", 512)
    assert not later.has("metrics", 513)
    assert not later.has("sheets", 0)
    assert not list(tmp_path.glob(".*.partial"))


def test_a_run_without_a_name_has_a_project(tmp_path: Path) -> None:
    assert identity_of(tmp_path, {}).project == "mmgan-zoo"
    assert set(json.loads((tmp_path / "trackio.json").read_text("utf-8"))) == {
        "project",
        "name",
        "logged",
    }
