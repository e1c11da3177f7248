"""Trains, measures and uses models on the stand-in device; prints JSON. See ``recipes_on_standin``.

A repairing model of pictures with penalties, labels and a second run that goes on from the first.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from torch import Tensor

from mmgan_core import Model, evaluate, load, load_recipe
from mmgan_core.assembly.opening import open_source
from mmgan_core.recipe.schema import Recipe
from mmgan_core.runs.checkpoint import checkpoints, load_checkpoint
from mmgan_core.testing.standin import DEVICE, standin_device
from mmgan_core.training.run import train

SMALL = {
    "train.batch_size": 8,
    "train.log_every": 8,
    "train.sample_every": 16,
    "train.checkpoint_every": 16,
    "make.image.generator.width": 4,
    "make.image.discriminator.width": 4,
    "make.image.modality": {"channels": 1, "height": 16, "width": 16},
    "data": "core/digits",
    "make.image.evaluator.samples": 64,
    "make.image.adversarial_start": 0,
    "evaluate.count": 16,
}


def recipe(samples: int) -> Recipe:
    return load_recipe("digits-repair", **SMALL, **{"train.samples": samples})


def main(folder: Path) -> None:
    whole, parts, cpu = (folder / name for name in ("whole", "parts", "cpu"))
    with standin_device():
        train(recipe(32), whole, device=DEVICE)
        train(recipe(16), parts, device=DEVICE)
        train(recipe(32), parts, device=DEVICE, resume=True)
    train(recipe(32), cpu, cpu=True)
    saved = [load_checkpoint(checkpoints(run)[-1])[0] for run in (whole, parts, cpu)]
    found: dict[str, object] = {
        "resumed": apart(saved[0], saved[1]),
        "from the CPU": apart(saved[0], saved[2]),
    }
    picture = open_source({"use": "core/digits"}).tables("train")[0].values("image", [0])[0]
    with standin_device():
        there = uses(load(whole, device=DEVICE), picture)
        found["numbers"] = len(evaluate(whole, device=DEVICE).rows)
    here = uses(load(whole), picture)
    found["uses"] = {name: float((there[name] - here[name]).abs().max()) for name in here}
    print("FACTS" + json.dumps(found), flush=True)


def uses(model: Model, picture: object) -> dict[str, Tensor]:
    """What a model makes in each way that there is, on the CPU."""
    made = {
        "generate": model.generate(count=3, label="one").tensors["image"],
        "repair": model.repair(image=picture, mask_kind="strokes", count=2).tensors["image"],
        "interpolate": model.interpolate(steps=2, label=["one", "two"]).tensors["image"],
        "invert": model.invert("image", picture, steps=2, starts=2, label="one").noise,
    }
    return {name: tensor.detach().cpu() for name, tensor in made.items()}


def apart(one: dict[str, dict[str, Tensor]], other: dict[str, dict[str, Tensor]]) -> float:
    """By how much two checkpoints differ."""
    return max(
        float((tensor.double() - other[file][name].double()).abs().max())
        for file, tensors in one.items()
        for name, tensor in tensors.items()
        if tensor.numel()
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
