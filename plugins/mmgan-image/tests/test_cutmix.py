"""CutMix: one box of another row, under half of the picture, cut off from that row's gradient."""

import pytest
import torch

from mmgan_core.contracts import Change, SampleSpace
from mmgan_core.errors import BadValue
from mmgan_image.augment.cutmix import CutMix, CutMixOptions


def mixed(*shape: int, a: float = 1.0) -> tuple[torch.Tensor, Change]:
    """Samples of which row i is i everywhere, and a change of them."""
    torch.manual_seed(0)
    sample = torch.arange(shape[0]).float().view(-1, 1, 1, 1).expand(*shape).clone()
    return sample, CutMix(CutMixOptions(a=a), SampleSpace("image", shape[1:])).sample(sample)


@pytest.mark.parametrize(
    "shape",
    [
        (16, 3, 12, 10),
        (16, 1, 5, 5),
        (16, 2, 1, 9),
        (16, 1, 2, 2),
        (16, 1, 7, 1),
        (1, 1, 4, 4),
        (2, 1, 4, 4),
    ],
)
def test_a_box_is_another_row_s(shape: tuple[int, ...]) -> None:
    sample, change = mixed(*shape)
    assert change.rows is not None
    assert change.share is not None
    assert change.augmentation_parameters is not None
    changed = change(sample)
    for number, (row, other) in enumerate(zip(changed, change.rows.tolist(), strict=True)):
        assert (other != number) == (shape[0] > 1)
        lent = (row != number).all(0)
        assert set(row.flatten().tolist()) <= {float(number), float(other)}
        if shape[0] == 1:
            continue
        # A box: as many places as the rows times the columns that it touches.
        assert lent.sum() == lent.any(0).sum() * lent.any(1).sum()
        assert change.share[number].item() == pytest.approx(1 - lent.float().mean().item())
    assert (change.share >= 0.5).all()
    assert (change.share <= 1).all()
    torch.testing.assert_close(change.augmentation_parameters, 2 * (1 - change.share)[:, None])


def test_boxes_are_of_any_size_up_to_half_and_anywhere() -> None:
    sample, change = mixed(2000, 1, 8, 8)
    assert change.share is not None
    assert set(change.share.mul(64).round().int().tolist()) == {64 - side**2 for side in range(6)}
    lent = (change(sample) != sample).float().mean(0)[0]
    assert (lent > 0).all()
    torch.testing.assert_close(lent, lent.flip(0), atol=0.06, rtol=0)
    _, little = mixed(2000, 1, 8, 8, a=0.1)
    assert little.share is not None
    assert little.share.mean() > change.share.mean()


def test_gradients_flow_to_the_own_part_alone() -> None:
    sample, change = mixed(6, 2, 8, 8)
    leaf = sample.requires_grad_()
    (change(leaf) * torch.arange(1.0, 7).view(-1, 1, 1, 1)).sum().backward()
    own = change(sample.detach()) == sample.detach()
    weight = torch.arange(1.0, 7).view(-1, 1, 1, 1)
    assert torch.equal(leaf.grad, own * weight)


def test_it_is_the_same_change_of_real_and_made_samples() -> None:
    sample, change = mixed(6, 2, 8, 8)
    assert change.rows is not None
    box = change(sample) != sample
    other = torch.randn(6, 2, 8, 8)
    assert torch.equal(change(other), torch.where(box, other[change.rows], other))


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 1, 1), (10,)])
def test_what_cannot_be_cut(shape: tuple[int, ...]) -> None:
    with pytest.raises(BadValue, match="objectives/mixup"):
        CutMix(CutMixOptions(), SampleSpace("image", shape))
