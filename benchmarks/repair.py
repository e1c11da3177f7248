"""How well a model fills in the centre of samples, beside methods that need no training.

    mmgan-zoo train digits-repair --cpu
    pip install opencv-python-headless
    python benchmarks/repair.py runs/digits-repair --count 1000

The mask is the middle box, half as long as each side; samples are of the test split; nothing else
is given, except entries that ``--given`` names. L1 is the mean absolute difference over missing
places, for pictures from 0 to 1. Condition accuracy is that of the recipe's evaluator and its
target. The methods:

- Laplace fills the mask with the harmonic function of its border, and the smooth fill (`smooth` of
  `image/unet`) nearly so.
- The nearest neighbour is the training sample with the smallest difference over known places.
- How much of the target the known places reveal is estimated by an evaluator of masked samples: it
  is trained on training samples with the same mask and the recipe's ``data_augment``, for as many
  samples as the recipe's evaluator or as ``--known-samples`` says.
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
    options.add_argument(
        "--given", nargs="*", default=(), help="other entries that the model is conditioned on"
    )
    options.add_argument(
        "--known-samples", type=int, help="training samples of the evaluator of masked samples"
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
    given_values: dict[str, Any] = {
        name: test.raw(name, rows) for name in (given.entry, *given.given)
    }
    answers = [
        model.repair(masked=masked, seed=given.seed + k, **given_values).tensors[given.entry]
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
    print("| filled in by | L1 where missing | condition accuracy |\n| --- | --- | --- |")
    for name, way in ways.items():
        filled = masked.filled(way())
        read = "" if entry is None else f"{condition_accuracy(entry, filled, rows):.3f}"
        print(f"| {name} | {difference(filled, real, masked):.4f} | {read} |")
    if entry is not None:
        samples = given.known_samples or entry.lesson.samples
        blueprint = model.blueprint
        data_augment = Augmenting(
            blueprint.data_augmentations(given.entry),
            blueprint.make[given.entry].data_augment,
            relative=False,
        )
        read = f"{known_alone(entry, masked, rows, data_augment, samples):.3f}"
        print(f"| nothing: an evaluator of masked samples, {samples:,} samples | | {read} |")
    apart = np.mean(
        [difference(one, other, masked) for k, one in enumerate(answers) for other in answers[:k]]
    )
    print(f"\n{ANSWERS} answers of the model differ from one another by {apart:.4f}")


def difference(one: Tensor, other: Tensor, masked: Masked) -> float:
    """L1 over missing places, of pictures from 0 to 1."""
    mask = masked.mask.expand_as(one)
    return float(((one - other).abs() * mask).sum() / mask.sum() / 2)


def condition_accuracy(entry: EvaluatedEntry, filled: Tensor, rows: Sequence[np.ndarray]) -> float:
    """Share of samples in which the evaluator reads the target of the real sample."""
    asked = entry.asked(entry.test, entry.rows_of(entry.test, rows))
    evaluated = entry.evaluator.read(entry.modality.present(filled), asked)
    return float((evaluated.predicted == evaluated.asked).float().mean())


def known_alone(
    entry: EvaluatedEntry,
    masked: Masked,
    rows: Sequence[np.ndarray],
    data_augment: Augmenting,
    samples: int,
) -> float:
    """Accuracy of an evaluator that is trained on masked samples; all have one mask."""
    evaluator, modality = (
        new_evaluator(entry.part, entry.modality, entry.evaluator.names),
        entry.modality,
    )
    every = entry.train.rows(0, len(entry.train))
    real, space = training_samples(entry.train, entry.name), modality.space

    def known(picked: np.ndarray) -> dict[str, np.ndarray]:
        augmented = data_augment.sample(real[picked], 0).sample(real[picked])
        mask = masked.mask[:1].expand(len(picked), *masked.mask.shape[1:])
        values = modality.present(Masked.of(augmented, mask, space).known)
        return {key: tensor.numpy() for key, tensor in evaluator.encoder.prepare(values).items()}

    classes = evaluator.classes(entry.asked(entry.train, entry.rows_of(entry.train, every)))
    teach(evaluator, known, classes, samples=samples, what="an evaluator of masked samples")
    asked = entry.asked(entry.test, entry.rows_of(entry.test, rows))
    evaluated = evaluator.read(modality.present(masked.known), asked)
    return float((evaluated.predicted == evaluated.asked).float().mean())


def training_samples(train: Feed, name: str) -> Tensor:
    """All training samples, (N, *shape)."""
    return torch.cat(
        [
            train.batch(0, start, min(CHUNK, len(train) - start), torch.device("cpu")).real[name]
            for start in range(0, len(train), CHUNK)
        ]
    )


def nearest(masked: Masked, train: Feed, name: str) -> Tensor:
    """The training samples with the smallest difference over known places."""
    every = training_samples(train, name)
    known = (1 - masked.mask[:1]).expand_as(every[:1]).flatten(1)[0].bool()
    flat = every.flatten(1)[:, known]
    best = torch.cat(
        [torch.cdist(part[:, known], flat).argmin(1) for part in masked.known.flatten(1).split(64)]
    )
    return every[best]


def laplace(masked: Masked) -> Tensor:
    """Each missing place becomes the mean of its neighbours; all samples have one mask."""
    mask = masked.mask[0, 0].bool()
    height, width = mask.shape
    number = torch.full((height, width), -1)
    number[mask] = torch.arange(int(mask.sum()))
    system = torch.eye(int(mask.sum()), dtype=torch.float64)
    known = torch.zeros(len(system), *masked.known.shape[:2], dtype=torch.float64)
    for row, (y, x) in enumerate(mask.nonzero().tolist()):
        beside = [(y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)]
        inside = [(j, i) for j, i in beside if 0 <= j < height and 0 <= i < width]
        for j, i in inside:
            if mask[j, i]:
                system[row, number[j, i]] -= 1 / len(inside)
            else:
                known[row] += masked.known[:, :, j, i] / len(inside)
    solved = torch.linalg.solve(system, known.flatten(1)).view_as(known)
    filled = masked.known.clone()
    filled[:, :, mask] = solved.permute(1, 2, 0).float()
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
