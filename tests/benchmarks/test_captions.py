"""How well pictures made from captions follow them, at a tiny size."""

from pathlib import Path

import torch
from PIL import Image
from pyarrow.parquet import read_table

from benchmarks.captions import all_seen, main, print_found
from mmgan_core.components.retrieval import nearest_own
from mmgan_core.contracts import Evaluated, Matched
from mmgan_core.recipe.reading import check
from mmgan_core.training.run import train

from .conftest import Measure


def test_a_caption_with_one_new_word_is_unseen() -> None:
    shown = ["Red heart", "flag: France", "dog"]
    captions = ["flag, red", "red dogs", "DOG"]
    assert all_seen(captions, shown).tolist() == [True, False, True]


def test_each_sample_is_told_to_be_nearest_to_its_own_or_not() -> None:
    given = torch.eye(3)
    samples = given[[0, 2, 2]]  # the second lies at the caption of the third
    matched = Matched(samples, given, torch.arange(3))
    assert nearest_own(matched, 3).tolist() == [True, False, True]


def test_seen_and_unseen_captions_are_counted_apart(measure: Measure) -> None:
    given = torch.eye(4)
    samples = given[[0, 1, 3, 3]]
    seen = {"real": Evaluated(matched=lambda: Matched(samples, given, torch.arange(4)))}
    known = torch.tensor([True, True, False, False])
    said = measure(lambda: print_found(seen, torch.tensor([1, 2, 3, 0]), known))
    head, _, row = said.strip().splitlines()
    assert "1 of 4 captions" in head
    assert "words all seen (2)" in head
    assert row == "| real | 75.0% | 100.0% | 50.0% | 25.0% |"


def test_tables_and_a_sheet_are_made(measure: Measure, data: Path, tmp_path: Path) -> None:
    # The writers of the test split are others; here they are those that the model knows.
    (data / "test.parquet").write_bytes((data / "train.parquet").read_bytes())
    encoder = {"use": "image/conv", "dim": 8}
    label = {"modality": "core/label", "encoder": {"use": "core/label-embedding", "dim": 8}}
    recipe = {
        "name": "captions",
        "data": f"parquet:{data}",
        "given": {"label": label, "writer": label},
        "fusion": {"use": "core/concatenation", "dim": 16},
        "make": {
            "image": {
                "modality": {"channels": 1, "height": 16, "width": 16},
                "generator": {"use": "image/dcgan", "width": 4, "noise_dim": 8},
                "discriminator": {"use": "image/dcgan", "width": 4},
                "loss": "objectives/hinge",
                "evaluator": {"encoder": encoder, "target": "label", "samples": 64},
                "matcher": {"encoder": encoder, "given": "label", "samples": 128},
            }
        },
        "train": {"samples": 64, "batch_size": 32},
    }
    run = train(check(recipe, "captions"), tmp_path / "run")
    sheet = tmp_path / "sheet.png"
    arguments = ("--caption", "label", "--style", "writer", "--captions", "three", "seven", "one")
    writers = [str(writer) for writer in run_writers(data)]
    said = measure(
        main, run.path, "--count", 40, *arguments, "--styles", *writers, "--sheet", sheet
    )
    rows = [line.split("|")[1].strip() for line in said.splitlines() if line.startswith("| ")]
    ways = ["made from label", "made from label + writer", "real"]
    assert [row for row in rows if row in ways] == ways * 2
    assert "1 of 10 captions found" in said
    assert "words all seen (40)" in said
    with Image.open(sheet) as picture:
        assert picture.size[0] * 2 == picture.size[1] * 3  # two writers, three labels


def run_writers(data: Path) -> list[int]:
    """Two writers of the training split."""
    return sorted(set(read_table(data / "train.parquet")["writer"].to_pylist()))[:2]
