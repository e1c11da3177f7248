"""Whether what a model makes belongs to what it is given, and whether all that it makes agrees.

    python benchmarks/coherence_data.py --digits data/handwritten-digits \
        --speech data/spoken-digits --out data/coherence
    python benchmarks/coherence.py poly --runs runs/coherence
    python benchmarks/coherence.py digits --runs runs/coherence

`poly` is five pictures of a digit on backgrounds of their own, as PolyMNIST; `digits` is a picture,
a sound, the strokes of a pen and the label, as MHD. A network that was trained on real data reads
the digit from each made sample; how often it is right about real test samples is the ceiling.

- Coherence given k: how often it reads the digit of the row whose entries were given; the mean over
  all subsets of k entries and over all entries that were not among them.
- Joint coherence: how often the digits read from all entries agree, given nothing. Conditions are
  sampled from a mixture of Gaussians that was fitted to the conditions of training rows; with
  MultiVae's models its `GaussianMixtureSampler` of as many components, and their priors.
- half: half of the values that may be given, and half of those that are to be made, are missing in
  training.

Ours is trained first. Then each setting of MultiVae's models (see `multivae_models.py`) gets as
much CPU time as ours took. Settings are tried with the first seed, and the best of each model, by
the mean coherence on the test split, is trained with the others and with half of the values
missing; JNF cannot be. Ours pairs and aligns rows by their labels in training; MultiVae's models
see none, except as an entry of `digits`.

Everything that is done is kept in --runs, so the same command goes on where it was stopped; a model
of MultiVae that was stopped begins anew. Result files may also be made on several machines.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from itertools import combinations
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import multivae_models
from benchmarks.coherence_data import NAMES, kept
from benchmarks.coherence_tasks import IN, TASKS, Task, evaluators, read, recipe_of
from mmgan_core.assembly.opening import open_recipe, open_source
from mmgan_core.contracts import Condition
from mmgan_core.data.feed import Feed, open_feed
from mmgan_core.foundation.files import atomically
from mmgan_core.foundation.randomness import noise_rows
from mmgan_core.inference.model import Model
from mmgan_core.training.run import train
from mmgan_core.zoo.loading import load_run

COMPONENTS, FITTED = 20, 3_000
CPU = torch.device("cpu")
Made = Callable[[Sequence[str]], Mapping[str, Tensor]]
Read = Callable[[Mapping[str, Tensor]], Mapping[str, Tensor]]


def questions(
    given: Sequence[str], entries: Sequence[str], k: int
) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    """All subsets of k given entries, each with the made entries that it does not hold, if any."""
    for subset in combinations(given, k):
        others = [name for name in entries if name not in subset]
        if others:
            yield subset, others


def coherences(
    made: Made, read_: Read, given: Sequence[str], entries: Sequence[str], labels: Tensor
) -> dict[str, Any]:
    """The coherence by the number of given entries, and of each entry given each subset."""
    by_number: dict[str, float] = {}
    each: dict[str, dict[str, float]] = {}
    for k in range(1, len(given) + 1):
        shares = []
        for subset, others in questions(given, entries, k):
            samples = made(subset)
            found = read_({name: samples[name] for name in others})
            right = {name: float((found[name] == labels).float().mean()) for name in others}
            each["+".join(subset)] = right
            shares += right.values()
        if shares:
            by_number[str(k)] = fmean(shares)
    return {"given": by_number, "each": each}


def agreement(found: Mapping[str, Tensor]) -> float:
    """How often the same label is read from all entries."""
    first, *others = found.values()
    same = torch.ones_like(first, dtype=torch.bool)
    for other in others:
        same &= other == first
    return float(same.float().mean())


class Bench:
    """One task: its data, its evaluators, and where results are kept."""

    def __init__(self, task: Task, options: argparse.Namespace) -> None:
        self.task, self.options = task, options
        self.entries = list(task.entries)
        self.judges = evaluators(task, options.data, options.speech, options.evaluator_samples)

    @property
    def ceiling(self) -> dict[str, float]:
        """How often the evaluators read real test samples right."""
        return {name: judge.accuracy for name, (judge, _) in self.judges.items()}

    def once(self, name: str, do: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The result of this name: that of the file, if it was done before."""
        file = self.options.runs / f"{self.options.task}-{name}.json"
        if not file.is_file():
            found = do()
            file.parent.mkdir(parents=True, exist_ok=True)
            with atomically(file) as beside:
                beside.write_text(json.dumps(found, indent=1), encoding="utf-8")
            shown = {k: round(v, 3) for k, v in found["given"].items()}
            print(f"{name}: {found['seconds']:.0f} s, given {shown}", file=sys.stderr, flush=True)
        result: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return result

    def labels(self, feed: Feed, count: int) -> Tensor:
        """The class of the first rows of a feed, (count,), as evaluators number them."""
        rows = feed.rows(0, count)
        names = [str(v) for v in feed.tables[0].values("label", rows[0].tolist())]
        judge = next(iter(self.judges.values()))[0]
        return torch.from_numpy(judge.classes(names))

    def read(self, samples: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The label that the evaluators read from samples, by entry."""
        return read(self.judges, samples)

    # Ours

    def ours(self, half: bool, seed: int) -> dict[str, Any]:
        """Train our model, as far as it is not, and measure it."""
        options = self.options
        recipe = recipe_of(
            self.task, options.data, options.speech, half=half, samples=options.samples, seed=seed
        )
        run = options.runs / f"{options.task}-{'half' if half else 'whole'}-{seed}"
        clock = run.with_name(f"{run.name}-seconds.json")
        before = json.loads(clock.read_text()) if clock.is_file() else 0.0
        began = time.process_time()
        ended = train(recipe, run, resume=(run / "resolved.yaml").is_file(), cpu=True)
        spent = before + time.process_time() - began
        clock.write_text(json.dumps(spent))
        if ended.outcome != "finished":
            raise SystemExit("stopped: the same command resumes it")
        return {"seconds": spent, "samples": ended.samples, **self.measured(run, seed)}

    def measured(self, run: Path, seed: int) -> dict[str, Any]:
        """Coherence of our model in a run."""
        model = load_run(run, device=CPU)
        source = open_source(model.blueprint.recipe.data.model_dump())
        feed = open_feed(model.blueprint, model.gan, source, "test", complete=True)
        count = min(self.options.count, len(feed))
        rows = feed.batch(0, 0, count, CPU).given

        def made(subset: Sequence[str]) -> Mapping[str, Tensor]:
            given = {name + IN: rows[name + IN] for name in subset}
            return model.generate_prepared(given, count=count, seed=seed).tensors

        found = coherences(made, self.read, self.task.given, self.entries, self.labels(feed, count))
        whole = open_feed(model.blueprint, model.gan, source, "train")
        joint = {
            "nothing": agreement(self.read(made(()))),
            "mixture": agreement(self.read(of_mixture(model, whole, count, seed))),
        }
        return {**found, "joint": joint, "n": count}

    # MultiVae's

    def tensors(self, split: str, count: int | None = None) -> tuple[dict[str, Tensor], Tensor]:
        """Samples of all entries, from -1 to 1, and labels, of the first rows of a split."""
        options = self.options
        recipe = recipe_of(
            self.task, options.data, options.speech, half=False, samples=1_000, seed=0
        )
        blueprint, source = open_recipe(recipe)
        feed = open_feed(blueprint, blueprint.build(discriminators=False), source, split)
        count = min(count or len(feed), len(feed))
        return feed.batch(0, 0, count, CPU).real, self.labels(feed, count)

    def theirs(
        self, setting: multivae_models.Setting, seconds: float, half: bool, seed: int
    ) -> dict[str, Any]:
        """Train a model of MultiVae's for this CPU time, and measure it."""
        samples, labels = self.tensors("train")
        label = labels if self.task.label else None
        data = multivae_models.data_of(samples, label)
        masks = None
        if half:
            keeps = kept(len(labels), len(data), np.random.default_rng([seed, 52]))
            masks = {name: torch.from_numpy(keeps[:, k]) for k, name in enumerate(data)}
        model, spent, epochs = multivae_models.trained(
            setting, data, seconds, masks=masks, seed=seed
        )
        test, labels = self.tensors("test", self.options.count)
        rows = multivae_models.data_of(test, labels if self.task.label else None)
        count = len(labels)

        def made(subset: Sequence[str]) -> Mapping[str, Tensor]:
            return multivae_models.made(model, rows, subset, self.entries, seed)

        found = coherences(made, self.read, self.task.given, self.entries, labels)
        some = {name: tensor[:FITTED] for name, tensor in data.items()}
        sampled = multivae_models.made_of_nothing(model, some, self.entries, count, seed)
        joint = {how: agreement(self.read(one)) for how, one in sampled.items()}
        return {"seconds": spent, "epochs": epochs, **found, "joint": joint, "n": count}


@torch.no_grad()
def of_mixture(model: Model, feed: Feed, count: int, seed: int) -> Mapping[str, Tensor]:
    """Samples of all entries, each of one condition, sampled from a mixture of those of rows."""
    from sklearn.mixture import GaussianMixture

    found = []
    for start in range(0, min(FITTED, len(feed)), 250):
        batch = feed.batch(0, start, min(250, len(feed) - start), CPU)
        encodings = model.gan.encode(batch.given)
        found.append(model.gan.fuse(encodings, batch.shown(), like=batch.meaning).pooled)
    conditions = torch.cat(found).double().numpy()
    mixture = GaussianMixture(
        min(COMPONENTS, len(conditions) // 2), reg_covar=1e-4, random_state=seed
    ).fit(conditions)
    sampled = torch.from_numpy(mixture.sample(count)[0]).float()
    sampled = sampled[torch.randperm(count, generator=torch.Generator().manual_seed(seed))]
    parts = []
    for start in range(0, count, 250):
        rows = slice(start, min(start + 250, count))
        noise = {
            name: noise_rows(seed, count, model.gan.generator(name).noise_dim, entry=number)[rows]
            for number, name in enumerate(model.made)
        }
        parts.append(model.gan.make(noise, Condition(sampled[rows])))
    return {name: torch.cat([part[name] for part in parts]) for name in model.made}


def best_of(results: Mapping[str, dict[str, Any]]) -> str:
    """The result with the largest mean coherence over all numbers of given entries."""
    return max(results, key=lambda name: fmean(results[name]["given"].values()))


def everything(bench: Bench, options: argparse.Namespace) -> dict[str, list[dict[str, Any]]]:
    """All results that were asked for, by row of the table, one for each seed."""
    found: dict[str, list[dict[str, Any]]] = {}
    for choice, part in (("ours", "whole"), ("half", "half")):
        if choice in options.only:
            found["ours" if part == "whole" else "ours, half missing"] = [
                bench.once(f"ours-{part}-{seed}", partial(bench.ours, part == "half", seed))
                for seed in options.seeds
            ]
    settings = multivae_models.grid(options.task == "poly")
    if options.grid:
        settings = [one for one in settings if any(one.name.startswith(g) for g in options.grid)]
    for model in dict.fromkeys(setting.model for setting in settings):
        if "multivae" not in options.only:
            continue
        tried = {one.name: one for one in settings if one.model == model}
        seconds = options.seconds or found["ours"][0]["seconds"]

        result = partial(_theirs, bench, tried, seconds)
        first, *others = options.seeds
        results = {name: result(name, False, first) for name in tried}
        best = best_of(results)
        found[f"MultiVae {best}"] = [results[best], *(result(best, False, s) for s in others)]
        if "multivae-half" in options.only and model != "JNF":
            found[f"MultiVae {best}, half missing"] = [result(best, True, s) for s in options.seeds]
    return found


def _theirs(
    bench: Bench,
    tried: Mapping[str, multivae_models.Setting],
    seconds: float,
    name: str,
    half: bool,
    seed: int,
) -> dict[str, Any]:
    """The result of a setting, which is trained if it was not before."""
    do = partial(bench.theirs, tried[name], seconds, half, seed)
    return bench.once(f"{name}-{'half' if half else 'whole'}-{seed}", do)


def table(found: Mapping[str, list[dict[str, Any]]]) -> str:
    """A table of means over seeds, and the range if there are several."""
    numbers = sorted({k for rows in found.values() for row in rows for k in row["given"]}, key=int)
    lines = [
        f"| | {' | '.join(f'given {k}' for k in numbers)} | joint | CPU minutes | seeds |",
        "| --- |" + " --- |" * (len(numbers) + 3),
    ]
    for name, rows in found.items():
        cells = [_cell([row["given"][k] for row in rows]) for k in numbers]
        how = max(rows[0]["joint"], key=lambda one: fmean(row["joint"][one] for row in rows))
        cells.append(f"{_cell([row['joint'][how] for row in rows])} ({how})")
        cells.append(f"{fmean(row['seconds'] for row in rows) / 60:.1f}")
        lines.append(f"| {name} | {' | '.join(cells)} | {len(rows)} |")
    return "\n".join(lines)


def _cell(values: Sequence[float]) -> str:
    mean = f"{fmean(values):.3f}"
    return mean if len(values) == 1 else f"{mean} ({min(values):.3f} to {max(values):.3f})"


def asked() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("--data", type=Path, default=Path("data/coherence"))
    parser.add_argument("--speech", type=Path, default=Path("data/spoken-digits"))
    parser.add_argument("--runs", type=Path, default=Path("runs/coherence"))
    parser.add_argument("--out", type=Path, help="also write the results to this JSON file")
    parser.add_argument("--samples", type=int, default=200_000, help="that ours is trained on")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument(
        "--only",
        nargs="+",
        choices=("ours", "half", "multivae", "multivae-half"),
        default=["ours", "half", "multivae", "multivae-half"],
    )
    parser.add_argument("--grid", nargs="+", help="only settings whose names begin so")
    parser.add_argument("--seconds", type=float, help="CPU time of each of MultiVae's models")
    parser.add_argument("--count", type=int, default=500, help="test rows that are given")
    parser.add_argument("--evaluator-samples", type=int, default=100_000)
    parser.add_argument("--threads", type=int, default=1)
    return parser.parse_args()


def main() -> None:
    """Do what is not done yet, and print a table."""
    options = asked()
    if "multivae" in options.only:
        multivae_models.imported()
        if "ours" not in options.only and not options.seconds:
            raise SystemExit("--only multivae needs --seconds, or ours, whose CPU time it gets")
    torch.set_num_threads(options.threads)
    torch.set_flush_denormal(True)
    bench = Bench(TASKS[options.task], options)
    found = everything(bench, options)
    ceiling = ", ".join(f"{name} {share:.3f}" for name, share in bench.ceiling.items())
    print(table(found))
    print(f"\nThe evaluators read real test samples right: {ceiling}; n = {options.count}.")
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        what = {"task": options.task, "ceiling": bench.ceiling, "classes": list(NAMES)}
        options.out.write_text(json.dumps({**what, "results": found}, indent=1) + "\n")


if __name__ == "__main__":
    main()
