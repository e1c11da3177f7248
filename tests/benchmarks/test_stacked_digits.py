"""A thousand modes are counted as the papers count them."""

import math
from pathlib import Path

import pytest
import torch

from benchmarks.stacked_digits import main, modes_and_divergence, stacked, write
from mmgan_core.components.sources.parquet import ParquetTable
from mmgan_core.contracts import Evaluated
from mmgan_image.modality.image_modality import ImageModality, ImageOptions

from .conftest import Measure

DIGIT = ImageModality(ImageOptions(channels=1, height=8, width=8))


def test_equal_modes_diverge_by_nothing() -> None:
    assert modes_and_divergence(torch.arange(1_000).repeat(3), 1_000) == (1_000, 0.0)
    assert modes_and_divergence(torch.full((50,), 7), 1_000) == (1, pytest.approx(math.log(1_000)))
    # Half of the modes, equally often: log 2.
    found, divergence = modes_and_divergence(torch.arange(0, 1_000, 2), 1_000)
    assert (found, divergence) == (500, pytest.approx(math.log(2)))
    # 3/4 log(3/4 * 2) + 1/4 log(1/4 * 2)
    uneven = modes_and_divergence(torch.tensor([0, 0, 0, 1]), 2)
    assert uneven == (2, pytest.approx(0.75 * math.log(1.5) + 0.25 * math.log(0.5)))


def test_colours_are_digits_of_their_own(data: Path, tmp_path: Path) -> None:
    table = ParquetTable([data / "train.parquet"])
    pictures = stacked(table, DIGIT, 40, 3)
    assert pictures.shape == (40, 3, 8, 8)
    known = {
        tuple(digit.flatten().tolist())
        for digit in DIGIT.prepare(table.values("image", range(len(table))))
    }
    channels = {tuple(channel.flatten().tolist()) for channel in pictures.flatten(0, 1)}
    assert channels <= known
    assert len(channels) > 100
    assert torch.equal(stacked(table, DIGIT, 40, 3), pictures)
    assert not torch.equal(stacked(table, DIGIT, 40, 4), pictures)
    write(pictures, tmp_path / "stacked.parquet")
    colour = ImageModality(ImageOptions(channels=3, height=8, width=8))
    back = colour.prepare(ParquetTable([tmp_path / "stacked.parquet"]).values("image", range(40)))
    assert torch.equal(back, pictures)


def test_the_mode_is_read_off_every_colour(data: Path) -> None:
    from benchmarks.stacked_digits import modes_of

    class Levels:
        """Reads a digit's brightness."""

        names = tuple("0123456789")

        def read(self, values, asked):
            levels = torch.tensor([value.getpixel((0, 0)) // 25 for value in values])
            return Evaluated(torch.zeros(len(values), 1), levels, levels)

    levels = torch.tensor([[9, 0, 3], [0, 0, 0], [4, 4, 2]])
    pictures = (levels[:, :, None, None] * 25 + 5).expand(3, 3, 8, 8)
    found = modes_of(Levels(), DIGIT, DIGIT.to_sample(pictures))  # type: ignore[arg-type]
    assert found.tolist() == [903, 0, 442]


def test_it_runs_and_goes_on(data: Path, tmp_path: Path, measure: Measure) -> None:
    small = [
        "--data",
        data,
        "--run",
        tmp_path / "run",
        "--rows",
        64,
        "--size",
        8,
        "--samples",
        128,
        "--width",
        4,
        "--noise",
        4,
        "--count",
        80,
        "--evaluator-samples",
        640,
    ]
    said = measure(main, *small)
    lines = said.splitlines()
    assert lines[0] == "| 1,000 modes | found | KL | n |"
    assert lines[2].startswith("| made, 128 samples trained |")
    # Of 80 pictures no more than 80 modes can be found, at no less than log 12.5.
    name, found, divergence, n = (cell.strip() for cell in lines[3].strip("|").split("|"))
    assert (name, n) == ("real, of test digits", "80")
    assert 20 < int(found) <= 80
    assert float(divergence) >= 2.52
    assert measure(main, *small) == said
