"""Emoji of one vendor redrawn as another's, at a tiny size."""

import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

from benchmarks.vendors import frechet, main, paired_rows, rows_of, share, table_of
from mmgan_core import load_recipe
from mmgan_core.errors import DataError
from mmgan_core.training.run import train

from .conftest import Measure

VENDORS = ("noto", "twemoji")


def png(level: int, height: int) -> bytes:
    """A grey bar, whose height is what the two vendors share."""
    picture = Image.new("RGB", (16, 16), "white")
    picture.paste((level, level, level), (0, 0, 16, height))
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """Bars of three vendors, in each split; the last two meanings are not those of all."""
    rows = [
        {
            "image": png(level, 2 + meaning % 12),
            "vendor": vendor,
            "codepoints": str(meaning),
            "group": "low" if meaning % 12 < 6 else "high",
        }
        for number, (vendor, level) in enumerate({"noto": 0, "other": 60, "twemoji": 150}.items())
        for meaning in range(number, 24 + number)
    ]
    folder = tmp_path / "pack"
    folder.mkdir()
    for split in ("train", "test"):
        pq.write_table(pa.Table.from_pylist(rows), folder / f"{split}.parquet")
    return folder


def test_rows_of_the_same_meaning_are_paired_in_one_order(pack: Path) -> None:
    table = table_of(f"parquet:{pack}", VENDORS, "test")
    rows = paired_rows(table, VENDORS, 100)
    meanings = {vendor: table.values("codepoints", rows[vendor]) for vendor in VENDORS}
    assert meanings["noto"] == meanings["twemoji"] == [str(number) for number in range(2, 24)]
    assert all(set(table.values("vendor", rows[vendor])) == {vendor} for vendor in VENDORS)
    assert len(rows_of(table, "twemoji")) == 24
    assert [len(found) for found in paired_rows(table, VENDORS, 5).values()] == [5, 5]
    with pytest.raises(DataError, match="no codepoints has a picture of each of noto, nobody"):
        paired_rows(table, ("noto", "nobody"), 5)


def test_numbers_by_hand() -> None:
    assert share(torch.tensor([1, 0, 1, 2]), 1) == 0.5
    one = torch.tensor([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0], [2.0, 2.0]])
    assert frechet(one, one) == pytest.approx(0, abs=1e-9)
    assert frechet(one, one + torch.tensor([3.0, 4.0])) == pytest.approx(25)
    # Twice as wide: for each of two features, variances 4/3 and 16/3.
    assert frechet(one - 1, 2 * (one - 1)) == pytest.approx(2 * 4 / 3)


def test_a_table_for_each_direction_and_a_sheet_are_made(
    measure: Measure, pack: Path, tmp_path: Path
) -> None:
    data = f"parquet:{pack}"
    small: dict[str, Any] = {"use": "image/image", "channels": 3, "height": 16, "width": 16}
    changes: dict[str, Any] = {f"data.sources.{number}.use": data for number in range(len(VENDORS))}
    for vendor in VENDORS:
        changes |= {
            f"given.a_{vendor}.modality": small,
            f"make.{vendor}.modality": small,
            f"make.{vendor}.generator.width": 4,
            f"make.{vendor}.discriminator.width": 4,
        }
    recipe = load_recipe("emoji-vendors", **changes, **{"train.samples": 32})
    run = train(recipe, tmp_path / "run")
    sheet = tmp_path / "sheet.png"
    arguments = ["--data", data, "--evaluator-samples", 1_280, "--sheet", sheet]
    said = measure(main, run.path, *arguments)
    assert "22 test pairs" in said
    lines = [line.split("|")[1:-1] for line in said.splitlines() if line.startswith("| ")]
    found = [[cell.strip() for cell in cells] for cells in lines if "---" not in cells[0]]
    heads = [cells[0] for cells in found]
    ways = ["as it is", "redrawn", "the true one", "training pictures"]
    assert heads == ["noto to twemoji", *ways, "twemoji to noto", *ways]
    for start in (0, 5):
        as_it_is, redrawn, true, of_training = found[start + 1 : start + 5]
        assert true[1:3] == ["99.00", "0.000"]
        assert of_training[1:3] == ["", ""]
        assert float(as_it_is[1]) < 99
        assert float(redrawn[2]) > 0
        # Levels of grey are easily told apart: nothing that is left as it is passes for the other.
        assert as_it_is[5] == "0.0%"
        assert true[5] == "100.0%"
    with Image.open(sheet) as picture:
        assert picture.size[1] == 8 * picture.size[0] // 16
