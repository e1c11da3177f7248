"""Small data and a small recipe, for runs that are measured."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from mmgan_core.inference.samples import Samples
from mmgan_core.recipe.schema import Recipe

DENSE = {"use": "core/dense", "hidden": [8]}
EVALUATOR = {
    "encoder": {"use": "image/conv", "width": 4, "dim": 4},
    "target": "label",
    "samples": 640,
}
LABEL = {"label": {"encoder": {"use": "core/label-embedding", "dim": 4}}}


def picture(name: str, number: int) -> Image.Image:
    """A white one or a black one, each with grains of its own."""
    noise = np.random.default_rng(number).integers(0, 40, (8, 8), dtype=np.uint8)
    return Image.fromarray(noise if name == "black" else 255 - noise)


def pictures(folder: Path, count: int, *, first: int = 0, broken: int = 0) -> None:
    """White ones and black ones in turns, and some that are none."""
    for number in range(first, first + count):
        name = ("black", "white")[number % 2]
        (folder / name).mkdir(parents=True, exist_ok=True)
        picture(name, number).save(folder / name / f"{number}.png")
    for number in range(broken):
        (folder / "black" / f"broken-{number}.png").write_bytes(b"no picture")


def png(levels: npt.NDArray[np.uint8]) -> bytes:
    """A grey picture, encoded."""
    stream = io.BytesIO()
    Image.fromarray(levels).save(stream, "PNG")
    return stream.getvalue()


def recipe(data: object, **changes: object) -> Recipe:
    """A label to a picture of eight pixels a side."""
    plain = {
        "name": "small",
        "data": data,
        "bad_rows": 0.5,
        "given": LABEL,
        "make": {
            "image": {
                "modality": {"channels": 1, "height": 8, "width": 8},
                "generator": DENSE,
                "discriminator": DENSE,
                "loss": "objectives/hinge",
                "evaluator": EVALUATOR,
            }
        },
        "train": {"samples": 32, "batch_size": 8},
        "evaluate": {"metrics": ["core/condition-accuracy", "core/frechet"]},
    }
    return Recipe.model_validate({**plain, **changes})


def making(pictures: Callable[[int, Sequence[str]], list[object]]) -> Callable[..., object]:
    """A ``Model.generate`` that makes so many pictures for these labels, or for none."""

    def generate(model: object, *, count: int, seed: int = 0, **given: Sequence[str]) -> Samples:
        return Samples({"image": pictures(count, given.get("label", ()))}, {}, {})

    return generate
