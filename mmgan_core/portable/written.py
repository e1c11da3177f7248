"""Writes a trained model into a folder for another engine, and compares what both make."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmgan_core.contracts import Reading, Showing
from mmgan_core.errors import IntegrityError, UsageError
from mmgan_core.foundation.files import atomically, file_hash
from mmgan_core.foundation.plain import Plain
from mmgan_core.inference.model import Model
from mmgan_core.portable import onnx_format, torch_format
from mmgan_core.portable.described import description
from mmgan_core.portable.parity import Case, cases_of, difference, write_cases
from mmgan_core.portable.program import program_of
from mmgan_core.portable.sampler import Sampler

PARITY = "parity.npz"
FORMATS = ("onnx", "torch")
TOLERANCE = 0.01
"""The largest difference of what torch and another engine make, of numbers from -1 to 1.

About a grey level of 256. Pictures come nearly a thousand times as near; but encoders round what
they hear to half precision, where a sum in another order may round to the other side, and a vocoder
divides by magnitudes near 0.
"""
SMALL_TOLERANCE = 0.01
"""The largest mean difference of 8-bit numbers: about a grey level of 256."""


@dataclass(frozen=True)
class Written:
    """What was written.

    Attributes:
        folder: the folder.
        said: the description, as the folder has it.
        dropped: why there is no graph of 8-bit numbers although one was asked for.
    """

    folder: Path
    said: Plain
    dropped: str = ""


def write(
    model: Model,
    folder: Path,
    format: str,
    *,
    int8: bool = False,
    examples: Mapping[str, str] | None = None,
) -> Written:
    """Write a model for another engine.

    Args:
        model: the model, on the CPU.
        folder: the folder to write; it must not exist yet.
        format: one of ``FORMATS``.
        int8: whether to write a graph of 8-bit numbers too, if it makes nearly the same.
        examples: a value for given entries, for people to try.

    Raises:
        UsageError: if the folder exists, or a component says that it cannot be exported.
        IntegrityError: if the other engine makes something else.
    """
    if int8 and format != "onnx":
        raise UsageError("--int8 is of the format onnx", hint="add --format onnx")
    if format not in FORMATS:
        raise UsageError(
            f"there is no format {format!r}", hint=f"choose from: {', '.join(FORMATS)}"
        )
    if folder.exists():
        raise UsageError(f"{folder} exists already", hint="name another folder, or remove it")
    sampler = Sampler(model).eval()
    program = program_of(sampler)
    said = description(model, sampler, examples or {})
    cases = cases_of(sampler, examples)
    dropped = ""
    with atomically(folder) as beside:
        beside.mkdir()
        files = _files(sampler)
        for name, content in files.items():
            (beside / name).write_bytes(content)
        parity: dict[str, float | None] = {"tolerance": TOLERANCE}
        if format == "torch":
            file = beside / torch_format.PROGRAM
            torch_format.write_program(program, file)
            engine = torch_format.engine_of(file, just_written=True)
            parity["float32"] = _refused_unlike(engine, cases, model.name)
            said["program"] = torch_format.PROGRAM
        else:
            graph = beside / onnx_format.GRAPH
            onnx_format.write_graph(program, sampler, graph)
            parity["float32"] = _refused_unlike(onnx_format.engine_of(graph), cases, model.name)
            said |= {"graph": onnx_format.GRAPH, "int8": None}
            parity["int8"] = None
            if int8:
                small = beside / onnx_format.SMALL
                onnx_format.write_small(graph, small)
                mean = difference(onnx_format.engine_of(small), cases)[1]
                dropped = why_dropped(mean, small, graph)
                if dropped:
                    small.unlink()
                else:
                    parity["int8"] = mean
                    said["int8"] = onnx_format.SMALL
        write_cases(cases, beside / PARITY)
        said["outputs"] = {
            f"made.{name}": {"dtype": str(made.dtype), "shape": ["batch", *made.shape[1:]]}
            for name, made in zip(sampler.made, cases[0].made, strict=True)
        }
        said["parity"] = parity
        said["files"] = {
            file.name: {"sha256": file_hash(file), "bytes": file.stat().st_size}
            for file in sorted(beside.iterdir())
        }
        name = torch_format.DESCRIPTION if format == "torch" else onnx_format.DESCRIPTION
        text = json.dumps(said, indent=2, ensure_ascii=False)
        (beside / name).write_text(text + "\n", encoding="utf-8")
    return Written(folder, said, dropped)


def _files(sampler: Sampler) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    parts: list[Reading | Showing] = [*sampler.readings.values(), *sampler.repairs.values()]
    for part in [*parts, *sampler.showings.values()]:
        for name, content in part.files.items():
            if found.setdefault(name, content) != content:
                raise UsageError(
                    f"two entries need another file of the name {name}",
                    hint="give both entries the same options",
                )
    return found


def _refused_unlike(engine: object, cases: Sequence[Case], name: str) -> float:
    worst, _ = difference(engine, cases)  # type: ignore[arg-type]
    if not worst <= TOLERANCE:  # not a number is no agreement
        raise IntegrityError(
            f"what was exported of {name} makes other samples than torch: they differ by up to "
            f"{worst:.2g}, and the tolerance is {TOLERANCE:g}",
            hint="a component does not do the same when it is traced; use --engine torch",
        )
    return worst


def why_dropped(mean: float, small: Path, graph: Path) -> str:
    """Why a graph of 8-bit numbers is left out; "" if it is kept."""
    if not mean <= SMALL_TOLERANCE:
        return (
            f"8-bit numbers were left out: samples would differ by {mean:.2g} on average, and "
            f"{SMALL_TOLERANCE:g} is the most"
        )
    if small.stat().st_size > 0.9 * graph.stat().st_size:
        return "8-bit numbers were left out: they would save less than a tenth of the size"
    return ""
