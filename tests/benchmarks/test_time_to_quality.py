"""Contestants get the same time, and are shown at their best."""

import itertools
import json
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import nn

from benchmarks.contestants import Plain, by_statistics, dcgan_discriminator, dcgan_generator
from benchmarks.time_to_quality import main, reached, render, table

from .conftest import Measure


def row(name: str, seconds: float, distance: float) -> dict[str, object]:
    return {
        "name": name,
        "seconds": seconds,
        "distance": distance,
        "coverage": 0.5,
        "samples": 64,
        "way": "averaged weights",
    }


ROWS = [
    row("one", 30.2, 50.0),
    row("other", 30.1, 80.0),
    row("one", 60.3, 18.0),
    row("other", 60.4, 60.0),
    row("one", 90.4, 21.0),
    row("other", 90.0, 9.0),
]


def test_a_mark_is_reached_when_it_was_first_seen() -> None:
    assert reached(ROWS, "one", 20) == 60.3
    assert reached(ROWS, "other", 20) == 90.0
    assert reached(ROWS, "one", 10) is None
    said = table(ROWS, [20, 10]).splitlines()
    assert said[0] == "| CPU seconds: distance (coverage) | one | other |"
    assert said[2] == "| 30 | 50.00 (0.500) | 80.00 (0.500) |"
    assert said[-3:] == [
        "| 20 | 60 | 90 |",
        "| 10 | not reached | 90 |",
        "| samples seen in all | 64 | 64 |",
    ]


def test_curves_are_rendered(tmp_path: Path) -> None:
    render(ROWS, tmp_path / "curves.png")
    with Image.open(tmp_path / "curves.png") as page:
        colours = {colour for _, colour in page.getcolors(100_000)}
    assert {(0x25, 0x63, 0xEB), (0xDC, 0x26, 0x26)} <= colours


@pytest.mark.parametrize("size", [16, 32, 64])
def test_dcgan_of_any_power_of_two(size: int) -> None:
    made = dcgan_generator(2, size, 4)(torch.randn(3, 100, 1, 1))
    assert made.shape == (3, 2, size, size)
    assert made.abs().max() <= 1
    discriminator = dcgan_discriminator(2, size, 4)
    assert discriminator(made).shape == (3,)
    widths = [m.out_channels for m in discriminator.modules() if isinstance(m, nn.Conv2d)]
    assert widths == [4 * 2**k for k in range(len(widths) - 1)] + [1]


def test_a_plain_step_teaches_both() -> None:
    torch.manual_seed(0)
    plain = Plain(torch.ones(20, 1, 16, 16), batch=8, width=4)
    sides = [plain.generator, plain.discriminator]
    before = [torch.cat([p.flatten().clone() for p in side.parameters()]) for side in sides]
    logits = []
    for _ in range(30):
        plain.step()
        logits.append(plain.discriminator(plain.pictures[:8]).mean().item())
    after = [torch.cat([p.flatten() for p in side.parameters()]) for side in sides]
    assert all(not torch.equal(one, other) for one, other in zip(before, after, strict=True))
    assert logits[-1] > logits[0], "real pictures are logits from made ones"


def test_rows_of_an_epoch_are_all_different() -> None:
    plain = Plain(torch.ones(20, 1, 16, 16), batch=8, width=1)
    seen = torch.cat([plain._rows() for _ in range(2)])
    assert len(set(seen.tolist())) == 16
    assert len(plain._rows()) == 8


def test_drawing_leaves_the_running_statistics() -> None:
    network = nn.Sequential(nn.BatchNorm1d(100))
    network.eval()
    made = by_statistics(network, lambda net, noise: 5 + 3 * net(noise), 130, 0)
    assert network[0].num_batches_tracked == 0
    assert made["batch statistics"].shape == made["running statistics"].shape == (130, 100)
    # Batches have the mean 0 by their own statistics, and not by those of no batch at all.
    assert made["batch statistics"][:64].mean(0).sub(5).abs().max() < 1e-4
    assert made["running statistics"][:64].mean(0).sub(5).abs().max() > 0.1


def test_it_runs(
    data: Path, tmp_path: Path, measure: Measure, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every look at the clock takes 0.02 s: two steps fit into a slice, on any machine.
    clock = itertools.count(step=0.02)
    monkeypatch.setattr("time.process_time", lambda: next(clock))
    out = tmp_path / "out" / "curves.json"
    said = measure(
        main,
        "--data",
        data,
        "--size",
        8,
        "--seconds",
        0.1,
        "--slice",
        0.05,
        "--only",
        "ours",
        "plain-narrow",
        "--mark",
        1e9,
        "--count",
        40,
        "--evaluator-samples",
        640,
        "--out",
        out,
    )
    rows = json.loads(out.read_text())["rows"]
    assert [row["name"] for row in rows] == ["ours", "plain-narrow"] * 2
    assert all(row["seconds"] >= 0.05 and row["samples"] >= 64 for row in rows)
    assert {row["way"] for row in rows if row["name"] == "ours"} == {"averaged weights"}
    assert out.with_suffix(".png").is_file()
    assert "| 1e+09 | " in said
    assert "Other real samples: distance" in said
