"""A page for a model: one static folder, in which a browser runs it without any server's code."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path

from mmgan_core.errors import UsageError
from mmgan_core.foundation.files import atomically, file_hash
from mmgan_core.inference.model import Model
from mmgan_core.portable.halves import store_halves
from mmgan_core.portable.onnx_format import DESCRIPTION, GRAPH
from mmgan_core.portable.runtime import runtime
from mmgan_core.portable.written import PARITY, write

WEB = "web"
RUNTIME = "runtime"


def write_page(
    model: Model,
    folder: Path,
    *,
    at_hand: Path | None = None,
    examples: Mapping[str, str] | None = None,
) -> Path:
    """Write the page of a model, with the model as a graph of ONNX and the engine that runs it.

    Args:
        model: the model, on the CPU.
        folder: the folder to write; it must not exist yet.
        at_hand: a directory that holds onnxruntime-web; see ``runtime``.
        examples: a value for given entries, for people to try.

    Returns:
        The folder.

    Raises:
        UsageError: if the folder exists, a component says that it cannot be exported, or the engine
            is not there.
        MmganError: if the engine cannot be fetched, or the graph makes something else than torch.
    """
    if folder.exists():
        raise UsageError(f"{folder} exists already", hint="name another folder, or remove it")
    engine = runtime(at_hand)  # before the model is traced, which takes longer
    with atomically(folder) as beside:
        write(model, beside, "onnx", examples=examples)
        turn_into_page(beside, engine)
    return folder


def turn_into_page(folder: Path, engine: Mapping[str, Path]) -> None:
    """Add a page to a folder that ``write`` wrote in the format ``onnx``.

    Args:
        engine: the files of onnxruntime-web, by name; see ``runtime``.
    """
    store_halves(folder / GRAPH)
    _describe_again(folder)
    with as_file(files("mmgan_core.portable").joinpath(WEB)) as page:
        shutil.copytree(page, folder, dirs_exist_ok=True, copy_function=shutil.copyfile)
    for name, file in engine.items():
        shutil.copyfile(file, folder / RUNTIME / name)


def size_beside_runtime(folder: Path) -> int:
    """How many bytes the files of a page have beside the engine, which all pages share."""
    return sum(
        file.stat().st_size
        for file in folder.rglob("*")
        if file.is_file() and file.parent.name != RUNTIME
    )


def _describe_again(folder: Path) -> None:
    """Describe the smaller graph, without what was compared, which is of no use to a page."""
    file = folder / DESCRIPTION
    said = json.loads(file.read_text(encoding="utf-8"))
    (folder / PARITY).unlink()
    del said["files"][PARITY]
    graph = folder / GRAPH
    said["files"][GRAPH] = {"sha256": file_hash(graph), "bytes": graph.stat().st_size}
    file.write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
