"""DiffAugment: one change a row, the same at every call, differentiable twice."""

import pytest
import torch

from mmgan_core.contracts import SampleSpace
from mmgan_image.augment.diffaugment import DiffAugment, DiffAugmentOptions


def augment(*policy: str, **options: float) -> DiffAugment:
    chosen = DiffAugmentOptions.model_validate({"policy": policy, **options})
    return DiffAugment(chosen, SampleSpace("image", (3, 12, 10)))


SAMPLE = torch.rand(6, 3, 12, 10) + 1


@pytest.mark.parametrize(
    "policy", [("colour",), ("translation",), ("cutout",), ("colour", "translation", "cutout")]
)
def test_one_draw_is_one_change(policy: tuple[str, ...]) -> None:
    torch.manual_seed(0)
    augmentation = augment(*policy)
    change = augmentation.sample(SAMPLE)
    assert change(SAMPLE).shape == SAMPLE.shape
    assert torch.equal(change(SAMPLE), change(SAMPLE))
    assert not torch.equal(change(SAMPLE), augmentation.sample(SAMPLE)(SAMPLE))
    rows = change(SAMPLE[:1].expand(6, -1, -1, -1))
    assert len({tuple(row.flatten().tolist()) for row in rows}) > 1


def test_translation_moves_and_fills_with_zeros() -> None:
    torch.manual_seed(0)
    moved = augment("translation", shift=0.25).sample(SAMPLE)(SAMPLE)
    for row, before in zip(moved, SAMPLE, strict=True):
        inside = row.abs().sum(0) > 0
        assert set(row[:, inside].flatten().tolist()) <= set(before.flatten().tolist())
    assert (moved == 0).any()
    assert torch.equal(augment("translation", shift=0.0).sample(SAMPLE)(SAMPLE), SAMPLE)


def test_cutout_cuts_one_box() -> None:
    torch.manual_seed(0)
    cut = augment("cutout", hole=0.5).sample(SAMPLE)(SAMPLE)
    cut_out = (cut == 0).all(1)
    assert ((cut_out.sum((1, 2)) > 0) & (cut_out.sum((1, 2)) <= 30)).all()
    assert torch.equal(cut[:, 0][~cut_out], SAMPLE[:, 0][~cut_out])


def test_it_can_be_differentiated_twice() -> None:
    torch.manual_seed(0)
    change = augment("colour", "translation", "cutout").sample(SAMPLE[:2].double())
    sample = SAMPLE[:2].double().requires_grad_()
    (slope,) = torch.autograd.grad(change(sample).pow(3).sum(), sample, create_graph=True)
    (second,) = torch.autograd.grad(slope.square().sum(), sample)
    assert second.any()


def test_augmentation_parameters_say_what_was_done() -> None:
    torch.manual_seed(0)
    change = augment("translation", shift=0.25).sample(SAMPLE)
    assert change.augmentation_parameters is not None
    places = torch.nn.functional.pad(SAMPLE, (3, 3, 3, 3))
    for row, before, parameters in zip(
        change(SAMPLE), places, change.augmentation_parameters, strict=True
    ):
        down, right = (3 + 3 * parameters).round().int().tolist()
        assert torch.equal(row, before[:, down : down + 12, right : right + 10])
    change = augment("cutout", hole=0.3).sample(SAMPLE)
    assert change.augmentation_parameters is not None
    for row, (cut, down, right) in zip(change(SAMPLE), change.augmentation_parameters, strict=True):
        middle = ((down + 1) / 2 * 12).round().int(), ((right + 1) / 2 * 10).round().int()
        assert cut == 1
        assert (row[:, min(middle[0], 11), min(middle[1], 9)] == 0).all()
    change = augment("colour").sample(SAMPLE)
    assert change.augmentation_parameters is not None
    flat = SAMPLE.mean((1, 2, 3), keepdim=True).expand_as(SAMPLE)
    torch.testing.assert_close(
        change(flat), flat + change.augmentation_parameters[:, :1, None, None] / 2
    )


@pytest.mark.parametrize("policy", [("colour",), ("translation", "cutout"), ()])
def test_augmentation_parameters_have_the_declared_size(policy: tuple[str, ...]) -> None:
    torch.manual_seed(0)
    augmentation = augment(*policy)
    parameters = augmentation.sample(SAMPLE).augmentation_parameters
    assert augmentation.num_augmentation_parameters == (
        0 if parameters is None else parameters.shape[1]
    )
    assert parameters is None or parameters.abs().max() <= 1
