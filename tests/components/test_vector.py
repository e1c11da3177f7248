"""Numbers as a kind of data: read, scaled, encoded, and trained on from a data set."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
import torch
from PIL import Image
from pydantic import ValidationError

from mmgan_core.components.dense_encoder import DenseEncoder, DenseEncoderOptions
from mmgan_core.components.vector import Vector, VectorOptions
from mmgan_core.contracts import Column
from mmgan_core.errors import BadValue, UsageError
from mmgan_core.recipe.schema import Recipe
from mmgan_core.training.run import train
from mmgan_core.zoo.loading import load

PAIR = Vector(VectorOptions(low=(0.0, -1.0), high=(10.0, 1.0)))


def test_each_number_has_its_own_range() -> None:
    prepared = PAIR.prepare([(0, -1), (5, 0), "10, 1", np.array([20.0, 0.5])])
    assert prepared.tolist() == [[-1, -1], [0, 0], [1, 1], [3, 0.5]]
    assert PAIR.present(prepared)[:2] == [(0, -1), (5, 0)]


def test_values_that_are_not_numbers_are_refused() -> None:
    told = {
        "a, b": "is not a number",
        b"12": "is not a number",
        None: "is not a number",
        (1, float("nan")): "not finite",
        "1": "1 numbers were given, but 2",
    }
    for value, why in told.items():
        with pytest.raises(BadValue, match=why):
            PAIR.prepare([value])


def test_ranges_are_inferred_from_the_data() -> None:
    column = Column("pose")
    assert Vector.suggest(column, [3, "7", 5.0, None]) == {"low": (3.0,), "high": (7.0,)}
    assert Vector.suggest(column, [[1, 2], [1, 4]]) == {"low": (0.5, 2.0), "high": (1.5, 4.0)}
    assert Vector.suggest(column, [[1, 2], [1]]) == {}
    for low, high in (((0.0,), (0.0,)), ((0.0,), (1.0, 2.0)), ((0.0,), (float("inf"),))):
        with pytest.raises(ValidationError):
            VectorOptions(low=low, high=high)


def test_saved_numbers_are_read_again(tmp_path: Path) -> None:
    file = PAIR.save((1.25, -0.5), tmp_path / "pose")
    assert PAIR.decode(file.read_text()) == (1.25, -0.5)
    assert PAIR.render((1.25, -0.5)).size[0] >= 64


def test_waves_make_near_numbers_differ() -> None:
    torch.manual_seed(0)
    near = {"prepared": torch.tensor([[0.50, 0.0], [0.52, 0.0]])}
    apart = []
    for waves in (0, 8):
        encoded = DenseEncoder(DenseEncoderOptions(dim=32, waves=waves), PAIR)(near).pooled.detach()
        apart.append(float((encoded[0] - encoded[1]).norm() / encoded[0].norm()))
    assert apart[1] > 5 * apart[0]


def test_a_picture_from_a_number(tmp_path: Path) -> None:
    """Bars whose place is the number: trained and used, from a file of numbers and pictures."""
    random, rows = np.random.default_rng(0), []
    for _ in range(64):
        place = float(random.uniform(0, 8))
        pixels = np.zeros((8, 8), dtype=np.uint8)
        pixels[:, int(place)] = 255
        Image.fromarray(pixels).save(tmp_path / "bar.png")
        rows.append((place, (tmp_path / "bar.png").read_bytes()))
    table = pa.table({"place": [row[0] for row in rows], "image": [row[1] for row in rows]})
    for split in ("train", "test"):
        pa.parquet.write_table(table, tmp_path / f"{split}.parquet")
    recipe = Recipe.model_validate(
        {
            "name": "bars",
            "data": f"parquet:{tmp_path}",
            "given": {
                "place": {"modality": "core/vector", "encoder": {"use": "core/dense", "dim": 8}}
            },
            "make": {
                "image": {
                    "modality": {"channels": 1, "height": 8, "width": 8},
                    "generator": {"use": "core/dense", "hidden": [16]},
                    "discriminator": {"use": "core/dense", "hidden": [16]},
                    "loss": "objectives/hinge",
                }
            },
            "train": {"samples": 64, "batch_size": 16, "log_every": 64},
        }
    )
    model = load(f"run:{train(recipe, tmp_path / 'run').path}")
    low, high = model.generate(place=[0.5, 7.5], seed=0).tensors["image"]
    assert not torch.equal(low, high)
    assert torch.equal(
        model.generate(place="7.5", seed=0).tensors["image"][0],
        model.generate(place=7.5, seed=0).tensors["image"][0],
    )
    with pytest.raises(UsageError, match="place: 'far' is not a number"):
        model.generate(place="far")
