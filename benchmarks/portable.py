"""Sizes and times of models in other engines: torch, a program of torch.export, ONNX, 8-bit ONNX.

    python benchmarks/portable.py --out portable [NAME ...]

Every model is exported into both formats (which compares what they make with torch), and then makes
samples: one in a new process, from nothing to a written file, and batches of 1 and 16 in a process
that has loaded it, with one thread. It prints the rows of the table of docs/results.md.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

MODELS = (
    "tiny-dense",
    "digits-unconditional",
    "digits",
    "digits-28",
    "digits-repair",
    "vocoder",
    "speech",
    "synopses-likelihood",
    "emoji-repair",
    "emoji",
)
_REPEATS = 9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(MODELS))
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    print("| model | | MB | largest difference | batch 1, ms | batch 16, ms a sample | export, s |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for name in asked.names:
        for line in _rows(name, asked.out):
            print(line, flush=True)


def _rows(name: str, out: Path) -> list[str]:
    import torch

    from mmgan_core import load
    from mmgan_core.portable.feeding import fed_of
    from mmgan_core.portable.onnx_format import engine_of
    from mmgan_core.portable.sampler import Sampler
    from mmgan_core.zoo.loading import folder_of

    torch.set_num_threads(1)
    took = {}
    for format in ("torch", "onnx"):
        if not (out / f"{name}-{format}").exists():
            started = time.monotonic()
            more = ["--int8"] if format == "onnx" else []
            command = [sys.executable, "-m", "mmgan_core.cli.main", "export", name, *more]
            subprocess.run(
                [*command, "--format", format, "--out", str(out / f"{name}-{format}")],
                check=True,
                stdout=subprocess.DEVNULL,
            )
            took[format] = time.monotonic() - started
    sampler = Sampler(load(name)).eval()

    def run_torch(fed: dict[str, torch.Tensor]) -> object:
        with torch.no_grad():
            return sampler(fed)

    said = json.loads((out / f"{name}-onnx" / "onnx.json").read_text())
    program = json.loads((out / f"{name}-torch" / "torch.json").read_text())
    folder = folder_of(name)
    weights = sum(file.stat().st_size for file in folder.rglob("model.safetensors"))
    found = [_row(name, "torch", weights, None, _times(sampler, fed_of, run_torch), None)]
    size = program["files"]["model.pt2"]["bytes"]
    found.append(
        _row("", "torch.export", size, program["parity"]["float32"], None, took.get("torch"))
    )
    os.environ["OMP_NUM_THREADS"] = "1"
    for key, kind, number in (
        ("graph", "ONNX", said["parity"]["float32"]),
        ("int8", "ONNX, 8 bits", said["parity"]["int8"]),
    ):
        if said[key] is None:
            found.append(f"| | {kind} | left out | | | | |")
            continue
        engine = engine_of(out / f"{name}-onnx" / said[key])

        def run(fed: dict[str, torch.Tensor], engine=engine) -> object:  # type: ignore[no-untyped-def]
            return engine({key: tensor.numpy() for key, tensor in fed.items()})

        size = said["files"][said[key]]["bytes"]
        times = _times(sampler, fed_of, run)
        found.append(
            _row("", kind, size, number, times, took.get("onnx") if key == "graph" else None)
        )
    return found


def _times(sampler, fed_of, run) -> tuple[float, float]:  # type: ignore[no-untyped-def]
    """Milliseconds a sample, in batches of 1 and of 16."""
    found = []
    for count in (1, 16):
        fed = fed_of(sampler, count, 0, tuple(sampler.readings))
        run(fed)
        times = []
        for _ in range(_REPEATS):
            started = time.perf_counter()
            run(fed)
            times.append(1000 * (time.perf_counter() - started) / count)
        found.append(statistics.median(times))
    return found[0], found[1]


def _row(
    name: str,
    kind: str,
    size: int,
    apart: float | None,
    times: tuple[float, float] | None,
    took: float | None,
) -> str:
    shown = "" if apart is None else f"{apart:.1g}"
    one, many = ("", "") if times is None else (f"{times[0]:.1f}", f"{times[1]:.1f}")
    seconds = "" if took is None else f"{took:.0f}"
    return f"| {name} | {kind} | {size / 1e6:.1f} | {shown} | {one} | {many} | {seconds} |"


if __name__ == "__main__":
    main()
