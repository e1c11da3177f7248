"""Models by name: ours and those of plugins."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest
import yaml

from mmgan_core import load
from mmgan_core.errors import IntegrityError, UsageError
from mmgan_core.publishing.push import push
from mmgan_core.zoo import index
from mmgan_core.zoo.manifest import read_manifest
from mmgan_core.zoo.pull import pull

from ..hub.server import Hub


def row(model: Path, where: str = "shipped") -> dict[str, object]:
    manifest = read_manifest(model)
    digest = hashlib.sha256((model / "model.json").read_bytes()).hexdigest()
    return {
        "where": where,
        "manifest": digest,
        "given": list(manifest.given),
        "made": list(manifest.made),
        "bytes": manifest.size,
        "plugins": list(manifest.plugins),
    }


@pytest.fixture
def zoo(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index that ships the model, as if a plugin had brought it."""
    shutil.copytree(published, tmp_path / "zoo" / "models" / "little")
    file = tmp_path / "zoo" / "index.yaml"
    write(file, little=row(published))
    monkeypatch.setattr(index, "_indexes", lambda: iter([("mmgan-mine", file)]))
    return file


def write(file: Path, **models: object) -> None:
    file.write_text(yaml.safe_dump({"models": models}))


def test_shipped_models_load_by_name(zoo: Path) -> None:
    assert load("little").generate(count=1).image
    assert pull("little").missing == ""


def test_what_changed_in_an_index_is_read_anew(zoo: Path, published: Path) -> None:
    assert [entry.name for entry in index.entries()] == ["little"]
    write(zoo, small=row(published))
    assert [entry.name for entry in index.entries()] == ["small"]


@pytest.mark.parametrize("name", ["README.md", "model.safetensors", "recipe.yaml"])
def test_a_changed_file_of_a_shipped_model(zoo: Path, name: str) -> None:
    file = zoo.parent / "models" / "little" / name
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    with pytest.raises(IntegrityError, match=f"{name} does not match its size and hash"):
        load("little")


def test_a_card_with_active_content_is_refused_where_no_index_lists_it(zoo: Path) -> None:
    folder = zoo.parent / "models" / "little"
    card = folder / "README.md"
    manifest = folder / "model.json"
    card.write_text(card.read_text() + "<script>1</script>\n")
    new = hashlib.sha256(card.read_bytes()).hexdigest()
    raw = json.loads(manifest.read_text())
    raw["files"]["README.md"] = {"bytes": card.stat().st_size, "sha256": new}
    manifest.write_text(json.dumps(raw))
    with pytest.raises(IntegrityError, match="active content"):
        load("little")


def test_an_unknown_name_names_the_nearest(zoo: Path) -> None:
    with pytest.raises(UsageError, match="did you mean 'little'"):
        load("litle")


def test_two_of_one_name(zoo: Path, published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    both = [("mmgan-mine", zoo), ("mmgan-other", zoo)]
    monkeypatch.setattr(index, "_indexes", lambda: iter(both))
    with pytest.raises(UsageError, match="mmgan-mine and mmgan-other both bring"):
        load("little")


def test_another_manifest_than_the_index_knows(zoo: Path) -> None:
    file = zoo.parent / "models" / "little" / "model.json"
    file.write_text(file.read_text() + " ")
    with pytest.raises(IntegrityError, match="is not the model that"):
        load("little")


def test_an_index_fixes_a_commit_of_the_hub(
    hub: Hub, zoo: Path, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", hub.tokens["alice"])
    commit = push(published, "alice/small").commit
    write(zoo, far=row(published, f"hf:alice/small@{commit}"))
    assert pull("far").commit == commit
    write(zoo, far=row(published, "hf:alice/small@v1"))
    with pytest.raises(IntegrityError, match="names no full commit id"):
        pull("far")


@pytest.mark.parametrize(
    "text", ["", "[]", "models: [a]", "models: {a: 1}", "{", "models: {a: {}}"]
)
def test_what_is_no_index(zoo: Path, text: str) -> None:
    zoo.write_text(text)
    with pytest.raises(IntegrityError, match="is not an index of models"):
        load("little")
