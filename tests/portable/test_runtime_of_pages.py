"""The engine of pages comes from npm once, is compared with its hash, and can be at hand."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import tarfile
from pathlib import Path

import pytest

from mmgan_core.errors import MmganError, UsageError
from mmgan_core.portable import runtime as of_pages
from mmgan_core.portable.runtime import FILES, runtime


def archive() -> bytes:
    """A package as npm packs it, with one file more than a page needs."""
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w:gz") as tar:
        for name in (*FILES, "ort.webgpu.mjs"):
            row = tarfile.TarInfo(f"package/dist/{name}")
            row.size = len(name)
            tar.addfile(row, io.BytesIO(name.encode()))
    return written.getvalue()


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An npm that brings a package from a file; it notes how it was called."""
    packed = tmp_path / "packed.tgz"
    packed.write_bytes(archive())
    program = tmp_path / "bin" / "npm"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\ncp {packed} "$5/onnxruntime-web.tgz"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("MMGAN_CACHE", str(tmp_path / "cache"))
    digest = base64.b64encode(hashlib.sha512(archive()).digest()).decode()
    monkeypatch.setattr(of_pages, "_SHA512", digest)
    return tmp_path


def test_it_is_fetched_once(npm: Path) -> None:
    found = runtime()
    assert {name: file.read_text() for name, file in found.items()} == {n: n for n in FILES}
    assert runtime() == found
    calls = (npm / "calls").read_text().splitlines()
    assert len(calls) == 1
    assert calls[0].startswith(f"pack onnxruntime-web@{of_pages.VERSION} ")
    assert not list((npm / "cache").rglob("ort.webgpu.mjs"))


def test_another_package_is_refused(npm: Path) -> None:
    (npm / "packed.tgz").write_bytes(archive() + b" ")
    with pytest.raises(MmganError, match="another onnxruntime-web"):
        runtime()
    assert not (npm / "cache").exists()


def test_what_npm_says_is_passed_on(npm: Path) -> None:
    program = npm / "bin" / "npm"
    program.write_text("#!/bin/sh\necho 'npm error 404 Not Found' >&2\nexit 1\n")
    with pytest.raises(MmganError, match=r"npm cannot bring .*: npm error 404") as caught:
        runtime()
    assert "--runtime" in (caught.value.hint or "")


def test_without_npm_it_can_be_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("MMGAN_CACHE", str(tmp_path / "cache"))
    with pytest.raises(UsageError, match="there is no npm here"):
        runtime()
    installed = tmp_path / "onnxruntime-web"
    (installed / "dist").mkdir(parents=True)
    with pytest.raises(UsageError, match=f"lacks {FILES[0]}"):
        runtime(installed)
    for name in FILES:
        (installed / "dist" / name).write_text(name)
    assert runtime(installed) == runtime(installed / "dist")
