"""Samples lie in memory as their modality says."""

from __future__ import annotations

import pytest
import torch

from mmgan_core import load_recipe
from mmgan_core.assembly.opening import open_recipe
from mmgan_core.data.feed import open_feed


@pytest.mark.parametrize("wanted", [torch.channels_last, torch.contiguous_format])
def test_the_feed_asks_the_modality(
    wanted: torch.memory_format, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = {
        "make.image.modality": {"channels": 3, "height": 8, "width": 8},
        "make.image.generator.width": 8,
        "make.image.discriminator.width": 8,
    }
    blueprint, source = open_recipe(load_recipe("digits", **changes))
    modality = blueprint.modalities["image"]
    assert modality.memory_format is torch.channels_last
    monkeypatch.setattr(type(modality), "memory_format", wanted)
    feed = open_feed(blueprint, blueprint.build(), source, "test")
    real = feed.batch(0, 0, 4, torch.device("cpu")).real["image"]
    assert real.is_contiguous(memory_format=wanted)
    other = {torch.channels_last, torch.contiguous_format} - {wanted}
    assert not real.is_contiguous(memory_format=other.pop())
