"""Random masks for training, and masks that people paint."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn.functional import max_pool2d

from mmgan_core.errors import BadValue
from mmgan_image.modality.image_modality import ImageModality, ImageOptions
from mmgan_image.modality.masks import read_mask, sample_picture_masks

SIZE = (24, 32)  # height and width


def painted(box: tuple[int, int, int, int], size: tuple[int, int] = (32, 24)) -> Image.Image:
    mask = Image.new("L", size)
    mask.paste(255, box)
    return mask


@pytest.mark.parametrize("mask_kind", ["strokes", "half", "outside"])
def test_shapes_miss_about_the_shares_that_are_asked_for(mask_kind: str) -> None:
    torch.manual_seed(0)
    masks = sample_picture_masks(mask_kind, 200, SIZE, 0.2, 0.4)
    assert masks.shape == (200, 1, *SIZE)
    assert set(masks.unique().tolist()) == {0.0, 1.0}
    shares = masks.mean((1, 2, 3))
    assert 0.2 < shares.mean() < 0.4
    # A stroke that crosses itself or leaves by the border covers less.
    assert shares.min() > (0.04 if mask_kind == "strokes" else 0.1)
    assert shares.max() < 0.55
    assert len(masks.flatten(1).unique(dim=0)) > 20, "they differ"


def test_halves_are_on_each_of_four_sides() -> None:
    torch.manual_seed(0)
    masks = sample_picture_masks("half", 64, SIZE, 0.5, 0.5)[:, 0]
    corners = {(int(m[0, 0]), int(m[0, -1]), int(m[-1, 0]), int(m[-1, -1])) for m in masks}
    assert corners == {(1, 1, 0, 0), (0, 0, 1, 1), (1, 0, 1, 0), (0, 1, 0, 1)}


def test_outside_leaves_one_window() -> None:
    torch.manual_seed(0)
    for mask in sample_picture_masks("outside", 20, SIZE, 0.3, 0.6)[:, 0]:
        known = (mask == 0).nonzero()
        low, high = known.amin(0), known.amax(0)
        assert len(known) == (high - low + 1).prod(), "a full rectangle"


def test_a_stroke_is_in_one_piece() -> None:
    from scipy.ndimage import label

    torch.manual_seed(0)
    for mask in sample_picture_masks("strokes", 20, (64, 64), 0.1, 0.3)[:, 0]:
        assert label(mask.numpy(), np.ones((3, 3)))[1] == 1


def test_smallest_pictures_have_masks_too() -> None:
    torch.manual_seed(0)
    for mask_kind in ("strokes", "half", "outside"):
        assert sample_picture_masks(mask_kind, 5, (1, 1), 0.1, 0.9).shape == (5, 1, 1, 1)


def test_white_or_transparent_is_missing() -> None:
    mask = Image.new("RGBA", (32, 24), (0, 0, 0, 255))
    mask.paste((255, 255, 255, 255), (0, 0, 4, 4))
    mask.paste((0, 0, 0, 0), (8, 8, 12, 12))
    levels = np.asarray(read_mask(mask, (32, 24)))
    assert (levels > 127).sum() == 32
    assert levels[0, 0] == 255
    assert levels[9, 9] == 255


def test_masks_that_say_nothing_are_refused() -> None:
    with pytest.raises(BadValue, match="the mask is 8 x 8, the picture 32 x 24"):
        read_mask(Image.new("L", (8, 8), 255), (32, 24))
    with pytest.raises(BadValue, match="black all over: paint white what is missing"):
        read_mask(Image.new("L", (32, 24), 100), (32, 24))
    with pytest.raises(BadValue, match="not a picture"):
        read_mask(b"nothing", (32, 24))


@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
def test_a_mask_goes_where_its_picture_goes(fit: str) -> None:
    """A picture that is white where its mask is, still is when both are fitted."""
    modality = ImageModality(ImageOptions(channels=1, height=16, width=16, fit=fit))
    mask = painted((8, 4, 24, 20), size=(40, 24))
    sample = modality.to_sample(modality.prepare([mask]))
    missing = modality.prepare_masks([mask], [mask])
    assert missing.shape == (1, *modality.mask_shape)
    white = sample > 0
    assert missing[white].all()
    beside = max_pool2d(white.float(), 3, stride=1, padding=1)
    assert (missing <= beside).all(), "and beyond the white nothing but the places that it touches"
    assert 0 < missing.mean() < 1


def test_other_kinds_of_data_draw_boxes_and_say_that_masks_cannot_be_given() -> None:
    modality = ImageModality(ImageOptions(channels=3, height=8, width=8))
    base = super(ImageModality, modality)
    with pytest.raises(BadValue, match="has no form of masks yet"):
        base.prepare_masks([], [])
    assert base.sample_masks("everything", 2, 0.1, 0.2).mean() == 1
    assert base.sample_masks("box", 2, 0.25, 0.25).shape == (2, 1, 8, 8)
