"""Measures memory and time of data that are read while training, and of data prepared before it.

    python benchmarks/streams.py                                # streamed, 1 and 10 million rows
    python benchmarks/streams.py --prepared                     # prepared before training

Rows are synthetic and small: a label and four numbers, in Parquet files of a million rows, sorted
by label, in row groups of 16,384. Each number is of a process of its own: the seconds until
training could begin, the first time and again; the seconds that 1,000 steps of a small GAN with
batches of 64 took all processors; and the largest resident memory of the process. What is prepared
is one number a row, which is written to the cache.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

SHARD, GROUP, STEPS, BATCH = 1_000_000, 16_384, 1_000, 64
CLASSES = tuple("abcdefgh")


def write(folder: Path, rows: int) -> None:
    """Write the rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir(parents=True)
    for number, start in enumerate(range(0, rows, SHARD)):
        at = np.arange(start, min(rows, start + SHARD))
        label = at * len(CLASSES) // rows
        random = np.random.Generator(np.random.PCG64([rows, number]))
        x = random.integers(0, 16, (len(at), 4)).astype(np.float32)
        x[:, 0] = label
        columns = {
            "x": pa.FixedSizeListArray.from_arrays(pa.array(x.ravel()), 4),
            "label": np.array(CLASSES)[label],
        }
        pq.write_table(
            pa.table(columns), folder / f"train-{number:04}.parquet", row_group_size=GROUP
        )


def recipe(folder: Path) -> dict[str, object]:
    """A small GAN of the numbers, given the label."""
    encoder = {"use": "core/label-embedding", "dim": 8}
    return {
        "data": {"use": f"parquet:{folder}", "streamed": True},
        "given": {"label": {"modality": "core/label", "encoder": encoder}},
        "make": {
            "x": {
                "modality": {"use": "core/vector", "low": [0] * 4, "high": [16] * 4},
                "generator": "core/dense",
                "discriminator": "core/dense",
                "loss": "objectives/hinge",
            }
        },
        "train": {"samples": STEPS * BATCH, "batch_size": BATCH},
    }


def measure(folder: Path, steps: int) -> dict[str, float]:
    """Open and train in this process."""
    import torch

    from mmgan_core.assembly.opening import open_recipe
    from mmgan_core.data.feed import open_feed
    from mmgan_core.recipe.reading import check
    from mmgan_core.training.networks import Networks
    from mmgan_core.training.processes import Processes
    from mmgan_core.training.trainer import Trainer

    torch.manual_seed(0)
    began, before = time.process_time(), peak()
    blueprint, source = open_recipe(check(recipe(folder), "streams"))
    networks = Networks(blueprint)
    feed = open_feed(blueprint, networks.gan, source, "train")
    opened = time.process_time()
    trainer = Trainer(blueprint, networks, feed, Processes(cpu=True))
    for _ in range(steps):
        trainer.train_step()
    return {
        "open": opened - began,
        "steps": time.process_time() - opened,
        "before": before,
        "peak": peak(),
    }


class Rows:
    """So many rows of a label and a number, which are in no memory."""

    def __init__(self, count: int) -> None:
        from mmgan_core.contracts import Column

        self.count, self.digest = count, str(count)
        self.columns = {"label": Column("label"), "n": Column("n")}

    def __len__(self) -> int:
        return self.count

    def values(self, column: str, rows: Sequence[int]) -> list[object]:
        """The labels, or the numbers as bytes: equal ones are not looked for among these."""
        if column == "label":
            return [CLASSES[row % len(CLASSES)] for row in rows]
        return [row.to_bytes(8, "little") for row in rows]

    def where(self, row: int) -> str:
        """The number of the row."""
        return f"row {row}"


def measure_preparing(rows: int) -> dict[str, float]:
    """Prepare both columns in this process, and take a batch of them."""
    import torch

    from mmgan_core.data.prepared import PreparedColumn, prepare_column

    def prepare(values: Sequence[object]) -> dict[str, torch.Tensor]:
        return {"n": torch.tensor([len(str(value)) for value in values])}

    def columns(rows: int) -> list[PreparedColumn]:
        table = Rows(rows)
        return [
            prepare_column(table, name, prepare, "k", in_workers=False) for name in table.columns
        ]

    columns(100)
    began, before = time.process_time(), peak()
    found = columns(rows)
    opened = time.process_time()
    for column in found:
        column.take(np.arange(0, rows, rows // BATCH))
    return {"open": opened - began, "steps": 0.0, "before": before, "peak": peak()}


def peak() -> float:
    """The largest resident memory of this process so far, in MB."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**20 if sys.platform == "darwin" else 2**10)


def measured(cache: Path, *flags: str) -> dict[str, float]:
    """Measure in a process of its own."""
    found = subprocess.run(
        [sys.executable, __file__, *flags],
        env={**os.environ, "MMGAN_CACHE": str(cache)},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    said: dict[str, float] = json.loads(found.stdout.splitlines()[-1])
    return said


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--prepared", action="store_true", help="prepare all rows before training")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--opening", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--measure-preparing", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure or arguments.measure_preparing:
        rows = arguments.measure_preparing
        steps = STEPS * (not arguments.opening)
        print(json.dumps(measure_preparing(rows) if rows else measure(arguments.measure, steps)))
        return
    print(
        "| rows | rows on disk | cache | opening | again | 1,000 steps | peak | more than before |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for rows in arguments.rows:
        with tempfile.TemporaryDirectory() as place:
            folder, cache = Path(place, "rows"), Path(place, "cache")
            flags = ["--measure-preparing", str(rows)]
            if not arguments.prepared:
                write(folder, rows)
                flags = ["--measure", str(folder)]
            first, again = measured(cache, *flags), measured(cache, *flags, "--opening")
            most = max(first["peak"], again["peak"])
            cells = [f"{rows:,}", f"{size(folder):.1f} MB", f"{size(cache):.1f} MB"]
            cells += [f"{first['open']:.1f} s", f"{again['open']:.1f} s", f"{first['steps']:.1f} s"]
            cells += [f"{most:.0f} MB", f"{most - first['before']:.0f} MB"]
            print(f"| {' | '.join(cells)} |", flush=True)


def size(folder: Path) -> float:
    """The size of all files of a folder, in MB."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 2**20


if __name__ == "__main__":
    main()
