"""Checks a folder that was written for another engine: its hashes, and what the engine makes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from mmgan_core.errors import IntegrityError
from mmgan_core.foundation.files import file_hash
from mmgan_core.foundation.plain import Plain
from mmgan_core.portable import onnx_format, torch_format
from mmgan_core.portable.parity import Engine, difference, read_cases
from mmgan_core.portable.written import PARITY, SMALL_TOLERANCE, TOLERANCE

_LARGEST = 8_000_000
_ENGINES: dict[str, tuple[str, Callable[[Path], Engine]]] = {
    onnx_format.DESCRIPTION: (onnx_format.GRAPH, onnx_format.engine_of),
    torch_format.DESCRIPTION: (torch_format.PROGRAM, torch_format.engine_of),
}


def is_written(folder: Path) -> bool:
    """Whether a folder was written for another engine."""
    return any((folder / name).is_file() for name in _ENGINES)


def check(folder: Path) -> Iterator[tuple[str, str]]:
    """Check such a folder; yield what was checked, and with what result.

    Raises:
        IntegrityError: at the first check that fails.
    """
    name = next(name for name in _ENGINES if (folder / name).is_file())
    main, engine_of = _ENGINES[name]
    said = _described(folder / name)
    files = said["files"]
    for file, recorded in files.items():
        if Path(file).name != file or not (folder / file).is_file():
            raise IntegrityError(f"{folder}: {file} is missing", hint="export the model again")
        if file_hash(folder / file) != recorded["sha256"]:
            raise IntegrityError(
                f"{folder / file} has another hash than {name} says", hint="export the model again"
            )
    size = sum((folder / file).stat().st_size for file in files)
    yield "files", f"{len(files)} files, {size:,} bytes, all hashes as recorded"
    try:
        cases = read_cases(folder / PARITY)
    except Exception as error:  # what a damaged archive raises cannot be listed
        raise IntegrityError(f"{folder / PARITY} cannot be read: {str(error)[:200]}") from error
    if not cases or main not in files or PARITY not in files:
        raise IntegrityError(f"{folder} records nothing to compare", hint="export the model again")
    worst, _ = difference(engine_of(folder / main), cases)
    if not worst <= TOLERANCE:  # not a number is no agreement
        raise IntegrityError(
            f"{folder} does not make what torch made: they differ by {worst:.2g}, and the "
            f"tolerance is {TOLERANCE:g}",
            hint="export the model again, or use the version of the engine that it was made with",
        )
    rows = sum(len(case.made[0]) for case in cases)
    yield (
        "samples",
        f"{rows} samples made again, differing by {worst:.1g} (tolerance {TOLERANCE:g})",
    )
    small = said.get("int8")
    if small:
        mean = difference(engine_of(folder / onnx_format.SMALL), cases)[1]
        if not mean <= SMALL_TOLERANCE:
            raise IntegrityError(f"{folder / onnx_format.SMALL}: samples differ by {mean:.2g}")
        yield "int8", f"samples differ by {mean:.1g} on average (tolerance {SMALL_TOLERANCE:g})"


def _described(file: Path) -> Plain:
    try:
        if file.stat().st_size > _LARGEST:
            raise ValueError("it is too large")
        said = json.loads(file.read_text(encoding="utf-8"))
        recorded = {str(name): {"sha256": str(of["sha256"])} for name, of in said["files"].items()}
        return {"files": recorded, "int8": said.get("int8")}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise IntegrityError(f"{file} cannot be read: {error}", hint="export it again") from error
