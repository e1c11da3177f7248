"""Sizes and times of exported models: torch, onnxruntime with 32 and 8 bits, and a browser.

    python benchmarks/portable.py --out portable [NAME ...]

Each model is exported once, which compares what onnxruntime makes with torch, and the page of the
same graph is opened in Chromium. Then all of them make samples, one thread each: batches of 1 and
of 16 (a browser: 1), everything given. Times are of the processor, so that other programs on the
machine count less; those of one model are measured one right after the other, and the load average
of the machine stands in the last column. It prints the rows of the table of docs/results.md.

Graphs of 8 bits are written whether or not the export keeps them; "kept" says what it decides.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import in_a_browser
import numpy as np
import torch

from mmgan_core import load
from mmgan_core.inference.model import Model
from mmgan_core.portable import onnx_format
from mmgan_core.portable.feeding import fed_of
from mmgan_core.portable.page import size_beside_runtime, turn_into_page
from mmgan_core.portable.parity import difference, read_cases
from mmgan_core.portable.runtime import runtime
from mmgan_core.portable.sampler import Sampler
from mmgan_core.portable.written import PARITY, why_dropped, write
from mmgan_core.zoo.loading import folder_of, opened
from mmgan_onnx import load_onnx

MODELS = (
    "tiny-dense",
    "digits-unconditional",
    "digits",
    "digits-28",
    "digits-repair",
    "vocoder",
    "speech",
    "synopses-likelihood",
    "synopses-latent-small",
    "emoji-repair",
    "emoji",
)
_REPEATS = 15
_COUNTS = (1, 16)
_HEAD = (
    "model | torch, MB | ONNX, MB | page, MB | 8 bits, MB | its mean difference | kept "
    "| torch, ms | ONNX, ms | 8 bits, ms | browser, ms | torch, 16 | ONNX, 16 | load"
)


def main() -> None:
    """Print a table of Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=list(MODELS))
    parser.add_argument("--out", type=Path, required=True, help="the folder of the exports")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    print(f"| {_HEAD} |")
    print("| --- |" + " ---: |" * _HEAD.count("|"))
    for name in asked.names:
        print(f"| {' | '.join(_row(name, asked.out))} |", flush=True)


def _row(name: str, out: Path) -> list[str]:
    model, folder = load(name), out / f"{name}-onnx"
    if not folder.exists():
        given = opened(name).manifest.given
        examples = {entry: takes.example for entry, takes in given.items() if takes.example}
        write(model, folder, "onnx", examples=examples)
    said = json.loads((folder / onnx_format.DESCRIPTION).read_text())
    graph = folder / onnx_format.GRAPH
    with tempfile.TemporaryDirectory() as scratch:
        small = _small(folder, Path(scratch) / "small")
        page = Path(scratch) / "page"
        shutil.copytree(folder, page)
        turn_into_page(page, runtime())
        file = small / onnx_format.GRAPH
        mean = difference(onnx_format.engine_of(file), read_cases(folder / PARITY))[1]
        dropped = why_dropped(mean, file, graph)
        times = _times(model, folder, small)
        browser = in_a_browser.measured(page).processor
        weights = sum(one.stat().st_size for one in folder_of(name).rglob("model.safetensors"))
        sizes = (weights, graph.stat().st_size, size_beside_runtime(page), file.stat().st_size)
    ones = [*(times[kind, 1] for kind in ("torch", "onnx", "small")), statistics.median(browser)]
    many = [times[kind, 16] for kind in ("torch", "onnx")]
    assert said["parity"]["float32"] <= said["parity"]["tolerance"]
    return [
        f"`{name}`",
        *(f"{size / 1e6:.1f}" for size in sizes),
        f"{mean:.1g}",
        "no" if dropped else "yes",
        *(f"{number:.1f}" for number in (*ones, *many)),
        f"{os.getloadavg()[0]:.0f}",
    ]


def _small(folder: Path, to: Path) -> Path:
    """The same export, whose graph is of 8-bit numbers."""
    shutil.copytree(folder, to)
    onnx_format.write_small(folder / onnx_format.GRAPH, to / onnx_format.GRAPH)
    return to


def _times(model: Model, folder: Path, small: Path) -> dict[tuple[str, int], float]:
    """Milliseconds of the processor for a sample, by what makes it and the size of the batch."""
    sampler = Sampler(model).eval()
    engines = {kind: load_onnx(of, threads=1) for kind, of in (("onnx", folder), ("small", small))}

    def run_torch(fed: dict[str, torch.Tensor]) -> None:
        with torch.no_grad():
            sampler(fed)

    found = {}
    for count in _COUNTS:
        fed = fed_of(sampler, count, 0, tuple(sampler.readings))
        arrays = {name: tensor.numpy() for name, tensor in fed.items()}
        runs: dict[str, Callable[[], object]] = {
            "torch": lambda fed=fed: run_torch(fed),  # type: ignore[misc]
            **{
                kind: lambda engine=engine, arrays=arrays: engine.run(arrays)  # type: ignore[misc]
                for kind, engine in engines.items()
            },
        }
        spent: dict[str, list[float]] = {kind: [] for kind in runs}
        for _ in range(_REPEATS + 1):  # in turns, and the first one does not count
            for kind, run in runs.items():
                started = time.process_time()
                run()
                spent[kind].append(1000 * (time.process_time() - started) / count)
        found |= {(kind, count): float(np.median(all_[1:])) for kind, all_ in spent.items()}
    return found


if __name__ == "__main__":
    main()
