"""Ways between samples: where they begin and end, and what lies between."""

from __future__ import annotations

import math

import pytest
import torch

from mmgan_core import UsageError, load
from mmgan_core.contracts import Condition
from mmgan_core.inference.interpolation import InterpolationPath, slerp
from mmgan_core.inference.model import Model


@pytest.fixture(scope="module")
def model() -> Model:
    return load("digits")


def test_slerp_keeps_to_the_circle() -> None:
    ends = torch.tensor([[2.0, 0.0], [0.0, 2.0]])
    half = slerp(ends[:1], ends[1:], torch.tensor([[0.5]]))
    assert torch.allclose(half, torch.full((1, 2), math.sqrt(2)))
    third = slerp(ends[:1], ends[1:], torch.tensor([[1 / 3]]))
    assert torch.allclose(third, 2 * torch.tensor([[math.cos(math.pi / 6), 0.5]]))


@pytest.mark.parametrize("other", [[1.0, 0.0], [3.0, 0.0], [-1.0, 0.0], [0.0, 0.0]])
def test_slerp_without_a_circle_stays_finite(other: list[float]) -> None:
    one, ends = torch.tensor([[1.0, 0.0]]), torch.tensor([other])
    for share in (0.0, 0.3, 1.0):
        assert slerp(one, ends, torch.tensor([[share]])).isfinite().all()
    assert torch.allclose(slerp(one, ends, torch.tensor([[1.0]])), ends, atol=1e-6)


def test_a_path_passes_every_anchor() -> None:
    anchors = torch.randn(3, 8, generator=torch.Generator().manual_seed(0))
    way = InterpolationPath(3, 4)
    frames = way.noise(anchors)
    assert (way.frames, frames.shape) == (9, (9, 8))
    assert torch.allclose(frames[[0, 4, 8]], anchors, atol=1e-6)


def test_tokens_are_those_of_the_nearer_anchor() -> None:
    tokens = torch.tensor([[[0.0]], [[1.0]]])
    maps = torch.tensor([[[[0.0]]], [[[1.0]]]])
    mask = torch.ones(2, 1, dtype=torch.bool)
    found = InterpolationPath(2, 4).condition(
        Condition(torch.tensor([[0.0], [4.0]]), tokens, mask, maps)
    )
    assert found.pooled.flatten().tolist() == [0, 1, 2, 3, 4]
    assert found.tokens is not None
    assert found.tokens.flatten().tolist() == [0, 0, 1, 1, 1]
    assert found.maps is not None
    assert found.maps.flatten().tolist() == [0, 0.25, 0.5, 0.75, 1]


def test_a_model_goes_through_the_samples_it_generates(model: Model) -> None:
    asked = {"label": ["three", "eight"], "seed": 5}
    ends = model.generate(**asked).tensors["image"]
    way = model.interpolate(steps=4, **asked).tensors["image"]
    assert len(way) == 5
    assert torch.allclose(way[[0, -1]], ends, atol=1e-5)
    jumps = (way[1:] - way[:-1]).flatten(1).norm(dim=1)
    assert jumps.max() < (ends[0] - ends[1]).norm()
    assert jumps.min() > 0


@pytest.mark.parametrize(("labels", "length"), [("one", 3), (("one", "two", "six"), 5)])
def test_the_length_of_a_path(model: Model, labels: object, length: int) -> None:
    assert len(model.interpolate(steps=2, label=labels).image) == length


def test_truncation_turns_the_noise_down_and_up(model: Model) -> None:
    spread = [
        model.generate(label="three", count=16, truncation=share).tensors["image"].std(0).mean()
        for share in (0.0, 0.5, 1.0, 1.5)
    ]
    # What is not given is still drawn.
    assert 0 < spread[0] < 0.05 * spread[2]
    assert spread[0] < spread[1] < spread[2] < spread[3]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"steps": 0}, "at least 1 step"),
        ({"steps": 2, "count": 1}, "at least 2"),
        ({"steps": 2, "truncation": 2.5}, "from 0 to 2"),
        ({"steps": 2, "label": ["one", "two", "six"], "count": 2}, "fewer than the 3 values"),
    ],
)
def test_paths_that_are_refused(model: Model, asked: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        model.interpolate(**asked)
