"""Injected failures, and what the client makes of them; the server's own."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from huggingface_hub import __version__, constants
from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

from .server import Hub

NOW = {"Retry-After": "0"}


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the client would have slept."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept


@pytest.mark.parametrize("status", [429, 503])
def test_retried(hub: Hub, status: int, waits: list[float]) -> None:
    hub.api().create_repo("alice/m")
    hub.inject("POST", "/preupload/", status, headers=NOW)
    hub.api().upload_file(repo_id="alice/m", path_in_repo="a.bin", path_or_fileobj=b"a")
    # Two, for the first HEAD is tried once more before waiting.
    hub.inject("HEAD", "/resolve/", status, headers=NOW, times=2)
    hub.api().snapshot_download("alice/m", allow_patterns="*.bin")
    assert [call.status for call in hub.calls("POST", "/preupload/")] == [status, 200]
    assert [call.status for call in hub.calls("HEAD")] == [status, status, 302]
    assert waits == [1, 1]


@pytest.mark.skipif(__version__.startswith("1."), reason="1.x does not retry the first page")
def test_a_list_is_retried(hub: Hub, waits: list[float]) -> None:
    hub.put("alice/m", {"a.txt": b"a"})
    hub.inject("GET", "/tree/", 429, headers={"RateLimit": '"api";r=0;t=7'})
    assert len(list(hub.api().list_repo_tree("alice/m"))) == 2
    assert waits == [8]


def test_a_busy_storage(hub: Hub) -> None:
    hub.put("alice/m", {"a.bin": b"a"})
    hub.inject("GET", "^/storage/", 429, headers=NOW)
    hub.api().hf_hub_download("alice/m", "a.bin")
    hub.inject("GET", "^/storage/", 503)
    with pytest.raises(HfHubHTTPError, match="503"):
        hub.api().hf_hub_download("alice/m", "a.bin", force_download=True)


def test_a_commit_is_not_retried(hub: Hub) -> None:
    hub.api().create_repo("alice/m")
    hub.inject("POST", "/commit/", 503, message="down for a moment")
    with pytest.raises(HfHubHTTPError, match="down for a moment"):
        hub.api().upload_file(repo_id="alice/m", path_in_repo="a.txt", path_or_fileobj=b"a")
    assert len(hub.calls("POST", "/commit/")) == 1
    assert "a.txt" not in hub.files("alice/m")


def test_an_answer_that_is_lost(hub: Hub) -> None:
    hub.api().create_repo("alice/m")
    hub.inject("POST", "/commit/", cut=0)
    # Of the transport, whose package differs by version.
    with pytest.raises(Exception, match="peer closed connection"):
        hub.api().upload_file(repo_id="alice/m", path_in_repo="a.txt", path_or_fileobj=b"a")
    assert hub.files("alice/m")["a.txt"] == b"a"


def test_down(hub: Hub) -> None:
    hub.put("alice/m", {"a.txt": b"a"})
    hub.inject("", "", 501, times=None)
    with pytest.raises(LocalEntryNotFoundError):
        hub.api().snapshot_download("alice/m")
    with pytest.raises(HfHubHTTPError):
        hub.api().model_info("alice/m")


@pytest.mark.parametrize("where", ["^/storage/", "/resolve/.*txt"])
def test_cut_transfers_go_on(hub: Hub, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rest is asked for with a range, as often as it takes."""
    monkeypatch.setattr(constants, "DOWNLOAD_CHUNK_SIZE", 1_000)
    data = bytes(range(250)) * 400
    hub.put("alice/m", {"a.bin": data, "a.txt": data})
    hub.inject("GET", where, cut=30_000, times=2)
    name = "a.bin" if "storage" in where else "a.txt"
    assert Path(hub.api().hf_hub_download("alice/m", name)).read_bytes() == data
    calls = hub.calls("GET", where)
    assert [call.status for call in calls] == [200, 206, 206]
    assert [call.headers["Range"] for call in calls[1:]] == ["bytes=30000-", "bytes=60000-"]


def test_the_server_tells_of_its_own_failures(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Hub, "_redirected", None)
    hub.moved["model", "alice/m"] = "alice/n"
    with pytest.raises(HfHubHTTPError, match="501"):
        hub.api().model_info("alice/m")
    with pytest.raises(HfHubHTTPError, match="501"):
        hub.api().get_repo_discussions("alice/n").__next__()
    crash, unknown = hub.failures
    assert "TypeError: 'NoneType' object is not callable" in crash
    assert "nothing answers it" in unknown
    hub.failures.clear()
