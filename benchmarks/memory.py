"""Memory of the `digits` training: its peak, and whether it grows over 2,000 steps.

    python benchmarks/memory.py

Resident memory of the whole process, torch and the decoded data included, every 200 steps.
"""

from __future__ import annotations

import resource
import statistics
from pathlib import Path

import torch

from mmgan_core import load_recipe
from mmgan_core.assembly.opening import open_recipe
from mmgan_core.data.feed import open_feed
from mmgan_core.training.phases import Networks
from mmgan_core.training.processes import Processes
from mmgan_core.training.trainer import Trainer

STEPS, EVERY = 2_000, 200


def resident() -> float:
    """Resident memory in MB, from /proc."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def main() -> None:
    """Train, and print the memory as it goes."""
    recipe = load_recipe("digits")
    blueprint, source = open_recipe(recipe)
    torch.set_flush_denormal(True)
    networks = Networks(blueprint)
    feed = open_feed(blueprint, networks.gan, source, "train")
    trainer = Trainer(blueprint, networks, feed, Processes(cpu=True))
    seen = []
    for step in range(STEPS + 1):
        trainer.train_step()
        if step % EVERY == 0:
            trainer.metrics()
            seen.append(resident())
            print(f"step {step:5}: {seen[-1]:6.0f} MB", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    # The first values are left out, because caches of the kernels fill.
    early, late = statistics.mean(seen[2:5]), statistics.mean(seen[-3:])
    print(f"peak {peak:.0f} MB; from steps 400-800 to 1,600-2,000 it grew by {late - early:.1f} MB")


if __name__ == "__main__":
    main()
