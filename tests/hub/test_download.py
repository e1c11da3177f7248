"""Downloads of a real client without Xet: caches, ranges, redirects."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from huggingface_hub import constants
from huggingface_hub.errors import (
    EntryNotFoundError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RevisionNotFoundError,
)

from .plain import ask
from .server import Hub

FILES = {"a.txt": b"small", "empty.txt": b"", "sub/b.bin": bytes(range(256)) * 40}


def read(folder: str) -> dict[str, bytes]:
    root = Path(folder)
    files = (file for file in root.rglob("*") if file.is_file() and ".cache" not in file.parts)
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in files}


def test_single_files(hub: Hub, tmp_path: Path) -> None:
    hub.put("alice/m", FILES)
    for user in ("alice", "reader", ""):
        for path, data in FILES.items():
            cache = tmp_path / f"cache-{user}"
            got = hub.api(user).hf_hub_download("alice/m", path, cache_dir=cache)
            assert Path(got).read_bytes() == data
    beside = hub.api().hf_hub_download("alice/m", "sub/b.bin", local_dir=tmp_path / "here")
    assert Path(beside) == tmp_path / "here" / "sub" / "b.bin"
    assert Path(beside).read_bytes() == FILES["sub/b.bin"]
    for call in hub.calls(pattern="^/storage/"):
        assert "Authorization" not in call.headers


def test_snapshots(hub: Hub, tmp_path: Path) -> None:
    api = hub.api()
    first = hub.put("alice/m", FILES).oid
    api.create_tag("alice/m", tag="v1", tag_message="The first")
    hub.put("alice/m", {"a.txt": b"changed"})
    for number, revision in enumerate(("v1", first)):
        got = api.snapshot_download("alice/m", revision=revision, cache_dir=tmp_path / str(number))
        assert read(got) == hub.files("alice/m", "v1")
    some = api.snapshot_download("alice/m", allow_patterns="*.bin", cache_dir=tmp_path / "some")
    assert read(some) == {"sub/b.bin": FILES["sub/b.bin"]}
    before = len(hub.requests)
    api.snapshot_download("alice/m", revision=first, cache_dir=tmp_path / "1")
    assert len(hub.requests) == before
    api.snapshot_download("alice/m", revision="v1", cache_dir=tmp_path / "0")
    assert [call.path for call in hub.requests[before:]] == ["/api/models/alice/m/revision/v1"]


def test_offline(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.put("alice/m", FILES)
    hub.api().hf_hub_download("alice/m", "a.txt")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    before = len(hub.requests)
    assert Path(hub.api().hf_hub_download("alice/m", "a.txt")).read_bytes() == b"small"
    with pytest.raises(LocalEntryNotFoundError):
        hub.api().hf_hub_download("alice/m", "sub/b.bin")
    with pytest.raises(OfflineModeIsEnabled):
        hub.api().model_info("alice/m")
    assert len(hub.requests) == before


def test_what_is_not_there(hub: Hub) -> None:
    api = hub.api()
    hub.put("alice/m", FILES)
    with pytest.raises(EntryNotFoundError):
        api.hf_hub_download("alice/m", "nowhere.txt")
    assert list((Path(constants.HF_HUB_CACHE) / "models--alice--m" / ".no_exist").rglob("*.txt"))
    for revision in ("v9", "0" * 40):
        with pytest.raises(RevisionNotFoundError, match="Invalid rev id"):
            api.hf_hub_download("alice/m", "a.txt", revision=revision)
        with pytest.raises(RevisionNotFoundError):
            api.snapshot_download("alice/m", revision=revision)


def test_a_storage_that_lies(hub: Hub) -> None:
    hub.put("alice/m", FILES)
    oid = hashlib.sha256(FILES["sub/b.bin"]).hexdigest()
    hub.storage[oid] = b"short"
    with pytest.raises(OSError, match="Consistency check failed"):
        hub.api().hf_hub_download("alice/m", "sub/b.bin")


def test_storage_wants_signatures_and_no_tokens(hub: Hub) -> None:
    hub.put("alice/m", FILES)
    href = hub.signed(f"/storage/{hashlib.sha256(FILES['sub/b.bin']).hexdigest()}")
    assert href.startswith("http://localhost:")

    assert ask("GET", href).status == 200
    assert ask("GET", href, Authorization="Bearer x").status == 400
    assert ask("GET", href[:-1] + "x").status == 403


def test_ranges(hub: Hub) -> None:
    hub.put("alice/m", FILES)

    def get(url: str, wanted: str) -> tuple[int, bytes, str]:
        said = ask("GET", url, Range=wanted)
        return said.status, said.body, said.headers["Content-Range"]

    href = hub.signed(f"/storage/{hashlib.sha256(FILES['sub/b.bin']).hexdigest()}")
    for url, data in (
        (href, FILES["sub/b.bin"]),
        (f"{hub.endpoint}/alice/m/resolve/main/a.txt", FILES["a.txt"]),
    ):
        size = len(data)
        assert get(url, "bytes=1-3") == (206, data[1:4], f"bytes 1-3/{size}")
        assert get(url, "bytes=2-") == (206, data[2:], f"bytes 2-{size - 1}/{size}")
        assert get(url, f"bytes={size}-")[::2] == (416, f"bytes */{size}")
