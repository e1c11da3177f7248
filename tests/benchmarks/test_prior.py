"""The table of what drawing entries that are not given brings."""

import json
from pathlib import Path

from benchmarks.prior import main
from mmgan_core import load_recipe
from mmgan_core.training.run import train

from .conftest import Measure


def test_a_table_is_printed(measure: Measure, tmp_path: Path) -> None:
    recipe = load_recipe(
        "digits",
        **{
            "given": {
                "text": {"column": "label", "encoder": {"use": "text/characters", "dim": 8}},
                "label": {"encoder": {"use": "core/label-embedding", "dim": 8}},
            },
            "fusion.dim": 8,
            "train.samples": 64,
            "prior.samples": 64,
            "make.image.generator": {"use": "image/dcgan", "width": 4},
            "make.image.discriminator": {"use": "image/dcgan", "width": 4, "normalise": False},
            "make.image.evaluator.samples": 64,
        },
    )
    run = train(recipe, tmp_path / "run", cpu=True).path
    numbers = tmp_path / "numbers.json"
    said = measure(main, f"run:{run}", "--count", 16, "--seeds", 0, 1, "--to", numbers)
    titles = [line.split(" | ")[0] for line in said.splitlines()[2:]]
    singles = [f"| {name}" for name in ("nothing", "text", "label") for _ in range(2)]
    assert titles == [*singles, "| text + label"]
    rows = json.loads(numbers.read_text())
    assert len(rows) == 2 * 7
    assert {(row["given"], row["rest"]) for row in rows if row["rest"] == "-"} == {
        ("text + label", "-")
    }
    assert all(0 <= row["rarest class"] <= 0.1 for row in rows)
