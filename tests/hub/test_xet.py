"""Uploads and downloads through hf_xet, each in a process of its own."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from .plain import ask
from .server import Hub

pytest.importorskip("hf_xet")

NOISE = random.Random(0).randbytes(6_000_000)
EDITED = NOISE[:2_000_000] + b"edit" + NOISE[2_000_000:]
FILES = {
    "plain.safetensors": NOISE,
    "repeated.bin": NOISE[:1_000_000] * 3 + bytes(2_000_000),
    "small.txt": b"small",
    "empty.bin": b"",
}
UPLOAD = """
import sys
from huggingface_hub import HfApi
api = HfApi()
api.create_repo("alice/m", exist_ok=True)
print(api.upload_folder(repo_id="alice/m", folder_path=sys.argv[1]).oid)
"""
DOWNLOAD = """
import sys
from huggingface_hub import snapshot_download
snapshot_download("alice/m", local_dir=sys.argv[1])
"""


def run(hub: Hub, home: Path, code: str, *arguments: object, xet: bool = True) -> str:
    """Runs code in a fresh process with Xet on."""
    variables = {"HF_HUB_DISABLE_XET": "0" if xet else "1", "HF_TOKEN": hub.tokens["alice"]}
    said = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, **hub.environment(home, **variables)},
        timeout=120,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    return said.stdout.strip()


def test_there_and_back(hub: Hub, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name, data in FILES.items():
        (source / name).write_bytes(data)
    first = run(hub, tmp_path / "up", UPLOAD, source)
    assert run(hub, tmp_path / "up", UPLOAD, source) == first
    sent = sum(map(len, hub.cas.xorbs.values()))
    (source / "edited.bin").write_bytes(EDITED)
    run(hub, tmp_path / "up", UPLOAD, source)
    assert sum(map(len, hub.cas.xorbs.values())) - sent < 1_000_000
    files = FILES | {"edited.bin": EDITED}
    held = hub.files("alice/m")
    held.pop(".gitattributes")
    assert held == files
    assert len(hub.cas.files) == 3
    assert len(hub.calls("POST", "/commit/")) == 2
    assert not hub.calls("PUT")
    for xet in (True, False):
        before = len(hub.requests)
        target = tmp_path / f"target {xet}"
        run(hub, tmp_path / f"down {xet}", DOWNLOAD, target, xet=xet)
        for name, data in files.items():
            assert (target / name).read_bytes() == data
        paths = [call.path for call in hub.requests[before:] if call.method == "GET"]
        assert any(path.startswith("/xorbs/") for path in paths) == xet
        assert any(path.startswith("/storage/") for path in paths) == (not xet)
    assert all(
        hub.tokens["alice"] not in call.headers.get("Authorization", "")
        for call in hub.calls(pattern="^/(cas|storage|xorbs|v1)/")
    )


def test_a_file_of_several_xorbs(hub: Hub, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    data = random.Random(1).randbytes(70_000_000)
    (source / "big.safetensors").write_bytes(data)
    run(hub, tmp_path / "up", UPLOAD, source)
    assert len(hub.cas.xorbs) > 1
    assert hub.files("alice/m")["big.safetensors"] == data
    run(hub, tmp_path / "down", DOWNLOAD, tmp_path / "target")
    assert (tmp_path / "target" / "big.safetensors").read_bytes() == data


def test_who_gets_tokens(hub: Hub) -> None:
    hub.put("alice/m", {})
    hub.repository("alice/m").gated = "auto"

    def status(right: str, user: str) -> int:
        headers = {"Authorization": f"Bearer {hub.tokens[user]}"} if user else {}
        url = f"{hub.endpoint}/api/models/alice/m/xet-{right}-token/main"
        return ask("GET", url, **headers).status

    assert [status("read", user) for user in ("alice", "bob", "")] == [200, 403, 401]
    assert [status("write", user) for user in ("alice", "bob", "")] == [200, 403, 401]
    cas = f"{hub.storage_origin}/cas/v1"
    hash = "0" * 64
    hubs = {"Authorization": f"Bearer {hub.tokens['alice']}"}
    assert ask("GET", f"{cas}/reconstructions/{hash}", **hubs).status == 401
    reads, writes = ({"Authorization": f"Bearer xet_{right}"} for right in ("read", "write"))
    assert ask("GET", f"{cas}/reconstructions/{hash}", **reads).status == 404
    assert ask("POST", f"{cas}/shards", b"nonsense", **reads).status == 401
    assert ask("POST", f"{cas}/shards", b"nonsense", **writes).status == 400
    assert ask("POST", f"{cas}/shards", b"HFRepoMetaData", **writes).status == 400
    assert ask("POST", f"{cas}/xorbs/default/{hash}", bytes(7) + b"\x01", **writes).status == 200
    assert ask("POST", f"{cas}/xorbs/default/{hash}", b"\0\xff\0", **writes).status == 400
