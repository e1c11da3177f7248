"""How well emoji of one vendor are redrawn in the style of the other, beside leaving them as is.

    mmgan-zoo train emoji-vendors --cpu
    python benchmarks/vendors.py runs/emoji-vendors --sheet sheet.png

Training sees no pairs. The measured rows are those of the test split whose code points both vendors
have, so that there is a true picture to compare with. For each direction:

- PSNR to the true picture, and the distance of `picture_to_picture.py` to it, in the features of a
  classifier of groups (faces, flags, food, ...), trained apart on real pictures of both vendors;
- the Fréchet distance to all test pictures of the wanted vendor, in these features and in those of
  a classifier of vendors, trained in the same way;
- the share of pictures that the classifier of vendors takes for the wanted vendor's.

"As it is" is the unchanged source, and "the true one" the wanted vendor's own picture.
"Training pictures" are as many real ones of the wanted vendor: their Fréchet distance is what real
pictures of other emoji have. With ``--split train`` training rows are measured, so that settings
can be chosen without a look at test rows; the classifiers are not blind to these.
"""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.picture_to_picture import distance, psnr, write_sheet
from mmgan_core.assembly.choosing import chosen_part
from mmgan_core.assembly.opening import open_source
from mmgan_core.components.frechet import distance as frechet_distance
from mmgan_core.contracts import Evaluated, Modality, Table
from mmgan_core.errors import DataError
from mmgan_core.evaluation.evaluator import Evaluator, Lesson, trained_evaluator
from mmgan_core.inference.model import Model
from mmgan_core.zoo.loading import load_run

CPU = torch.device("cpu")
IMAGE, VENDOR, MEANING, GROUP = "image", "vendor", "codepoints", "group"
HEADER = (
    "PSNR (dB)",
    "distance",
    "Fréchet, features of groups",
    "Fréchet, features of vendors",
    "taken for the wanted vendor's",
)


def main() -> None:
    """Print a table for each direction, and write a sheet of the first pictures."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("run", type=Path, help="it makes a picture for each vendor, of the other")
    options.add_argument("--data", default="parquet:data/emoji-captions")
    options.add_argument("--split", default="test", choices=("test", "train"))
    options.add_argument("--count", type=int, default=200, help="the most pairs that are measured")
    options.add_argument("--evaluator-samples", type=int, default=60_000, help="for each one")
    options.add_argument("--sheet", type=Path, help="a PNG: four rows for each direction")
    options.add_argument("--seed", type=int, default=0)
    asked = options.parse_args()
    torch.set_flush_denormal(True)
    torch.set_num_threads(1)
    model = load_run(asked.run, device=CPU)
    vendors = tuple(model.made)
    modality = model.gan.modalities[vendors[0]]
    tables = {split: table_of(asked.data, vendors, split) for split in ("test", "train")}
    by_group, by_vendor = (
        classifier(modality, target, tables, asked.evaluator_samples) for target in (GROUP, VENDOR)
    )
    table = tables[asked.split]
    rows = paired_rows(table, vendors, asked.count)
    print(
        f"{model.name}, {model.samples:,} samples; {len(rows[vendors[0]])} {asked.split} pairs, "
        f"seed {asked.seed}; of real test pictures {by_vendor.accuracy:.1%} of vendors and "
        f"{by_group.accuracy:.1%} of groups are read right"
    )
    shown: list[Tensor] = []
    for source, target in itertools.permutations(vendors, 2):
        values = table.values(IMAGE, rows[source])
        made, back = there_and_back(model, source, target, values, asked.seed)
        start, true = (samples(modality, table, rows[vendor]) for vendor in (source, target))
        other = rows_of(tables["train"], target)[: len(true)]
        ways = {
            "as it is": start,
            "redrawn": made,
            "the true one": true,
            "training pictures": samples(modality, tables["train"], other),
        }
        all_true = samples(modality, table, rows_of(table, target))
        print(f"\n| {source} to {target} | {' | '.join(HEADER)} |\n|{' --- |' * 6}")
        for way, pictures in ways.items():
            pair = None if way == "training pictures" else true
            cells = measured(pictures, pair, all_true, modality, by_group, by_vendor, target)
            print(f"| {way} | {' | '.join(cells)} |")
        shown += [start, made, back, true]
        print(f"\nfrom {source} to {target} and back: PSNR {psnr(back, start):.2f} dB")
    if asked.sheet:
        write_sheet(modality, shown, asked.sheet, most=16)


def there_and_back(
    model: Model, source: str, target: str, values: Sequence[object], seed: int
) -> tuple[Tensor, Tensor]:
    """The pictures of one vendor redrawn as the other's, and these redrawn as the first's."""
    modality, pictures, found = model.gan.modalities[target], values, []
    for given, made in ((source, target), (target, source)):
        asked: dict[str, Any] = {f"a_{given}": pictures}
        found.append(model.generate(seed=seed, **asked).tensors[made].clamp(-1, 1))
        pictures = modality.present(found[-1])
    return found[0], found[1]


def table_of(data: str, vendors: Sequence[str], split: str) -> Table:
    """The rows of these vendors in one split."""
    (table,) = open_source({"use": data, "only": {VENDOR: list(vendors)}}).tables(split)
    return table


def rows_of(table: Table, vendor: str) -> list[int]:
    """The rows of one vendor."""
    found = table.values(VENDOR, range(len(table)))
    return [row for row, name in enumerate(found) if name == vendor]


def paired_rows(table: Table, vendors: Sequence[str], count: int) -> dict[str, list[int]]:
    """For each vendor, the first rows of which all vendors have the meaning, in one order.

    Raises:
        DataError: if there are none.
    """
    meanings = table.values(MEANING, range(len(table)))
    by_meaning = [{meanings[row]: row for row in rows_of(table, vendor)} for vendor in vendors]
    shared = [name for name in by_meaning[0] if all(name in rows for rows in by_meaning)][:count]
    if not shared:
        raise DataError(f"no {MEANING} has a picture of each of {', '.join(vendors)}")
    return {
        vendor: [rows[name] for name in shared]
        for vendor, rows in zip(vendors, by_meaning, strict=True)
    }


def samples(modality: Modality, table: Table, rows: Sequence[int]) -> Tensor:
    """The pictures of some rows, (N, C, H, W)."""
    return modality.to_sample(modality.prepare(table.values(IMAGE, rows)))


def classifier(
    modality: Modality, target: str, tables: Mapping[str, Table], count: int
) -> Evaluator:
    """A classifier of a column, which sees real training pictures alone."""
    part = chosen_part("encoder", "image/conv", {"dim": 32, "width": 8}, "evaluator")
    lesson = Lesson(IMAGE, target, count)
    return trained_evaluator(part, modality.shown, lesson, [tables["train"]], [tables["test"]])


def measured(
    pictures: Tensor,
    true: Tensor | None,
    all_true: Tensor,
    modality: Modality,
    by_group: Evaluator,
    by_vendor: Evaluator,
    target: str,
) -> list[str]:
    """The cells of a row of the table; ``true``: the true picture of each, if there is one."""
    of_groups, of_vendors = (
        [read(evaluator, modality, which) for which in (pictures, all_true)]
        for evaluator in (by_group, by_vendor)
    )
    return [
        f"{psnr(pictures, true):.2f}" if true is not None else "",
        f"{distance(by_group.encoder, pictures, true):.3f}" if true is not None else "",
        *(f"{frechet(one.features, all_.features):.2f}" for one, all_ in (of_groups, of_vendors)),
        f"{share(of_vendors[0].predicted, by_vendor.names.index(target)):.1%}",
    ]


def read(evaluator: Evaluator, modality: Modality, pictures: Tensor) -> Evaluated:
    """What a classifier says of pictures."""
    return evaluator.read(modality.present(pictures), [None] * len(pictures))


def share(predicted: Tensor, wanted: int) -> float:
    """The fraction of rows of which a class was predicted."""
    return float((predicted == wanted).float().mean())


def frechet(one: Tensor, other: Tensor) -> float:
    """The Fréchet distance of two sets of features, (N, F) and (M, F)."""
    fits = [
        (array.mean(0), np.cov(array, rowvar=False))
        for array in (features.double().numpy() for features in (one, other))
    ]
    return frechet_distance(fits[0], fits[1])


if __name__ == "__main__":
    main()
