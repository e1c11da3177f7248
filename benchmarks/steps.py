"""Training steps of a recipe in two source trees: the ratio of their processor time.

    git worktree add ../before 9c4d2b4
    python benchmarks/steps.py digits-28 --before ../before
    python benchmarks/steps.py speech --before ../before --before-recipe OLD.yaml

A process for each tree, on one thread; they take turns, so that what else the machine does hits
both. A round is as many whole steps as the laziest penalty needs. Every step trains on the first
rows of the data, which are loaded once: what a feed costs is left out.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
from pathlib import Path

WORKER = r"""
import sys, time
import torch
torch.set_num_threads(1)
torch.set_flush_denormal(True)
try:
    from mmgan_core import load_recipe
except ImportError:
    from mmgan_core.recipe_file import load_recipe
from mmgan_core.data.feed import Batch
from mmgan_core.training.processes import Processes
from mmgan_core.training.trainer import Trainer
try:
    from mmgan_core.assembly.opening import open_recipe
except ImportError:
    from mmgan_core.training.run import catalogue, draw_up, open_source
    def open_recipe(recipe):
        source = open_source(recipe.data.model_dump(), catalogue())
        return draw_up(recipe, catalogue(), source.tables("train")), source
try:
    from mmgan_core.training.networks import Networks
except ImportError:
    from mmgan_core.training.phases import Players as Networks
try:
    from mmgan_core.zoo.loading import frozen_model
    more = (frozen_model,)
except ImportError:
    more = ()

class Same:
    # The same rows in every batch.
    def __init__(self, batch):
        self.one = batch
    def batch(self, phase, start, count, device):
        return self.one

recipe = load_recipe(sys.argv[1])
blueprint, source = open_recipe(recipe, *more)
networks = Networks(blueprint)
gan, count = networks.gan, recipe.train.batch_size
tables = source.tables("train")

def rows(column):
    table = next(one for one in tables if column in one.columns)
    return table.values(column, list(range(count)))

given = {n: dict(gan.encoder(n).prepare(rows(p.column))) for n, p in blueprint.given.items()}
real = {}
for n, p in blueprint.make.items():
    modality = blueprint.modalities[n]
    sample = modality.to_sample(modality.prepare(rows(p.column)))
    real[n] = sample.contiguous(memory_format=torch.channels_last) if sample.dim() == 4 else sample
trainer = Trainer(blueprint, networks, Same(Batch(given, real, torch.arange(count) % 10)),
                  Processes(cpu=True))
trainer.samples = int(sys.argv[2])
sys.stdout.write("ready\n"); sys.stdout.flush()
for line in sys.stdin:
    began = time.process_time()
    for _ in range(int(line)):
        trainer.train_step()
    sys.stdout.write(f"{time.process_time() - began}\n"); sys.stdout.flush()
"""


class Tree:
    """A process that trains with the code of one source tree, when it is asked."""

    def __init__(self, root: Path, recipe: str, samples: int) -> None:
        sources = [str(root), *(str(one) for one in sorted(root.glob("plugins/*/src")))]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sources), "OMP_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", WORKER, recipe, str(samples)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self._answer("ready")

    def seconds(self, steps: int) -> float:
        """The processor time of a step, over so many steps."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{steps}\n")
        self._process.stdin.flush()
        return float(self._answer()) / steps

    def _answer(self, wanted: str = "") -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if not wanted or line.strip() == wanted:
                return line
        raise SystemExit("a tree cannot train this recipe: see above")

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()


def main() -> None:
    """Print the row of a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("recipe")
    parser.add_argument("--before", type=Path, required=True, help="the other source tree")
    parser.add_argument("--before-recipe", help="its recipe; default: the same name")
    parser.add_argument("--samples", type=int, default=20_000, help="what training has seen before")
    parser.add_argument("--steps", type=int, default=16, help="steps of a round")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    now = Tree(Path(__file__).parents[1], options.recipe, options.samples)
    before = Tree(options.before, options.before_recipe or options.recipe, options.samples)
    times: dict[Tree, list[float]] = {before: [], now: []}
    for tree in times:
        tree.seconds(options.steps)
    for turn in range(options.rounds):
        for tree in (before, now) if turn % 2 else (now, before):
            times[tree].append(tree.seconds(options.steps))
    one, other = (statistics.median(times[tree]) for tree in (before, now))
    ratios = [b / a for a, b in zip(times[before], times[now], strict=True)]
    print(
        f"| {options.recipe} | {1e3 * one:.0f} ms | {1e3 * other:.0f} ms | {other / one:.2f} "
        f"({min(ratios):.2f}-{max(ratios):.2f}) |"
    )
    for tree in times:
        tree.end()


if __name__ == "__main__":
    main()
