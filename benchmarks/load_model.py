"""The time of `load` and a first sample, against bare torch with the same weights.

    python benchmarks/load_model.py MODEL

Bare torch reads the file with safetensors, puts the weights into the modules, and calls the
generator once. Imports come before and are timed apart. Wanted: at most 1.3 times.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path


def main() -> None:
    """Load and sample in turns, and print the medians."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model", type=Path)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    began = time.perf_counter()
    import torch
    from safetensors.torch import load_file

    torch_alone = time.perf_counter() - began
    import mmgan_core as mmgan
    from mmgan_core.zoo.directory import ModelDirectory

    directory = ModelDirectory.open(options.model)
    blueprint = directory.blueprint()
    mmgan.load(f"dir:{options.model}").generate(count=1)
    everything = time.perf_counter() - began

    @torch.no_grad()
    def bare() -> None:
        gan = blueprint.build(discriminators=False)
        gan.load_state_dict(load_file(options.model / "model.safetensors"))
        like = torch.zeros(1)
        condition = gan.eval().fuse({}, {}, like=like)
        noise = {n: torch.randn(1, gan.generator(n).noise_dim) for n in gan.generators}
        for name, sample in gan.make(noise, condition).items():
            gan.modalities[name].present(sample.clamp(-1, 1))

    def ours() -> None:
        samples = mmgan.load(f"dir:{options.model}").generate(count=1)
        dict(samples)  # values are decoded when they are asked for

    times: dict[str, list[float]] = {"bare": [], "ours": []}
    for _ in range(options.rounds):
        for name, way in (("bare", bare), ("ours", ours)):
            start = time.perf_counter()
            way()
            times[name].append(time.perf_counter() - start)
    one, other = (statistics.median(times[name]) for name in ("bare", "ours"))
    print(f"imports: torch {torch_alone:.2f} s, with ours and the first use {everything:.2f} s")
    print(f"bare {one * 1e3:.1f} ms, ours {other * 1e3:.1f} ms: {other / one:.2f} times")


if __name__ == "__main__":
    main()
