"""How well a model fills in centre mask_kinds, beside what needs no training.

    mmgan-zoo train digits-repair --cpu
    pip install opencv-python-headless
    python benchmarks/repair.py runs/digits-repair --count 1000

The hole is the middle box, half as long as each side; samples are of the test split; nothing else
is given, but what ``--given`` names. L1 is the mean absolute difference over what was missing, for
pictures from 0 to 1; agreement is with the recipe's evaluator and its target. Laplace fills the hole
with the harmonic function of its border, the smooth fill (`smooth` of `image/unet`) nearly so; the
nearest neighbour is the training sample that differs least where something is known. How much of
the target can be known at all is estimated by a evaluator that is taught on training samples with the
same hole, varied as the recipe says (``vary``), as long as the recipe's evaluator or, with
``--known-samples``, on so many.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mmgan_core.contracts import Masked
from mmgan_core.data.feed import Feed, open_splits
from mmgan_core.evaluation.evaluated_entry import EvaluatedEntry
from mmgan_core.evaluation.evaluator import new_evaluator, teach
from mmgan_core.training.augmenting import Augmenting
from mmgan_core.zoo.loading import load_run
from mmgan_image.blocks.smooth_fill import smooth_fill

ANSWERS = 4
CHUNK = 1_024


def main() -> None:
    """Print a table."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("run", type=Path)
    options.add_argument("--count", type=int, default=1_000, help="test samples")
    options.add_argument("--entry", default="image", help="the made entry that is repaired")
    options.add_argument("--given", nargs="*", default=(), help="entries that the model is told")
    options.add_argument(
        "--known-samples", type=int, help="how many a evaluator of what is known sees"
    )
    options.add_argument("--seed", type=int, default=0)
    given = options.parse_args()
    torch.set_flush_denormal(True)
    model = load_run(given.run, device=torch.device("cpu"))
    test, train = open_splits(model.blueprint, model.gan)
    rows = test.rows(0, min(given.count, len(test)))
    values = test.raw(given.entry, rows)
    modality = model.gan.modalities[given.entry]
    real = modality.to_sample(modality.prepare(values))
    masked = model.masked(given.entry, values, mask_kind="centre")
    told: dict[str, Any] = {name: test.raw(name, rows) for name in (given.entry, *given.given)}
    answers = [
        model.repair(masked=masked, seed=given.seed + k, **told).tensors[given.entry]
        for k in range(ANSWERS)
    ]
    ways: dict[str, Callable[[], Tensor]] = {
        "the model": lambda: answers[0],
        "nearest neighbour in the training split": lambda: nearest(masked, train, given.entry),
        "smooth fill, 8 steps": lambda: smooth_fill(masked.known, masked.mask, 8),
        "Laplace": lambda: laplace(masked),
        **{f"OpenCV, {name}": way for name, way in opencv(masked).items()},
        "real": lambda: real,
    }
    choice = model.blueprint.recipe.make[given.entry].evaluator
    entry = EvaluatedEntry(model, given.entry, choice, test, train) if choice else None
    print(
        f"{len(real)} test samples, {masked.mask[0].sum():.0f} places missing of each, seed "
        f"{given.seed}, {model.samples:,} samples trained\n"
    )
    print("| filled in by | L1 where missing | agreement |\n| --- | --- | --- |")
    for name, way in ways.items():
        filled = masked.filled(way())
        read = "" if entry is None else f"{agreement(entry, filled, rows):.3f}"
        print(f"| {name} | {difference(filled, real, masked):.4f} | {read} |")
    if entry is not None:
        samples = given.known_samples or entry.lesson.samples
        blueprint = model.blueprint
        vary = Augmenting(
            blueprint.variations(given.entry), blueprint.make[given.entry].vary, relative=False
        )
        read = f"{known_alone(entry, masked, rows, vary, samples):.3f}"
        print(f"| nothing: a evaluator of what is known, {samples:,} samples | | {read} |")
    apart = np.mean(
        [difference(one, other, masked) for k, one in enumerate(answers) for other in answers[:k]]
    )
    print(f"\n{ANSWERS} answers of the model differ from one another by {apart:.4f}")


def difference(one: Tensor, other: Tensor, masked: Masked) -> float:
    """L1 over missing places, of pictures from 0 to 1."""
    missing = masked.mask.expand_as(one)
    return float(((one - other).abs() * missing).sum() / missing.sum() / 2)


def agreement(entry: EvaluatedEntry, filled: Tensor, rows: Sequence[np.ndarray]) -> float:
    """Share in which the evaluator reads what the real sample is said to be."""
    asked = entry.asked(entry.test, entry.rows_of(entry.test, rows))
    judged = entry.evaluator.read(entry.modality.present(filled), asked)
    return float((judged.predicted == judged.asked).float().mean())


def known_alone(
    entry: EvaluatedEntry,
    masked: Masked,
    rows: Sequence[np.ndarray],
    vary: Augmenting,
    samples: int,
) -> float:
    """Share in which a evaluator that never saw the middle reads the target; one hole for all."""
    evaluator, modality = (
        new_evaluator(entry.part, entry.modality, entry.evaluator.names),
        entry.modality,
    )
    every = entry.train.rows(0, len(entry.train))
    real, space = training_samples(entry.train, entry.name), modality.space

    def known(picked: np.ndarray) -> dict[str, np.ndarray]:
        varied = vary.sample(real[picked], 0).sample(real[picked])
        hole = masked.mask[:1].expand(len(picked), *masked.mask.shape[1:])
        values = modality.present(Masked.of(varied, hole, space).known)
        return {key: tensor.numpy() for key, tensor in evaluator.encoder.prepare(values).items()}

    classes = evaluator.classes(entry.asked(entry.train, entry.rows_of(entry.train, every)))
    teach(evaluator, known, classes, samples=samples, what="a evaluator of what is known")
    asked = entry.asked(entry.test, entry.rows_of(entry.test, rows))
    judged = evaluator.read(modality.present(masked.known), asked)
    return float((judged.predicted == judged.asked).float().mean())


def training_samples(train: Feed, name: str) -> Tensor:
    """All of them, (N, *shape)."""
    return torch.cat(
        [
            train.batch(0, start, min(CHUNK, len(train) - start), torch.device("cpu")).real[name]
            for start in range(0, len(train), CHUNK)
        ]
    )


def nearest(masked: Masked, train: Feed, name: str) -> Tensor:
    """The training samples that are nearest where something is known."""
    every = training_samples(train, name)
    known = (1 - masked.mask[:1]).expand_as(every[:1]).flatten(1)[0].bool()
    flat = every.flatten(1)[:, known]
    best = torch.cat(
        [torch.cdist(part[:, known], flat).argmin(1) for part in masked.known.flatten(1).split(64)]
    )
    return every[best]


def laplace(masked: Masked) -> Tensor:
    """Each missing place is the mean of its neighbours; one hole for all samples."""
    hole = masked.mask[0, 0].bool()
    height, width = hole.shape
    number = torch.full((height, width), -1)
    number[hole] = torch.arange(int(hole.sum()))
    system = torch.eye(int(hole.sum()), dtype=torch.float64)
    known = torch.zeros(len(system), *masked.known.shape[:2], dtype=torch.float64)
    for row, (y, x) in enumerate(hole.nonzero().tolist()):
        beside = [(y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)]
        inside = [(j, i) for j, i in beside if 0 <= j < height and 0 <= i < width]
        for j, i in inside:
            if hole[j, i]:
                system[row, number[j, i]] -= 1 / len(inside)
            else:
                known[row] += masked.known[:, :, j, i] / len(inside)
    solved = torch.linalg.solve(system, known.flatten(1)).view_as(known)
    filled = masked.known.clone()
    filled[:, :, hole] = solved.permute(1, 2, 0).float()
    return filled


def opencv(masked: Masked) -> dict[str, Callable[[], Tensor]]:
    """Its two methods, with a radius of 3."""
    try:
        import cv2
    except ImportError:
        return {}

    def by(flag: int) -> Tensor:
        levels = ((masked.known + 1) * 127.5).round().byte().permute(0, 2, 3, 1).numpy()
        masks = (masked.mask[:, 0] > 0).byte().numpy()
        filled = [
            cv2.inpaint(np.ascontiguousarray(one), mask, 3, flag).reshape(one.shape)
            for one, mask in zip(levels, masks, strict=True)
        ]
        return torch.from_numpy(np.stack(filled)).permute(0, 3, 1, 2).float() / 127.5 - 1

    return {"Telea": lambda: by(cv2.INPAINT_TELEA), "Navier-Stokes": lambda: by(cv2.INPAINT_NS)}


if __name__ == "__main__":
    main()
