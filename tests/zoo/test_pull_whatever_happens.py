"""Pull fetches what a manifest lists, keeps nothing of what it refuses, and comes to an end."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mmgan_core.errors import IntegrityError, MmganError, RecipeError
from mmgan_core.foundation.files import sweep
from mmgan_core.publishing.push import push
from mmgan_core.zoo import index, patience
from mmgan_core.zoo import pull as pulling
from mmgan_core.zoo.budget import OverBudget, allowing
from mmgan_core.zoo.directory import ModelDirectory
from mmgan_core.zoo.hub_cache import folder_of_repository
from mmgan_core.zoo.hub_errors import HubError
from mmgan_core.zoo.manifest import read_manifest
from mmgan_core.zoo.pull import pull

from ..hub.server import Hub
from .breakages import card

REPO = "alice/small"


@pytest.fixture(autouse=True)
def alone(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Alice, with a cache of her own."""
    monkeypatch.setenv("HF_TOKEN", hub.tokens["alice"])
    monkeypatch.setenv("MMGAN_CACHE", str(tmp_path / "cache"))


def content(model: Path) -> dict[str, bytes]:
    files = (path for path in model.rglob("*") if path.is_file())
    return {path.relative_to(model).as_posix(): path.read_bytes() for path in files}


def left() -> list[Path]:
    """What is in the cache of the Hub of this repository."""
    return [path for path in folder_of_repository(REPO).rglob("*") if not path.is_dir()]


def test_exactly_what_the_manifest_lists_is_fetched(hub: Hub, published: Path) -> None:
    strays = ("samples/deep/er/x.png", "training/evil.safetensors", "samples/y.png", "x.yaml")
    hub.put(REPO, content(published) | dict.fromkeys(strays, b"x"))
    found = pull(f"hf:{REPO}").directory
    there = {file.relative_to(found.path).as_posix() for file in found.path.rglob("*.*")}
    assert there == {*found.manifest.files, "model.json"}
    assert hub.calls("GET", r"/resolve/")[0].path.endswith("model.json")


@pytest.mark.parametrize(
    "error",
    [RecipeError("x"), MemoryError(), RecursionError(), OSError(errno.EIO, "x"), KeyError("x")],
    ids=lambda error: type(error).__name__,
)
def test_any_failure_leaves_nothing(
    hub: Hub, published: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    push(published, REPO)

    def fail(self: ModelDirectory) -> str:
        raise error

    monkeypatch.setattr(ModelDirectory, "check", fail)
    with pytest.raises(type(error)):
        pull(f"hf:{REPO}")
    assert left() == []


def test_what_is_larger_than_allowed_leaves_nothing(hub: Hub, published: Path) -> None:
    push(published, REPO)
    with allowing(memory=1e-4), pytest.raises(OverBudget, match=r"the files of the model"):
        pull(f"hf:{REPO}")
    assert not hub.calls("GET", r"model\.safetensors|recipe")
    assert left() == []


def test_what_the_hub_holds_is_compared_before_it_is_fetched(hub: Hub, published: Path) -> None:
    files = content(published)
    longer = {"recipe.yaml": files["recipe.yaml"] + b"\n# changed"}
    other = {"model.safetensors": files["model.safetensors"][:-1] + b"?"}
    for changed in (longer, other):
        hub.put(REPO, files | changed)
        with pytest.raises(IntegrityError, match="does not match its size and hash"):
            pull(f"hf:{REPO}")
        assert not hub.calls("GET", r"/resolve/.*recipe|/storage/")
        assert left() == []
    hub.put(REPO, {**files, "recipe.yaml": None})
    with pytest.raises(IntegrityError, match=r"lacks recipe\.yaml"):
        pull(f"hf:{REPO}")
    assert left() == []


def test_another_commit_of_the_same_model_stays(
    hub: Hub, model: Path, published: Path, rehash: Callable[..., None]
) -> None:
    first = push(published, REPO).commit
    pull(f"hf:{REPO}@{first}")
    before = sorted(left())
    card("<script>x()</script>")(model)
    rehash()
    hub.put(REPO, content(model))
    with pytest.raises(IntegrityError, match="active content"):
        pull(f"hf:{REPO}")
    assert sorted(left()) == before
    assert pull(f"hf:{REPO}@{first}", offline=True).commit == first


def test_what_an_index_does_not_list_leaves_nothing(
    hub: Hub, published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = {"where": f"hf:{REPO}@{push(published, REPO).commit}", "manifest": "0" * 64}
    row |= {"given": [], "made": [], "bytes": 1, "plugins": []}
    file = tmp_path / "index.yaml"
    file.write_text(json.dumps({"models": {"little": row}}))
    monkeypatch.setattr(index, "_indexes", lambda: iter([("mmgan-mine", file)]))
    with pytest.raises(IntegrityError, match="is not the model that"):
        pull("little")
    assert left() == []
    assert not hub.calls("GET", "recipe")


@pytest.mark.parametrize("what", [r"/resolve/.*model\.json", r"^/storage/", r"/api/models/"])
def test_a_byte_now_and_then_is_not_waited_for(
    hub: Hub, published: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    push(published, REPO)
    monkeypatch.setattr(patience, "SILENCE", 1.0)
    monkeypatch.setattr(patience, "ANSWER", 0.1)
    hub.inject("GET", what, times=None, drip=0.2)
    with pytest.raises(HubError, match="sends next to nothing of alice/small"):
        pull(f"hf:{REPO}")
    hub._faults._faults.clear()
    monkeypatch.undo()


def test_a_full_disk_is_named_and_not_the_source(
    hub: Hub, published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    push(published, REPO)

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/the/source")

    monkeypatch.setattr("huggingface_hub.snapshot_download", full)
    with pytest.raises(HubError, match="cannot be written into the Hub's cache here"):
        pull(f"hf:{REPO}")
    assert left() == []
    monkeypatch.undo()
    monkeypatch.setenv("HF_TOKEN", hub.tokens["alice"])
    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(MmganError, match=f"the model {tmp_path / 'to'} cannot be written"):
        pulling.copied(ModelDirectory.open(published), tmp_path / "to")
    assert not (tmp_path / "to").exists()


@pytest.mark.parametrize("name", ["model.json", "recipe.yaml", "README.md", "model.safetensors"])
def test_a_pipe_among_the_files_is_not_waited_for(model: Path, name: str) -> None:
    (model / name).unlink()
    os.mkfifo(model / name)
    with pytest.raises(IntegrityError):
        ModelDirectory.open(model).check()


def test_what_a_killed_process_left_is_swept(hub: Hub, published: Path, tmp_path: Path) -> None:
    push(published, REPO)
    cache = tmp_path / "cache"
    cache.mkdir(exist_ok=True)
    dead, alive = cache / ".pulled.json.4194305.partial", cache / f".x.{os.getpid()}.partial"
    for file in (dead, alive, cache / "notes.txt"):
        file.write_text("x")
    pull(f"hf:{REPO}")
    assert not dead.exists()
    assert alive.exists()
    assert (cache / "notes.txt").exists()
    sweep(tmp_path / "nowhere")


def test_the_manifest_says_how_large_everything_is(published: Path) -> None:
    assert read_manifest(published).size == sum(
        len(one) for name, one in content(published).items() if name != "model.json"
    )
