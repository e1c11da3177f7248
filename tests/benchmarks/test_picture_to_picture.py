"""Pictures made from pictures by a model, by what is given, and by a plain pix2pix."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from benchmarks.picture_to_picture import Pix2Pix, main, psnr
from mmgan_core import load_recipe
from mmgan_core.training.run import train

from .conftest import Measure


def test_psnr_is_of_the_whole_range() -> None:
    real = torch.zeros(2, 3, 4, 4)
    made = real.clone()
    made[0] += 0.2  # a tenth of the range: 20 dB
    made[1] += 0.02
    assert psnr(made, real) == pytest.approx(30, abs=1e-3)
    assert psnr(real, real) == 99


def test_pix2pix_is_about_as_large_as_asked() -> None:
    network = Pix2Pix(1, 3, 60_000, 0)
    assert 50_000 < network.size() < 80_000
    assert network.make(torch.zeros(2, 1, 32, 32)).shape == (2, 3, 32, 32)


def test_a_table_is_printed(measure: Measure, data: Path, tmp_path: Path) -> None:
    (data / "test.parquet").write_bytes((data / "train.parquet").read_bytes())
    picture = {"use": "image/image", "channels": 1, "height": 8, "width": 8}
    recipe = load_recipe(
        "emoji-superres",
        **{
            "data": f"parquet:{data}",
            "train.samples": 64,
            "given.small.modality": picture,
            "make.image.modality": {"channels": 1, "height": 32, "width": 32},
            "make.image.generator.width": 4,
            "make.image.discriminator.width": 4,
            "make.image.evaluator.target": "label",
            "make.image.evaluator.samples": 640,
        },
    )
    run = train(recipe, tmp_path / "run")
    sheet = tmp_path / "sheet.png"
    said = measure(main, run.path, "--count", 20, "--seconds", 0.5, "--sheet", sheet)
    lines = [line.split("|") for line in said.splitlines() if line.startswith("|")]
    rows = {cells[1].strip(): [cell.strip() for cell in cells[2:4]] for cells in lines}
    assert rows["real"] == ["99.00", "0.0000"]
    # Test pictures are training ones here: what is nearest is the picture itself.
    assert rows["the nearest neighbour in the training split"] == rows["real"]
    assert 0 < float(rows["the model"][0]) < float(rows["what is given, enlarged"][0]) < 99
    assert float(rows["what is given, enlarged"][1]) > 0
    assert any(way.startswith("plain pix2pix") for way in rows)
    with Image.open(sheet) as picture:
        # 32 pixels are rendered twice as large, a row for each way.
        assert picture.size == (10 * 64, 5 * 64)
