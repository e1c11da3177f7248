"""A run's lock names the versions of what the core and every plugin in use depend on."""

from __future__ import annotations

from importlib import metadata

import pytest

from mmgan_core.runs import run_directory

NEEDS = {
    "mmgan-tune": [
        "mido>=1.3",
        "mmgan-zoo>=0.1,<1",
        "Sentence_Transformers>=3; python_version < '4'",
        'pytest>=8; extra == "dev"',
        "absent",
    ],
    "mmgan-zoo": ["torch>=2.8"],
}
VERSIONS = {"mido": "1.3.2", "mmgan-zoo": "0.1", "sentence-transformers": "5.0", "pytest": "8"}


def test_what_plugins_depend_on_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name not in VERSIONS:
            raise metadata.PackageNotFoundError(name)
        return VERSIONS[name]

    monkeypatch.setattr(metadata, "requires", NEEDS.__getitem__)
    monkeypatch.setattr(metadata, "version", version)
    found = run_directory._libraries({"mmgan-tune"})
    assert found == {"mido": "1.3.2", "mmgan-zoo": "0.1", "sentence-transformers": "5.0"}
    both = run_directory._libraries({"mmgan-tune", "mmgan-zoo"})
    assert "mmgan-zoo" not in both, "the lock names plugins and the core elsewhere"


def test_the_lock_of_this_environment() -> None:
    lock = run_directory.lock_of(0, "digest", "cpu")
    assert {"torch", "safetensors", "pluggy", "timm", "librosa"} <= lock["libraries"].keys()
    assert all(lock["libraries"].values())
