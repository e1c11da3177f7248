"""The cost of a step of each network of pictures on the CPU: samples a second, memory, parameters.

    python benchmarks/networks.py --out benchmarks/networks.json   # 32, 64, 128 pixels, 16 at once

All installed generators and discriminators of pictures are measured, with their default options,
three channels and a condition of 64 numbers; a step is a forward and a backward pass. Each runs in
a process of its own; its peak memory is counted beyond that of the libraries.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mmgan_core.spec import Kind

CONDITION = 64
# Options of networks that by default need a download.
OPTIONS: dict[str, dict[str, object]] = {
    "image/projected": {"model": "resnet18", "pretrained": False, "untrained": True},
}


def kinds() -> list[tuple[Kind, str]]:
    """Kind and id of every network of pictures."""
    from mmgan_core.plugins.catalogue import catalogue

    return [
        (kind, spec.id)
        for kind, spec in catalogue()
        if kind in ("generator", "discriminator") and spec.fits("image")
    ]


def measure(kind: Kind, name: str, size: int, batch: int, threads: int) -> dict[str, float]:
    """Seconds of a step, peak memory in MB beyond the libraries, and number of parameters."""
    import torch

    from mmgan_core.contracts import Condition, ConditionSpace, Masked, SampleSpace
    from mmgan_core.plugins.catalogue import catalogue

    torch.set_num_threads(threads)
    torch.set_flush_denormal(True)
    cls = catalogue().load(kind, name)
    space = SampleSpace("image", (3, size, size))
    condition = ConditionSpace(dim=CONDITION)
    condition = Condition(torch.randn(batch, CONDITION))
    if catalogue().get(kind, name).repairs:
        condition = ConditionSpace(dim=CONDITION, mask_shape=(1, size, size))
        known = Masked.nothing(space, (1, size, size), condition.pooled)
        condition = Condition(condition.pooled, masked=known)
    network = cls(cls.Options(**OPTIONS.get(name, {})), space, condition)
    network.to(memory_format=torch.channels_last)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    times = []
    for _ in range(8):
        began = time.perf_counter()
        if kind == "generator":
            out = network(torch.randn(batch, network.noise_dim), condition)
        else:
            out = network(torch.randn(batch, 3, size, size), condition).logits
        out.square().mean().backward()
        times.append(time.perf_counter() - began)
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / 1e6
    return {
        "seconds": statistics.median(times[2:]),
        "megabytes": peak,
        "parameters": sum(p.numel() for p in network.parameters()),
    }


def main() -> None:
    """Measure each in a process of its own, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[32, 64, 128])
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", type=Path, help="write the rows as JSON too")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(*options.one, options.sizes[0], options.batch, options.threads)))
        return
    print("| | network | pixels | parameters | samples a second | peak memory |")
    print("| --- | --- | --- | --- | --- | --- |")
    rows = []
    for kind, name in kinds():
        for size in options.sizes:
            said = subprocess.run(
                [
                    sys.executable,
                    __file__,
                    "--one",
                    kind,
                    name,
                    "--sizes",
                    str(size),
                    "--batch",
                    str(options.batch),
                    "--threads",
                    str(options.threads),
                ],
                capture_output=True,
                text=True,
            )
            if said.returncode:
                print(
                    f"| {kind} | `{name}` | {size} | {said.stderr.strip().splitlines()[-1]} | | |"
                )
                continue
            found = json.loads(said.stdout)
            rate = options.batch / found["seconds"]
            print(
                f"| {kind} | `{name}` | {size} | {found['parameters']:,} "
                f"| {rate:,.0f} | {found['megabytes']:.0f} MB |",
                flush=True,
            )
            rows.append(
                {
                    "kind": kind,
                    "id": name,
                    "size": size,
                    "rate": round(rate, 1),
                    "parameters": found["parameters"],
                    "megabytes": round(found["megabytes"]),
                }
            )
    if options.out:
        whole = {"batch": options.batch, "threads": options.threads, "rows": rows}
        options.out.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
