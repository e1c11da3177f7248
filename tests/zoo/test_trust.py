"""Whatever is wrong with a model is refused as a whole, with exit code 4."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mmgan_core import load
from mmgan_core.errors import IntegrityError, UsageError
from mmgan_core.publishing.verify import verify
from mmgan_core.zoo.directory import ModelDirectory
from mmgan_core.zoo.manifest import is_of_a_model

from .breakages import BREAKAGES, weights


def test_a_sound_one_verifies(published: Path) -> None:
    findings = list(verify(published))
    assert [finding.what for finding in findings] == ["files", "weights", "samples", "number"]
    assert "condition accuracy" in findings[-1].how


@pytest.mark.parametrize("name", BREAKAGES)
def test_what_is_wrong_is_refused(model: Path, rehash: Callable[..., None], name: str) -> None:
    break_it, said = BREAKAGES[name]
    break_it(model)
    rehash()
    with pytest.raises(IntegrityError, match=said) as refusal:
        ModelDirectory.open(model).check()
    assert refusal.value.exit_code == 4


@pytest.mark.parametrize("file", ["model.safetensors", "recipe.yaml", "README.md"])
def test_a_changed_byte_is_refused(model: Path, file: str) -> None:
    content = bytearray((model / file).read_bytes())
    content[-1] ^= 1
    (model / file).write_bytes(content)
    with pytest.raises(IntegrityError, match=f"{file} does not match its size and hash"):
        load(f"dir:{model}")


def test_a_missing_file(model: Path) -> None:
    (model / "recipe.yaml").unlink()
    with pytest.raises(IntegrityError, match=r"lacks recipe\.yaml"):
        load(f"dir:{model}")


def test_no_model_at_all(tmp_path: Path) -> None:
    with pytest.raises(IntegrityError, match="does not hold a model"):
        load(f"dir:{tmp_path}")


@pytest.mark.parametrize(
    "path",
    [
        "../evil.png",
        "/etc/passwd",
        "samples/../../x.png",
        "samples/.hidden.png",
        "code.py",
        "model.pkl",
        "pytorch_model.bin",
        "samples/x.py",
        "C:\\x",
        "samples//x.png",
        "a\x00b",
    ],
)
def test_no_path_leaves_the_directory(model: Path, rehash: Callable[..., None], path: str) -> None:
    assert not is_of_a_model(path)
    manifest = json.loads((model / "model.json").read_text())
    manifest["files"][path] = {"sha256": "0" * 64, "bytes": 1}
    (model / "model.json").write_text(json.dumps(manifest))
    with pytest.raises(IntegrityError, match="is not a sound manifest"):
        ModelDirectory.open(model)


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{", b"\xff\xfe", b"[" * 100_000, b"null", b'{"format": 99}', b'{"format": 1}'],
)
def test_what_is_no_manifest(model: Path, content: bytes) -> None:
    (model / "model.json").write_bytes(content)
    with pytest.raises(IntegrityError):
        ModelDirectory.open(model)


def test_a_newer_format_names_the_way_out(model: Path, rehash: Callable[..., None]) -> None:
    rehash(format=2)
    with pytest.raises(IntegrityError, match="pip install --upgrade mmgan-zoo"):
        ModelDirectory.open(model)


def test_other_weights_of_the_same_shape_do_not_verify(
    model: Path, rehash: Callable[..., None]
) -> None:
    def shift(tensors: dict[str, Any]) -> None:
        name = next(n for n in sorted(tensors) if n.startswith("generators.") and "basis" in n)
        tensors[name] *= -1

    weights(shift)(model)
    rehash()
    assert ModelDirectory.open(model).check() == ""
    with pytest.raises(IntegrityError, match="does not make the samples"):
        list(verify(model))


def test_a_number_that_is_a_lie_does_not_verify(model: Path, rehash: Callable[..., None]) -> None:
    proof = json.loads((model / "model.json").read_text())["proof"]
    proof["measured"] |= {"value": 0.999, "low": 0.99, "high": 1.0}
    rehash(proof=proof)
    with pytest.raises(IntegrityError, match="outside the recorded"):
        list(verify(model))


def test_a_proof_that_cannot_be_used(model: Path, rehash: Callable[..., None]) -> None:
    proof = json.loads((model / "model.json").read_text())["proof"]
    rehash(proof={**proof, "given": ["speaker"]})
    with pytest.raises(IntegrityError, match=r"the proof of .* cannot be used"):
        list(verify(model))


def test_what_no_name_means_is_refused(published: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(published.parent)
    assert load(published.name).name == load(Path(published.name)).name == "digits"
    for name, way in {
        "org/name": "hf:org/name",
        "ftp:x": "did you mean|choose from",
        "nothing": "hf:ORG/NAME",
    }.items():
        with pytest.raises(UsageError, match=way):
            load(name)
