"""Masked samples filled in by a model, and by methods that need no training."""

from pathlib import Path

import pytest
import torch

from benchmarks.repair import difference, laplace, main
from mmgan_core import load_recipe
from mmgan_core.contracts import Masked, SampleSpace
from mmgan_core.training.run import train

from .conftest import Measure

SPACE = SampleSpace("image", (1, 8, 8))


def holed(sample: torch.Tensor) -> Masked:
    mask = torch.zeros(len(sample), 1, 8, 8)
    mask[:, :, 2:6, 2:6] = 1
    return Masked.of(sample, mask, SPACE)


def test_laplace_finds_what_is_harmonic() -> None:
    y, x = torch.meshgrid(torch.linspace(-1, 1, 8), torch.linspace(-1, 1, 8), indexing="ij")
    sample = torch.stack([x * y, 0.5 * x - 0.2 * y])[:, None]
    filled = laplace(holed(sample))
    torch.testing.assert_close(filled, sample, atol=1e-5, rtol=1e-4)


def test_differences_are_of_what_is_missing_from_0_to_1() -> None:
    sample = torch.zeros(3, 1, 8, 8)
    other = sample.clone()
    other[:, :, 2:6, 2:6] = 0.5
    other[:, :, 0, 0] = 1
    assert difference(other, sample, holed(sample)) == pytest.approx(0.25)


def test_a_table_is_printed(measure: Measure, data: Path, tmp_path: Path) -> None:
    (data / "test.parquet").write_bytes((data / "train.parquet").read_bytes())
    recipe = load_recipe(
        "digits-repair",
        **{
            "data": f"parquet:{data}",
            "train.samples": 64,
            "train.batch_size": 16,
            "make.image.modality": {"channels": 1, "height": 8, "width": 8},
            "make.image.generator.width": 4,
            "make.image.discriminator.width": 4,
            "make.image.evaluator.samples": 640,
        },
    )
    run = train(recipe, tmp_path / "run")
    said = measure(main, run.path, "--count", 20)
    lines = [line.split("|") for line in said.splitlines() if line.startswith("|")]
    rows = {cells[1].strip(): cells[2:4] for cells in lines}
    assert float(rows["real"][0]) == 0
    assert 0 < float(rows["Laplace"][0]) < 1
    assert 0 < float(rows["the model"][0]) < 1
    # Test samples are training ones here: what is nearest is the sample itself.
    assert rows["nearest neighbour in the training split"] == rows["real"]
    assert "nothing: an evaluator of masked samples, 640 samples" in rows
    conditioned = measure(main, run.path, "--count", 20, "--given", "label")
    assert [line for line in conditioned.splitlines() if line.startswith("| Laplace")] == [
        line for line in said.splitlines() if line.startswith("| Laplace")
    ]
    assert said != conditioned
