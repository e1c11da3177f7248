"""A page for a model that was exported to ONNX: one static folder, which needs no server's code."""

from __future__ import annotations

import shutil
from importlib.resources import as_file, files
from pathlib import Path

from mmgan_core.portable.runtime import runtime

RUNTIME = "runtime"
_PAGE = "web"


def add_page(folder: Path, at_hand: Path | None = None) -> None:
    """Add a page, and the engine that runs the model in a browser, to the files of an export.

    Args:
        folder: the directory of an export to ONNX.
        at_hand: a directory that holds onnxruntime-web; see ``runtime``.

    Raises:
        UsageError: if the engine is not there.
        MmganError: if it cannot be fetched.
    """
    engine = runtime(at_hand)
    with as_file(files("mmgan_core.portable").joinpath(_PAGE)) as page:
        shutil.copytree(page, folder, dirs_exist_ok=True, copy_function=shutil.copyfile)
    (folder / RUNTIME).mkdir(exist_ok=True)
    for name, file in engine.items():
        shutil.copyfile(file, folder / RUNTIME / name)


def size_beside_runtime(folder: Path) -> int:
    """How many bytes the files of a page have beside the engine, which all pages share."""
    return sum(
        file.stat().st_size
        for file in folder.rglob("*")
        if file.is_file() and file.parent.name != RUNTIME
    )
