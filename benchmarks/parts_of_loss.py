"""What autograd keeps in memory at most in a discriminator phase: of the whole loss, and in parts.

    python benchmarks/parts_of_loss.py

Both from one run, of the same batch and weights: one backward pass through the sum of the loss and
its penalties, R1 and R2, against one through each. Counted are the tensors that autograd saves, not
those of the double backward itself. The CPU seconds are of the phase with its backward passes.
"""

from __future__ import annotations

import argparse
import time
import weakref

import torch
from torch import Tensor

from mmgan_core.assembly.opening import open_recipe
from mmgan_core.data.feed import open_feed
from mmgan_core.recipe.reading import check
from mmgan_core.training.networks import Networks
from mmgan_core.training.phases import Phases

NETWORKS = {"image/dcgan": {"normalise": False}, "image/r3": {}}


class Kept:
    """How many bytes autograd keeps at once."""

    def __init__(self) -> None:
        self.now = self.most = 0

    def pack(self, tensor: Tensor) -> Tensor:
        """Count a tensor until nothing needs it."""
        kept = tensor.detach()
        weakref.finalize(kept, self._add, -tensor.nbytes)
        self._add(tensor.nbytes)
        return kept

    def _add(self, size: int) -> None:
        self.now += size
        self.most = max(self.most, self.now)


def _backward(loss: Tensor, *, last: bool) -> None:
    loss.backward()


def measured(network: str, size: int, batch: int, *, in_parts: bool) -> tuple[float, float]:
    """The most megabytes, and the CPU seconds."""
    penalties = [{"use": f"objectives/{name}", "weight": 0.5} for name in ("r1", "r2")]
    raw = {
        "data": "core/digits",
        "make": {
            "image": {
                "modality": {"channels": 3, "height": size, "width": size},
                "generator": "image/dcgan",
                "discriminator": {"use": network, **NETWORKS[network]},
                "loss": "objectives/relativistic",
                "penalties": penalties,
            }
        },
        "train": {"samples": batch, "batch_size": batch},
    }
    blueprint, source = open_recipe(check(raw, "benchmark"))
    networks = Networks(blueprint).train()
    phases, device = Phases(blueprint, networks), torch.device("cpu")
    data = open_feed(blueprint, networks.gan, source, "train").batch(0, 0, batch, device)
    noise = {name: torch.randn(batch, dim) for name, dim in networks.gan.noise_dims.items()}
    kept, began = Kept(), time.process_time()
    with torch.autograd.graph.saved_tensors_hooks(kept.pack, lambda tensor: tensor):
        backward = _backward if in_parts else None
        loss, _ = phases.discriminator(data, noise, step=0, samples=0, backward=backward)
        if not in_parts:
            loss.backward()
    return kept.most / 1e6, time.process_time() - began


def main() -> None:
    """Print a row for each discriminator and size."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[32, 64])
    parser.add_argument("--batch", type=int, default=16)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    print("| discriminator | pixels | at once | in parts | CPU |\n|" + " --- |" * 5)
    for network in NETWORKS:
        for size in options.sizes:
            (whole, before), (parts, after) = (
                measured(network, size, options.batch, in_parts=in_parts)
                for in_parts in (False, True)
            )
            print(
                f"| `{network}` | {size} | {whole:.0f} MB | {parts:.0f} MB ({parts / whole:.2f}) "
                f"| {before:.1f} s, {after:.1f} s |",
                flush=True,
            )


if __name__ == "__main__":
    main()
