"""The FID's network: what differs from torchvision's, its weights' file, and the two distances."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch.nn.functional import avg_pool2d

import mmgan_image.blocks.inception_network as inception_network
from mmgan_core import MmganError
from mmgan_core.assembly.choosing import chosen_part
from mmgan_image.blocks.inception_network import (
    ALIKE,
    _without_padding,
    features_of,
    inception,
    published_inception,
    resized,
)
from mmgan_image.metrics.inception_distances import FID, KID, InceptionDistanceOptions


@pytest.fixture(scope="module")
def network() -> torch.nn.Module:
    torch.manual_seed(0)
    found: torch.nn.Module = inception()
    return found


def test_pictures_are_resized_from_the_upper_left_corner() -> None:
    """Two places to four: 0, half way, the second, and beyond it the second again."""
    row = torch.tensor([[[[0.0, 10.0], [20.0, 30.0]]]])
    assert resized(row, 4)[0, 0].tolist() == [
        [0, 5, 10, 10],
        [10, 15, 20, 20],
        [20, 25, 30, 30],
        [20, 25, 30, 30],
    ]
    assert resized(torch.arange(4.0).expand(1, 1, 4, 4), 2)[0, 0, 0].tolist() == [0, 2]


def test_averages_count_no_padding() -> None:
    torch.manual_seed(0)
    maps = torch.randn(2, 3, 5, 4)
    (found,) = _without_padding(torch.nn.Identity(), (avg_pool2d(maps, 3, 1, 1),))
    torch.testing.assert_close(found, avg_pool2d(maps, 3, 1, 1, count_include_pad=False))


def test_the_last_block_takes_the_maximum(network: torch.nn.Module) -> None:
    """The branch sees what max pooling makes of the block's input, of which one place is large."""
    block, seen = network.Mixed_7c, []
    handle = block.branch_pool.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    maps = torch.zeros(1, 2_048, 8, 8)
    maps[0, 0, 4, 4] = 9.0
    block(maps)
    handle.remove()
    assert seen[0][0, 0].sum() == 9 * 9.0


def test_features_are_those_before_the_classifier(network: torch.nn.Module) -> None:
    pixels = torch.randint(0, 256, (2, 3, 20, 30), dtype=torch.uint8)
    found = features_of(network, pixels)
    assert found.shape == (2, 2_048)
    assert network.fc.out_features == 1_008, "the network is left as it was"
    assert not found.requires_grad


def test_missing_weights_are_named_with_where_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    published_inception.cache_clear()
    with pytest.raises(MmganError, match="published weights") as told:
        published_inception()
    assert "https://github.com/" in str(told.value.hint)
    assert str(tmp_path / "checkpoints") in str(told.value.hint)


@pytest.mark.parametrize("name", ALIKE)
def test_published_weights_are_read_and_no_others(
    name: str, network: torch.nn.Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Random weights stand in for them, in the same format; their hash is named, or refused."""
    file = tmp_path / "checkpoints" / name
    file.parent.mkdir()
    torch.save(network.state_dict(), file)
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    published_inception.cache_clear()
    with pytest.raises(MmganError, match="does not hold the published weights"):
        published_inception()
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    monkeypatch.setattr(inception_network, "HASH", digest[:8])
    found = published_inception()
    published_inception.cache_clear()
    pixels = torch.randint(0, 256, (1, 3, 40, 40), dtype=torch.uint8)
    assert torch.equal(features_of(found, pixels), features_of(network, pixels))


def test_pictures_of_several_sizes_are_encoded() -> None:
    modality = chosen_part("modality", "image/image", {"channels": 3}, "x").build()
    part = chosen_part("encoder", "image/inception", {"pretrained": False}, "x")
    encoder = part.build(modality)
    pictures = [Image.new("RGB", size, "red") for size in ((8, 8), (8, 8), (9, 7))]
    found = encoder(encoder.prepare(pictures)).pooled
    assert found.shape == (3, encoder.dim)
    torch.testing.assert_close(found[0], found[2])
    assert encoder.state_dict() == {}


def test_fid_and_kid_are_of_this_network_alone() -> None:
    for metric, title in ((FID, "FID"), (KID, "KID")):
        one = metric(InceptionDistanceOptions())
        assert one.title == title
        assert one.encoder == {"use": "image/inception"}
        assert one.needs == {"values", "encode"}
