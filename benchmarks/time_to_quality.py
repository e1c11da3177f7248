"""How soon samples are good: our recipe, torchgan's DCGAN and a plain loop, with one evaluator.

    pip install torchgan
    python benchmarks/time_to_quality.py --seconds 900 --out runs/time-to-quality.json

All train in one process on the same pictures with the same batch size, and take turns: a slice of
CPU time each, round after round, so that other load on the machine affects all alike. After each
slice the same number of samples of each is compared with the test split by a network that was
trained on real data only; that time is not counted. Each contestant is shown at its best: with its
averaged weights if it has some, else with batch statistics or running statistics, whichever are
better at that moment.

- ours: the recipe `digits-unconditional`.
- torchgan: its DCGAN and its Trainer, with the settings of its starter example; torchgan-wide: as
  wide as its networks are by default.
- plain: a loop with the settings of the DCGAN paper (Radford et al. 2015,
  https://arxiv.org/abs/1511.06434), as wide as in well-known tutorials; plain-narrow: as wide as
  ours.

Pictures of 28 pixels get a margin up to 32, which is cut off before they are evaluated.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.contestants import Contestant, Ours, Plain, Torchgan
from mmgan_core import load_recipe
from mmgan_core.assembly.opening import open_recipe
from mmgan_core.components.coverage import Coverage, CoverageOptions
from mmgan_core.components.frechet import Frechet, FrechetOptions
from mmgan_core.contracts import Evaluated, Measurement
from mmgan_core.data.feed import Feed, open_splits
from mmgan_core.evaluation.evaluated_entry import EvaluatedEntry
from mmgan_core.inference.model import Model

NAMES = ("ours", "torchgan", "torchgan-wide", "plain", "plain-narrow")
COLOURS = ("#2563eb", "#dc2626", "#d97706", "#059669", "#9333ea")
WIDTH, HEIGHT, EDGE = 720, 420, 56
Row = dict[str, Any]


class Contest:
    """One data set, one evaluator, and the contestants."""

    def __init__(self, options: argparse.Namespace, folder: str) -> None:
        self.options = options
        changes = {f"make.image.modality.{side}": options.size for side in ("height", "width")}
        changes |= {
            "data": f"parquet:{options.data}",
            "seed": options.seed,
            # The recipe's own evaluator is narrow, so that it can travel with the model.
            "make.image.evaluator.encoder.width": 32,
            "make.image.evaluator.samples": options.evaluator_samples,
        }
        recipe = load_recipe("digits-unconditional", **changes)
        blueprint, _ = open_recipe(recipe)
        model = Model(blueprint, blueprint.build(), device=torch.device("cpu"))
        test, train = open_splits(blueprint, model.gan)
        choice = recipe.make["image"].evaluator
        assert choice is not None
        self.entry = EvaluatedEntry(model, "image", choice, test, train)
        self.real, self.other = (self.entry.real(feed, options.count) for feed in (test, train))
        self.batch = recipe.train.batch_size
        self.contestants: dict[str, Contestant] = {}
        pictures = _pictures(train)
        makers: dict[str, Callable[[], Contestant]] = {
            "ours": lambda: Ours(blueprint, train),
            "torchgan": lambda: Torchgan(pictures, self.batch, 16, folder),
            "torchgan-wide": lambda: Torchgan(pictures, self.batch, 64, folder),
            "plain": lambda: Plain(pictures, self.batch, 64),
            "plain-narrow": lambda: Plain(pictures, self.batch, 16),
        }
        for name in options.only:
            torch.manual_seed(options.seed)
            self.contestants[name] = makers[name]()

    def rows(self) -> list[Row]:
        """Train in turns, and write all results after each slice."""
        rows: list[Row] = []
        spent = dict.fromkeys(self.contestants, 0.0)
        steps = dict.fromkeys(self.contestants, 0)
        while min(spent.values()) < self.options.seconds:
            for name, contestant in self.contestants.items():
                began = time.process_time()
                while time.process_time() - began < self.options.slice:
                    contestant.step()
                    steps[name] += 1
                spent[name] += time.process_time() - began
                rows.append(
                    {
                        "name": name,
                        "seconds": spent[name],
                        "samples": steps[name] * self.batch,
                        **self.evaluated(contestant),
                    }
                )
                print(_line(rows[-1]), file=sys.stderr, flush=True)
                self.write(rows)
        return rows

    def evaluated(self, contestant: Contestant) -> Row:
        """The better numbers of all ways to make samples."""
        found = []
        for way, samples in contestant.samples(self.options.count, self.options.seed).items():
            low = (samples.shape[-1] - self.options.size) // 2
            inner = samples[..., low : low + self.options.size, low : low + self.options.size]
            values = self.entry.modality.present(inner.clamp(-1, 1))
            made = self.entry.evaluator.read(values, [None] * len(values))
            numbers = {row.name: row.value for row in self.measured(made)}
            found.append({"way": way, "distance": numbers.pop("Fréchet distance"), **numbers})
        return min(found, key=lambda row: float(row["distance"]))

    def measured(self, made: Evaluated) -> list[Measurement]:
        """Distance and coverage, with those of other real samples as floors."""
        rows = []
        for metric in (Frechet(FrechetOptions()), Coverage(CoverageOptions())):
            rows += metric.measure(made, self.real, self.other)
        return rows

    def write(self, rows: Sequence[Row]) -> None:
        """Write all results, as JSON and as a picture."""
        if self.options.out:
            settings = {key: str(value) for key, value in vars(self.options).items()}
            self.options.out.parent.mkdir(parents=True, exist_ok=True)
            self.options.out.write_text(json.dumps({"settings": settings, "rows": rows}, indent=1))
            render(rows, self.options.out.with_suffix(".png"))


def _pictures(feed: Feed) -> Tensor:
    """All of a split, (N, C, S, S) with a black margin up to a power of two."""
    real = feed.batch(0, 0, len(feed), torch.device("cpu")).real["image"].contiguous()
    size = real.shape[-1]
    side = 1 << max(4, (size - 1).bit_length())
    low = (side - size) // 2
    return functional.pad(real, (low, side - size - low) * 2, value=-1.0)


def reached(rows: Sequence[Row], name: str, mark: float) -> float | None:
    """The CPU seconds after which a contestant first had a distance as small as a mark."""
    return next(
        (row["seconds"] for row in rows if row["name"] == name and row["distance"] <= mark), None
    )


def table(rows: Sequence[Row], marks: Sequence[float]) -> str:
    """Distances by CPU seconds, and the seconds to each mark, as Markdown."""
    names = list(dict.fromkeys(row["name"] for row in rows))
    by_name = {name: [row for row in rows if row["name"] == name] for name in names}
    head = f"| {' | '.join(names)} |\n| --- |{' --- |' * len(names)}"
    lines = [f"| CPU seconds: distance (coverage) {head}"]
    for turn in zip(*by_name.values(), strict=False):
        cells = [f"{row['distance']:.2f} ({row['coverage']:.3f})" for row in turn]
        lines.append(f"| {turn[0]['seconds']:.0f} | {' | '.join(cells)} |")
    lines += ["", f"| CPU seconds to a distance of {head}"]
    for mark in marks:
        times = [reached(rows, name, mark) for name in names]
        cells = ["not reached" if t is None else f"{t:.0f}" for t in times]
        lines.append(f"| {mark:g} | {' | '.join(cells)} |")
    seen = [f"{by_name[name][-1]['samples']:,}" for name in names]
    return "\n".join([*lines, f"| samples seen in all | {' | '.join(seen)} |"])


def render(rows: Sequence[Row], file: Path) -> None:
    """Distances by CPU seconds on a logarithmic scale, a line for each contestant."""
    import math

    from PIL import Image, ImageDraw

    page = Image.new("RGB", (WIDTH, HEIGHT), "white")
    pen = ImageDraw.Draw(page)
    heights = [math.log10(max(row["distance"], 1e-3)) for row in rows]
    low, high = math.floor(min(heights)), math.ceil(max(heights) + 1e-9)
    most = max(row["seconds"] for row in rows)

    def place(seconds: float, height: float) -> tuple[float, float]:
        across = EDGE + (WIDTH - 2 * EDGE) * seconds / most
        return across, HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * (height - low) / max(1, high - low)

    for power in range(low, high + 1):
        pen.line([place(0, power), place(most, power)], fill="#d1d5db")
        pen.text((8, place(0, power)[1] - 6), f"{10.0**power:g}", fill="#374151")
    pen.text((EDGE, 12), "Fréchet distance in the evaluator's features", fill="#374151")
    pen.text((WIDTH - 3 * EDGE, HEIGHT - EDGE + 12), f"{most:.0f} CPU seconds", fill="#374151")
    for number, name in enumerate(dict.fromkeys(row["name"] for row in rows)):
        colour = COLOURS[number % len(COLOURS)]
        points = [
            place(row["seconds"], height)
            for row, height in zip(rows, heights, strict=True)
            if row["name"] == name
        ]
        pen.line(points, fill=colour, width=2)
        pen.text((EDGE + 120 * number, HEIGHT - 24), name, fill=colour)
    page.save(file)


def _line(row: Mapping[str, Any]) -> str:
    return (
        f"{row['name']:14} {row['seconds']:6.0f} s {row['samples']:8,} samples: "
        f"distance {row['distance']:.2f}, coverage {row['coverage']:.3f}, by {row['way']}"
    )


def asked() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", default="data/handwritten-digits", help="Parquet: image, label")
    parser.add_argument("--size", type=int, default=28, help="pixels a side")
    parser.add_argument("--seconds", type=float, default=900, help="CPU time of each contestant")
    parser.add_argument("--slice", type=float, default=30, help="CPU time of a turn")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=list(NAMES))
    parser.add_argument(
        "--mark", type=float, nargs="+", default=[20, 10, 5], help="distances that are marked"
    )
    parser.add_argument(
        "--count", type=int, default=1_000, help="samples that are evaluated after a turn"
    )
    parser.add_argument("--evaluator-samples", type=int, default=200_000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, help="JSON; a picture of the curves comes beside it")
    return parser.parse_args()


def main() -> None:
    """Train all contestants, and print how good each was when."""
    options = asked()
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    with tempfile.TemporaryDirectory() as folder:
        contest = Contest(options, folder)
        rows = contest.rows()
    print(table(rows, options.mark))
    floors = {row.name: row.floor for row in contest.measured(contest.other)}
    print(
        f"\nOther real samples: distance {floors['Fréchet distance']:.2f}, coverage "
        f"{floors['coverage']:.3f}; n = {options.count:,}."
    )


if __name__ == "__main__":
    main()
