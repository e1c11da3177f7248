"""The description of an exported model, `onnx.json`, and the files that it names."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, TypeAlias

from mmgan_onnx.errors import OnnxError

NAME = "onnx.json"
_FORMAT = 1
_LARGEST = 8_000_000
Plain: TypeAlias = dict[str, Any]
"""A mapping of plain data, read by keys that only its reader knows."""


def read_description(folder: Path) -> Plain:
    """Read the description in a folder.

    Raises:
        OnnxError: if there is none, or one that cannot be used.
    """
    file = folder / NAME
    if not file.is_file():
        raise OnnxError(
            f"{folder} holds no exported model: there is no {NAME}",
            hint="write one: mmgan-zoo export NAME --format onnx --out DIR",
        )
    try:
        if file.stat().st_size > _LARGEST:
            raise ValueError("it is too large")
        said: Plain = json.loads(file.read_text(encoding="utf-8"))
        version, files = said["format"], said["files"]
        missing = [name for name in files if not (folder / name).is_file()]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OnnxError(f"{file} cannot be read: {error}", hint="export the model again") from error
    if version != _FORMAT:
        raise OnnxError(f"{file} is of format {version}", hint="pip install --upgrade mmgan-onnx")
    odd = [name for name in files if Path(name).name != name]
    if odd or missing:
        raise OnnxError(f"{folder}: {(odd or missing)[0]} is missing", hint="export it again")
    return said


def refuse_other_hashes(folder: Path, said: Plain) -> int:
    """Compare all files with their recorded hashes; return their size in bytes.

    Raises:
        OnnxError: names the first file that differs.
    """
    size = 0
    for name, recorded in said["files"].items():
        content = (folder / name).read_bytes()
        size += len(content)
        if hashlib.sha256(content).hexdigest() != recorded["sha256"]:
            raise OnnxError(
                f"{folder / name} has another hash than {NAME} says", hint="export it again"
            )
    return size


def text_file(folder: Path, said: Plain, name: str) -> str:
    """The content of a file that the description lists.

    Raises:
        OnnxError: if it lists no such file.
    """
    if name not in said["files"]:
        raise OnnxError(f"{folder}: {NAME} does not list {name!r}", hint="export it again")
    return (folder / name).read_text(encoding="utf-8")
