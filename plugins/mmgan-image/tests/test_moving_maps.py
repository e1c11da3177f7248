"""Augmentations move maps of what is given as they move pictures, on a grid of any size."""

import pytest
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from mmgan_core.contracts import Change, SampleSpace, kept_places
from mmgan_image.augment.affine import on_grid
from mmgan_image.augment.colour import Colour, ColourOptions
from mmgan_image.augment.diffaugment import DiffAugment, DiffAugmentOptions
from mmgan_image.augment.geometry import Geometry, GeometryOptions

SPACE = SampleSpace("image", (3, 8, 12))


def change_by(*policy: str, like: Tensor, **options: object) -> Change:
    torch.manual_seed(0)
    chosen = GeometryOptions.model_validate({"policy": policy, **options})
    return Geometry(chosen, SPACE).sample(like)


def test_maps_of_half_the_size_move_by_half_as_many_pixels() -> None:
    source = torch.tensor([[[1.0, 0.5, 6.0], [0.25, 1.0, -4.0]]])
    half = on_grid(source, (8, 12), (4, 6))
    assert half.tolist() == [[[1, 0.5, 3], [0.25, 1, -2]]]
    assert on_grid(source, (8, 12), (8, 12)) is source
    # Half as wide and as high as before: x counts half, so that y counts for half as much in x.
    narrow = on_grid(source, (8, 12), (8, 6))
    assert narrow.tolist() == [[[1, 0.25, 3], [0.5, 1, -4]]]


@pytest.mark.parametrize("policy", [("flip",), ("turns",), ("flip", "turns")])
def test_flips_and_turns_of_coarser_maps_are_exact(policy: tuple[str, ...]) -> None:
    sample = torch.randn(16, 3, 8, 12)
    change = change_by(*policy, like=sample)
    assert change.move is not None
    torch.testing.assert_close(change.move(avg_pool2d(sample, 2)), avg_pool2d(change(sample), 2))
    torch.testing.assert_close(change.move(sample), change(sample))
    assert not torch.allclose(change(sample), sample)


def test_any_geometry_moves_maps_of_the_sample_s_size_as_the_sample() -> None:
    policy = ("translation", "fraction", "scale", "stretch", "rotation", "flip", "turns")
    sample = torch.randn(16, 3, 8, 12)
    change = change_by(*policy, like=sample, angle=180)
    assert change.move is not None
    torch.testing.assert_close(change.move(sample), change(sample))
    outside = change_by(*policy, like=sample, angle=180, border="value", value=0.0)
    assert outside.move is not None
    torch.testing.assert_close(outside.move(sample), outside(sample))


def test_diffaugment_moves_maps_by_its_translation_alone() -> None:
    torch.manual_seed(0)
    sample = torch.randn(16, 3, 8, 12)
    shift = DiffAugment(DiffAugmentOptions(policy=("translation",), shift=0.5), SPACE)
    change = shift.sample(sample)
    assert change.move is not None
    assert torch.equal(change.move(sample), change(sample))
    assert change.move(sample[:, :, ::2, ::2]).shape == (16, 3, 4, 6)
    every = DiffAugment(DiffAugmentOptions(shift=0.5), SPACE)
    torch.manual_seed(1)
    moved = every.sample(sample)
    assert moved.move is not None
    cut = moved.move(torch.ones_like(sample))
    assert ((cut == 0) | (cut == 1)).all(), "neither colours nor holes reach the maps"
    still = DiffAugment(DiffAugmentOptions(policy=("colour", "cutout")), SPACE)
    assert still.sample(sample).move is kept_places


def test_colours_stay_where_they_are() -> None:
    assert Colour(ColourOptions(), SPACE).sample(torch.zeros(2, 3, 8, 12)).move is kept_places
