"""Push and pull through a real client, over HTTP, against a Hub of the tests' own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import huggingface_hub
import pytest

from mmgan_core import load
from mmgan_core.errors import IntegrityError, UsageError
from mmgan_core.publishing.push import push
from mmgan_core.zoo.hub_errors import HubError
from mmgan_core.zoo.manifest import read_manifest
from mmgan_core.zoo.pull import pull

from ..hub.server import Hub
from .breakages import BREAKAGES

REPO = "alice/small"


@pytest.fixture(autouse=True)
def alone(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Alice, with a cache of her own."""
    monkeypatch.setenv("HF_TOKEN", hub.tokens["alice"])
    monkeypatch.setenv("MMGAN_CACHE", str(tmp_path / "cache"))


def snapshots(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "hf").rglob("snapshots/*"))


def test_there_and_back(hub: Hub, published: Path, tmp_path: Path) -> None:
    pushed = push(published, REPO)
    assert pushed.tag == "v1"
    assert len(hub.calls("POST", "/commit/")) == 1, "one atomic commit"
    assert set(hub.files(REPO)) == {*pushed.files, ".gitattributes"}
    pulled = pull(f"hf:{REPO}")
    assert (pulled.commit, pulled.missing) == (pushed.commit, "")
    for name in pushed.files:
        assert (pulled.directory.path / name).read_bytes() == (published / name).read_bytes()
    one, other = (
        load(name).generate(label="two", seed=1).image[0].tobytes()
        for name in (f"dir:{published}", f"hf:{REPO}@v1")
    )
    assert one == other


def test_the_same_again_changes_nothing(hub: Hub, published: Path) -> None:
    first, second = push(published, REPO), push(published, REPO)
    assert first.commit
    assert (second.commit, second.tag) == ("", "")


def test_what_is_gone_from_the_model_goes_from_the_hub(hub: Hub, model: Path, published) -> None:
    push(published, REPO)
    hub.put(REPO, {"samples/old.png": b"x", "notes.txt": b"mine"})
    (model / "README.md").write_text((model / "README.md").read_text() + "\nMore.\n")
    _rehash(model)
    assert push(model, REPO).tag == "v2"
    assert "samples/old.png" not in hub.files(REPO)
    assert hub.files(REPO)["notes.txt"] == b"mine", "what is none of ours stays"


def test_a_run_is_pushed_as_a_model(hub: Hub, run: Path) -> None:
    push(run, REPO, half=True)
    files = hub.files(REPO)
    assert b"hf:alice/small" in files["README.md"]
    assert "discriminator.safetensors" not in files
    assert not any(name.endswith((".pkl", ".pt", ".bin", ".py")) for name in files)


def test_each_pull_is_a_download_that_the_hub_counts(hub: Hub, published: Path) -> None:
    push(published, REPO)
    assert not hub.calls("GET", r"/resolve/.*/config\.json"), "a push is no download"
    pull(f"hf:{REPO}")
    assert len(hub.calls("GET", r"/resolve/.*/config\.json")) == 1


def test_a_dry_run_asks_nobody(hub: Hub, published: Path) -> None:
    assert push(published, REPO, dry_run=True).files
    assert hub.requests == []


def test_strays_and_secrets_stay_here(hub: Hub, model: Path) -> None:
    (model / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"notes\.txt is not a file of the model"):
        push(model, REPO)
    (model / "notes.txt").unlink()
    card = model / "README.md"
    for secret in ("hf_" + "a1B2" * 8, hub.tokens["alice"], "-----BEGIN RSA PRIVATE KEY-----"):
        text = card.read_text()
        card.write_text(text + secret)
        _rehash(model)
        with pytest.raises(UsageError, match=r"README\.md contains what looks like"):
            push(model, REPO)
        card.write_text(text)
    assert hub.requests == []


def test_warm_pulls_ask_little_and_offline_ones_nothing(hub: Hub, published: Path) -> None:
    commit = push(published, REPO).commit
    pull(f"hf:{REPO}")
    before = len(hub.requests)
    pull(f"hf:{REPO}")
    assert len(hub.requests) - before <= 2
    before = len(hub.requests)
    assert pull(f"hf:{REPO}", offline=True).commit == commit
    pull(f"hf:{REPO}@{commit}")
    assert len(hub.requests) == before


def test_offline_without_a_copy(hub: Hub) -> None:
    with pytest.raises(HubError, match=r"network|offline"):
        pull(f"hf:{REPO}", offline=True)
    assert hub.requests == []


@pytest.mark.parametrize(
    "name",
    [
        "NaN",
        "a swapped shape",
        "an endless header",
        "code",
        "an unknown component",
        "a script in the card",
    ],
)
def test_nothing_is_left_of_what_is_refused(
    hub: Hub, model: Path, tmp_path: Path, name: str
) -> None:
    BREAKAGES[name][0](model)
    _rehash(model)
    hub.put(REPO, _content(model))
    with pytest.raises(IntegrityError, match=BREAKAGES[name][1]) as refusal:
        pull(f"hf:{REPO}", to=tmp_path / "copy")
    assert refusal.value.exit_code == 4
    assert not (tmp_path / "copy").exists()
    assert snapshots(tmp_path) == []


def test_a_tampered_file_is_refused(hub: Hub, published: Path, tmp_path: Path) -> None:
    content = _content(published)
    content["recipe.yaml"] += b"\n# changed\n"
    hub.put(REPO, content)
    with pytest.raises(IntegrityError, match="does not match its size and hash"):
        pull(f"hf:{REPO}")
    assert snapshots(tmp_path) == []


def test_a_tag_that_moved_is_refused(hub: Hub, published: Path, model: Path) -> None:
    push(published, REPO)
    pull(f"hf:{REPO}@v1")
    (model / "README.md").write_text((model / "README.md").read_text() + "\nMore.\n")
    _rehash(model)
    newer = push(model, REPO)
    pull(f"hf:{REPO}")
    api = hub.api()
    api.delete_tag(REPO, tag="v1")
    api.create_tag(REPO, tag="v1", revision=newer.commit)
    with pytest.raises(IntegrityError, match="has moved"):
        pull(f"hf:{REPO}@v1")
    assert pull(f"hf:{REPO}@{newer.commit}").commit == newer.commit


def test_strangers_files_are_not_fetched(hub: Hub, published: Path) -> None:
    hub.put(
        REPO,
        {
            **_content(published),
            "evil.py": b"boom",
            "weights.pkl": b"boom",
            "evil.safetensors": b"boom",
            "samples/evil.html": b"boom",
        },
    )
    pulled = pull(f"hf:{REPO}")
    assert not list(pulled.directory.path.glob("*.py")) + list(pulled.directory.path.glob("*.pkl"))
    assert not hub.calls("GET", "evil")


def test_a_repository_without_a_model(hub: Hub) -> None:
    hub.put(REPO, {"pytorch_model.bin": b"x", "README.md": b"# x"})
    with pytest.raises(IntegrityError, match="does not hold a model of mmgan-zoo"):
        pull(f"hf:{REPO}")
    assert not hub.calls("GET", "/resolve/")


def test_private_gated_and_absent_ones(
    hub: Hub, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    push(published, REPO, private=True)
    monkeypatch.setenv("HF_TOKEN", hub.tokens["bob"])
    with pytest.raises(HubError, match="there is no alice/small on the Hub, or it is private"):
        pull(f"hf:{REPO}")
    with pytest.raises(HubError):
        push(published, REPO)
    hub.repository(REPO).private = False
    hub.repository(REPO).gated = "manual"
    with pytest.raises(HubError, match="gated"):
        pull(f"hf:{REPO}")
    hub.grant(REPO, "bob")
    assert pull(f"hf:{REPO}").commit
    with pytest.raises(HubError, match="no revision 'v9'"):
        pull(f"hf:{REPO}@v9")
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(HubError, match="hf auth login"):
        push(published, "alice/new")


@pytest.mark.parametrize("name", ["a b/c", "x/y/z", "hf:x/"])
def test_names_that_cannot_be(name: str) -> None:
    with pytest.raises((HubError, UsageError)):
        pull(name)


def test_a_busy_hub_is_asked_again(hub: Hub, published: Path) -> None:
    push(published, REPO)
    if huggingface_hub.__version__ >= "2":  # 1.x does not ask again here
        hub.inject("GET", r"/tree/", 503, times=1, headers={"Retry-After": "0"})
    hub.inject("HEAD", r"/resolve/", 429, times=1, headers={"Retry-After": "0"})
    assert pull(f"hf:{REPO}").commit


def test_a_cut_transfer_goes_on(hub: Hub, published: Path) -> None:
    push(published, REPO)
    weights = f"^/storage/{read_manifest(published).files['model.safetensors'].sha256}"
    hub.inject("GET", weights, times=1, cut=1000)
    assert pull(f"hf:{REPO}").commit
    assert len(hub.calls("GET", weights)) == 2


def test_somebody_else_was_quicker(hub: Hub, published: Path, model: Path) -> None:
    push(published, REPO)
    (model / "README.md").write_text((model / "README.md").read_text() + "\nMore.\n")
    _rehash(model)
    hub.inject("POST", "/commit/", do=lambda: hub.put(REPO, {"x.txt": b"x"}))
    with pytest.raises(HubError, match="somebody else has pushed in the meantime"):
        push(model, REPO)


def test_a_refused_commit_leaves_nothing(hub: Hub, published: Path) -> None:
    hub.inject("POST", "/commit/", 500, times=None)
    with pytest.raises(HubError, match="refused"):
        push(published, REPO)
    assert set(hub.files(REPO)) == {".gitattributes"}


def test_no_hub_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants, hf_api

    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(hf_api.api, "endpoint", "http://127.0.0.1:9")
    with pytest.raises(HubError, match="check the network"):
        pull(f"hf:{REPO}")


def test_a_plugin_that_is_missing_is_named(
    hub: Hub, model: Path, rehash: Callable[..., None]
) -> None:
    recipe = model / "recipe.yaml"
    recipe.write_text(recipe.read_text().replace("text/characters", "mosaic/tiles"))
    parts = json.loads((model / "model.json").read_text())["parts"]
    rehash(parts=[part | {"distribution": "mmgan-mosaic"} for part in parts])
    hub.put(REPO, _content(model))
    with pytest.raises(IntegrityError, match=r"mmgan-mosaic 0\.1\.0, which this environment lacks"):
        pull(f"hf:{REPO}")


def test_copied_to_a_directory(hub: Hub, published: Path, tmp_path: Path) -> None:
    push(published, REPO)
    pull(f"hf:{REPO}", to=tmp_path / "here")
    shutil.rmtree(tmp_path / "hf")
    assert load(f"dir:{tmp_path / 'here'}").generate(count=1).image
    with pytest.raises(UsageError, match="exists already"):
        pull(f"hf:{REPO}", to=tmp_path / "here")


def test_with_xet(hub: Hub, published: Path, tmp_path: Path) -> None:
    """In a process of its own: Xet's session lives as long as the process."""
    code = (
        "from pathlib import Path; from mmgan_core.publishing.push import push; "
        "from mmgan_core.zoo.pull import pull; "
        f"made = push(Path({str(published)!r}), {REPO!r}); "
        f"assert pull('hf:{REPO}').commit == made.commit; print(made.tag)"
    )
    variables = hub.environment(
        tmp_path / "xet", HF_TOKEN=hub.tokens["alice"], HF_HUB_DISABLE_XET="0"
    )
    said = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=240,
        env={**os.environ, **variables},
    )
    assert said.stdout.strip() == "v1", said.stderr
    assert hub.calls("POST", "/v1/xorbs/")
    assert hub.calls("GET", "/v1/reconstructions/")
    weights = (published / "model.safetensors").read_bytes()
    assert hub.files(REPO)["model.safetensors"] == weights


def _content(model: Path) -> dict[str, bytes]:
    files = (path for path in model.rglob("*") if path.is_file())
    return {path.relative_to(model).as_posix(): path.read_bytes() for path in files}


def _rehash(model: Path) -> None:
    import hashlib

    manifest = json.loads((model / "model.json").read_text())
    for name, row in manifest["files"].items():
        content = (model / name).read_bytes()
        row |= {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    (model / "model.json").write_text(json.dumps(manifest))
